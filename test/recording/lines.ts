// Decoded events as lines, to compare readings of one recording in several formats.

import type { EventBatch } from "../../src/recording/batch.ts";
import type { Recording } from "../../src/recording/recording.ts";

export interface LineOptions {
  /** Times are rounded to so many nanoseconds. */
  readonly grain?: number;
  /** Only the events that the timeline knows. */
  readonly known?: boolean;
  /** Some formats do not record them. */
  readonly withoutFlags?: boolean;
  readonly withoutTask?: boolean;
}

/** The events of a recording as lines. */
export function timelineLines(recording: Recording, options: LineOptions = {}): string[] {
  const lines: string[] = [];
  for (const batch of recording.batches()) {
    for (let i = 0; i < batch.length; i++) {
      const line = timelineLine(batch, i, options);
      if (line !== null) lines.push(line);
    }
  }
  return lines;
}

function timelineLine(batch: EventBatch, i: number, options: LineOptions): string | null {
  const type = batch.types[batch.type[i]];
  if (type.kind < 0 && options.known === true) return null;
  const grain = options.grain ?? 1;
  const parts = [String(Math.round(batch.time[i] / grain)), `[${batch.cpu[i]}]`];
  if (options.withoutTask !== true) {
    parts.push(`${batch.names.text(batch.comm[i])}-${batch.pid[i]}`);
  }
  // Hard and soft interrupt, interrupts off; other letters differ between printers.
  if (options.withoutFlags !== true) parts.push((batch.flags[i] & 13).toString(2).padStart(4, "0"));
  parts.push(`${type.name}:`);
  for (const [field] of type.fields) {
    let value = String(batch.field(i, field));
    // trace-cmd's plug-in leaves the preemption mark out.
    if (field === "prev_state") value = value.replace("+", "");
    parts.push(`${field}=${value}`);
  }
  return parts.join(" ");
}
