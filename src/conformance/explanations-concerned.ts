// Why recordings made on 6.12 differ from the model in what a series concerns. Whoever adds a row has
// looked at the first difference in both timelines, and says "not known" where that is all that is found.

import { type Concern, type ConcernedAgreement, concerns } from "./concerned.ts";
import type { RecordingEntry } from "./recording-set.ts";

interface Row {
  /** Beginning of the folder names it is about. */
  readonly folder: RegExp;
  readonly aspects: readonly Concern[];
  readonly reason: string;
}

const rows: readonly Row[] = [
  {
    folder: /^mmu-first/,
    aspects: ["doorbells"],
    reason:
      "the cleanup after a bind waits for the lock of the VM behind an unmap in 6.12, behind a map in " +
      "7.3: one more worker is there when the tick of the resume is queued, and runs it before the job",
  },
  {
    folder: /^(07k|mmu-lock-stuck-sync|mmu-release-stuck-sync)/,
    aspects: ["doorbells"],
    reason:
      "a reset that was asked for during the suspend is queued again by the resume of 6.12, which " +
      "then queues no tick; 7.3 forgets the reset and ticks before the job is on its ring",
  },
  {
    folder: /^05a-/,
    aspects: ["address spaces"],
    reason:
      "the same accesses in another order: several workers release the memory of the groups, and " +
      "another one comes first; why is not known",
  },
  {
    folder: /^mmu-rebind-under-reader/,
    aspects: ["address spaces"],
    reason:
      "the load that finds its entry gone faults before the bind locks there, and behind the lock " +
      "here; why is not known",
  },
  {
    folder: /^mmu-sync-between-reset-and-release/,
    aspects: ["address spaces", "doorbells"],
    reason:
      "the trace is that of 7.3, which waits for five seconds at its end; the recording of 6.12 ends " +
      "before the autosuspend that falls into them",
  },
  {
    folder: /^mmu-enable-fails/,
    aspects: ["fences", "results"],
    reason:
      "the reset of 6.12 starts the scheduler's time limit of each job again, also that of the job " +
      "whose group lost its address space, which then times out; those of 7.3 wait for a slot",
  },
];

/** The explanation of what differs, null when nothing does or something is not explained. */
export function explainConcerned(
  { folder }: RecordingEntry,
  agreement: ConcernedAgreement,
): string | null {
  const differs = concerns.filter((c) => agreement.first[c] !== null);
  if (differs.length === 0) return null;
  const row = rows.find(
    (r) => r.folder.test(folder) && differs.every((c) => r.aspects.includes(c)),
  );
  return row?.reason ?? null;
}
