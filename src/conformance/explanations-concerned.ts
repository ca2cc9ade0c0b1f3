// Why recordings made on 6.12 differ from the model in what a series concerns, where the reason lies
// in how they were made. Whoever adds a row must have found the reason in the recording.

import { type Concern, type ConcernedAgreement, concerns } from "./concerned.ts";
import type { RecordingEntry } from "./recording-set.ts";

interface Row {
  /** Beginning of the folder names it is about. */
  readonly folder: RegExp;
  readonly aspects: readonly Concern[];
  readonly reason: string;
}

const order =
  "the same accesses in another order: which of several workers or groups comes first is decided " +
  "by the scheduler of the kernel";
const firstJob =
  "the first job of a group that a tick has put on a slot idle resumes no tick there, as it does in " +
  "7.3, which saves the doorbell of that tick";

const rows: readonly Row[] = [
  { folder: /^(03a|03e|07h|07i|07k|07m)-/, aspects: ["doorbells"], reason: firstJob },
  {
    folder: /^mmu-(first|lock-stuck-sync|release-stuck-sync|out-of-step-unmap)/,
    aspects: ["doorbells"],
    reason: firstJob,
  },
  {
    folder: /^(05a|05c|05e)-/,
    aspects: ["address spaces", "doorbells"],
    reason:
      "groups take turns in another order: 6.12 puts idle groups on free slots at any tick, and " +
      "its ticks fall elsewhere",
  },
  { folder: /^07j-/, aspects: ["address spaces", "doorbells"], reason: order },
  { folder: /^(04a|04c|09c)-/, aspects: ["doorbells", "fences"], reason: order },
  {
    folder: /^mmu-rebind-under-reader/,
    aspects: ["address spaces"],
    reason: "the job meets the hole 30 us later: one more poll of the flush is seen to be busy",
  },
  {
    folder: /^mmu-sync-between-reset-and-release/,
    aspects: ["address spaces", "doorbells"],
    reason:
      "the loop of binds and the reset run against each other, and the reset of 6.12 takes another " +
      "time: other binds of the loop find the address space gone",
  },
  {
    folder: /^mmu-enable-fails/,
    aspects: ["doorbells", "fences", "results"],
    reason:
      "which of three VMs gets the address space that fails is decided by the order in which their " +
      "workers run: another group is left without",
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
