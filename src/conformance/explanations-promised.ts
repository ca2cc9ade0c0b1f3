// Why recordings on several CPUs differ from the model in what is promised, where the reason lies in
// how they were made. Whoever adds a row must have found the reason in the recording.

import { type Agreement } from "./compare.ts";
import { type Aspect, aspects } from "./project.ts";
import type { RecordingEntry } from "./recording-set.ts";

interface Row {
  readonly folder: string;
  readonly aspects: readonly Aspect[];
  readonly reason: string;
}

const rows: readonly Row[] = [
  {
    folder: "baseline/28-cpu-hogs-4--smp2",
    aspects: ["registers", "contexts", "work items", "request words", "kworkers"],
    reason:
      "the program that submits the jobs once gets no CPU for 65 ms (preempted at 2.509261358, on " +
      "again at 2.574166573, four busy programs in between), and the device, unused for 50 ms, " +
      "suspends and resumes; how long a turn of a busy program lasts is up to the host",
  },
];

/** The explanation of what differs, null when nothing does or something is not explained. */
export function explainPromised(
  { folder }: Pick<RecordingEntry, "folder">,
  { first }: Pick<Agreement, "first">,
): string | null {
  const differs = aspects.filter((aspect) => first[aspect] !== null);
  if (differs.length === 0) return null;
  const row = rows.find((r) => r.folder === folder && differs.every((a) => r.aspects.includes(a)));
  return row?.reason ?? null;
}
