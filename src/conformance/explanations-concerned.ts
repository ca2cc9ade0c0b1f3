// Why the order across contexts of a recording of 6.12 differs from its replay's, where it does: what
// of that kernel, of its driver outside the series or of the way it was recorded is not modelled,
// and the first event that shows it. Nothing else of those recordings may differ.

import type { AspectAgreement } from "./compare.ts";
import { orders } from "./order.ts";

interface Reason {
  readonly why: string;
  readonly folders: readonly string[];
}

const reasons: readonly Reason[] = [
  {
    why: "the 6.12 driver writes two registers in its probe that 7.3 does not",
    folders: ["01-probe", "mmu-first--v3-pattern"],
  },
  {
    why: "behind a fast boot that failed, JOB_INT_CLEAR is written before JOB_INT_MASK",
    folders: ["07m-resume-fast-boot-fails"],
  },
  {
    why:
      "a status register is read at another phase of a command, so that a poll turns once more or " +
      "less, or another worker is free: times differ by looks at the clock (256 ns; 04-xgs-queue at " +
      "1.239262898, 05-kernel-xgs-user-chain at 1.237216665) or by 1 us of failing calls " +
      "(20-bad-arguments at 1.237218849, 07d-cs-fatal at 1.338860830)",
    folders: [
      "04-xgs-queue",
      "05-kernel-xgs-user-chain",
      "07a-job-timeout",
      "07d-cs-fatal",
      "12-endless-user-job",
      "20-bad-arguments",
      "mmu-lock-stuck-sync--v3",
      "mmu-release-stuck-sync--v3",
      "mmu-unbind-mid-op--v3",
    ],
  },
  {
    why:
      "the submitter of binds and the worker that runs them preempt each other one lock later or " +
      "earlier (04a-vm-bind at 1.237206409, mmu-block-entries at 1.239381595), and another worker " +
      "takes what follows",
    folders: [
      "04a-vm-bind",
      "04a-vm-bind--v3",
      "mmu-block-entries",
      "mmu-evict-mid-op--v3",
      "mmu-many-vmas",
      "mmu-zero-and-empty--v3",
    ],
  },
  {
    why:
      "at 1.237304713 an interrupt inside a look at the clock gives the CPU to a worker at once; the " +
      "replayed submitter goes on to the end of its call",
    folders: ["09c-500-jobs-queued-64k-ring"],
  },
  {
    why: "work of the rest of the system (kfree_rcu_monitor) takes a worker that is free in the replay",
    folders: ["07i-fw-ping-timeout"],
  },
  {
    why: "at the tick of 1.256 s a callback asks for a grace period; whose it is is not known",
    folders: ["mmu-activate-mid-op--v3"],
  },
  {
    why:
      "a job ends at another time (mmu-lock-stuck-sync at 1.739896128, " +
      "mmu-sync-between-reset-and-release at 1.253920152); why is not known",
    folders: [
      "mmu-lock-stuck-sync",
      "mmu-release-stuck-sync",
      "mmu-sync-between-reset-and-release",
      "mmu-sync-between-reset-and-release--v3",
    ],
  },
  {
    why: "the two threads of the program start in another order, and the kernel dies before the end",
    folders: ["16-kick-during-create"],
  },
];

const byFolder = new Map(reasons.flatMap(({ why, folders }) => folders.map((f) => [f, why])));

/** The reason, if the order across contexts differs and nothing else; null if none is known. */
export function explainOrder(
  folder: string,
  aspects: Readonly<Record<string, AspectAgreement>>,
): string | null {
  const isOrder = (name: string): boolean => (orders as readonly string[]).includes(name);
  const differing = Object.entries(aspects).filter(([, { matched, total }]) => matched < total);
  if (differing.length === 0 || !differing.every(([name]) => isOrder(name))) return null;
  return byFolder.get(folder) ?? null;
}

/** Folders with a reason. */
export const explainedFolders: readonly string[] = [...byFolder.keys()];
