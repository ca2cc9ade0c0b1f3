// Differences whose reason lies in how a recording was made, not in the model. Printed with the
// table; whoever adds a row must have found the reason in the recording.

import type { Agreement } from "./compare.ts";
import { aspects } from "./project.ts";
import type { RecordingEntry } from "./recording-set.ts";

/** The explanation of what differs, null when nothing does or nothing explains it. */
export function explain(recording: RecordingEntry, agreement: Agreement): string | null {
  if (aspects.every((a) => agreement.first[a] === null)) return null;
  if (!recording.flavour.repeatable) {
    return (
      "recorded against the host's clock on two CPUs: code takes the host's time, so how often a " +
      "poll reads and how parallel workers interleave is not promised"
    );
  }
  return null;
}
