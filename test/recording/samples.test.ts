// Every sample decodes to the counts that the tools which made it gave.

import { describe, expect, it } from "vitest";
import { openRecording } from "../../src/recording/recording.ts";
import { allSamples, type Sample } from "./samples.ts";

/** The name under which the reader counts an event of the manifest. */
function countedAs(name: string): string {
  const call = /^sys_(\w+) \((enter|exit)\)$/.exec(name);
  if (call !== null) return `sys_${call[2]}_${call[1]}`;
  return name === "generic(field 65536)" ? "dma_fence_destroy" : name;
}

/** Entries that the reader counts as events and the manifest does not. */
function uncounted(perEvent: ReadonlyMap<string, number>, sample: Sample): number {
  const listed = sample.per_event ?? {};
  let n = (sample.compact_sched_switch ?? 0) + (sample.compact_sched_waking ?? 0);
  // Stacks in tracefs text, and marks in its raw form.
  if (listed["kernel_stack"] === undefined && sample.kind === "text") {
    n += perEvent.get("kernel_stack") ?? 0;
  }
  if (sample.kind.includes("raw")) n += perEvent.get("#") ?? 0;
  return n;
}

function nanoseconds(stamp: string): number | null {
  const m = /^(\d+)\.(\d{6}|\d{9})$/.exec(stamp);
  return m === null ? null : Number(m[1]) * 1e9 + Number(m[2].padEnd(9, "0"));
}

describe("samples", () => {
  for (const { label, path, sample } of allSamples()) {
    it(`${label}: ${sample.events} events`, async () => {
      const recording = await openRecording(path);
      let events = 0;
      let first = Number.NaN;
      let last = Number.NaN;
      for (const batch of recording.batches({ reuse: true })) {
        if (events === 0) first = batch.time[0];
        last = batch.time[batch.length - 1];
        events += batch.length;
      }
      recording.close();
      const summary = recording.summary();
      expect(events).toBe(sample.events + uncounted(summary.perEvent, sample));
      expect(summary.events).toBe(events);
      for (const [name, count] of Object.entries(sample.per_event ?? {})) {
        expect([name, summary.perEvent.get(countedAs(name))]).toEqual([name, count]);
      }
      expect(summary.lossCount).toBe(sample.dropped_markers ?? 0);
      if (sample.kind === "trace.dat") expect(summary.clock).toBe(sample.clock?.[0]);
      // The manifest's stamps are those of the printed forms.
      const from = nanoseconds(sample.first_ts ?? "");
      const to = nanoseconds(sample.last_ts ?? "");
      if (from !== null && to !== null && summary.clock !== "uptime") {
        expect(first).toBe(from);
        if (!label.includes("stacktrace.txt") && !label.includes("catapult")) expect(last).toBe(to);
      }
    });
  }
});
