// What the reading of a recording found besides events that it knows, for a person: lost events,
// incomplete ones with the place of the first, and kinds that nobody knows.

import type { Recording } from "../recording/recording.ts";
import { plural } from "../report/text.ts";

/** Kinds of unknown events that are named. */
const namedMax = 4;

/** The notes on the latest reading, a line each; none where all of it was understood. */
export function recordingNotes(recording: Recording): string[] {
  const { unknown, incomplete, lossCount } = recording.summary();
  const lines: string[] = [];
  if (lossCount > 0) lines.push(`events were lost at ${lossCount} places of this recording`);
  const kinds = new Map(unknown);
  let lacking = 0;
  for (const { event, count } of incomplete) {
    lacking += count;
    // Kept as they are, so counted among the unknown ones too.
    const left = (kinds.get(event) ?? 0) - count;
    if (left > 0) kinds.set(event, left);
    else kinds.delete(event);
  }
  const parts: string[] = [];
  if (lacking > 0) {
    const [first] = recording.incompleteLines();
    parts.push(`${plural(lacking, "event")} ${lacking === 1 ? "is" : "are"} incomplete: ${first}`);
  }
  if (kinds.size > 0) parts.push(unknownText(kinds));
  if (parts.length > 0) lines.push(parts.join("; "));
  return lines;
}

function unknownText(kinds: ReadonlyMap<string, number>): string {
  const total = [...kinds.values()].reduce((sum, n) => sum + n, 0);
  const sorted = [...kinds].sort((a, b) => b[1] - a[1]);
  const names = sorted.slice(0, namedMax).map(([name, n]) => `${name} (${n})`);
  const rest = sorted.length - namedMax;
  const more = rest > 0 ? `, ${plural(rest, "more kind")}` : "";
  const are = total === 1 ? "is" : "are";
  return `${plural(total, "event")} ${are} of kinds that are not known: ${names.join(", ")}${more}`;
}
