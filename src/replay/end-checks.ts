// What must hold when the programs have ended: nothing locked, nothing pending, nothing leaked.
// The programs exit (their files are closed), the driver is unbound, and whatever is left over then
// is written into the kernel log. These entries come after the trace's own timeline.

import type { Kernel } from "../machine/core/op.ts";
import type { Linux } from "../machine/linux.ts";
import { leakedLocks } from "../machine/report/deadlock.ts";
import { K } from "../timeline/kinds.ts";
import type { DriverSyscalls } from "./user-kernel.ts";
import type { UserRun } from "./user/run.ts";

/** Virtual time for exits, suspend, resets and callbacks to settle. */
const settleNs = 2e9;

/** Lets the programs exit, unbinds the driver, and warns of everything that is left. */
export function endOfRunChecks(linux: Linux, syscalls: DriverSyscalls, run: UserRun): void {
  const { m, rec } = linux;
  for (const lock of leakedLocks(m)) rec.log("warn", lock);
  const tasks = [
    perform(linux, "exit", () => run.exit()),
    perform(linux, "unbind", () => syscalls.unbind()),
  ];
  if (tasks.includes(false)) return;
  for (const { name, count } of linux.krefs.leaks()) {
    rec.log("warn", `leak: ${name} with ${count} reference${count === 1 ? "" : "s"} at the end`);
  }
  for (const fence of pendingFences(linux)) rec.log("warn", `fence ${fence} is never signalled`);
}

/** Runs `body` as a task and lets the machine settle; false (and a warning) if it hangs. */
function perform(linux: Linux, comm: string, body: () => Kernel<void>): boolean {
  const { m, rec } = linux;
  const task = m.createTask({ comm, body });
  m.sched.wakeNew(task);
  m.run(m.now + settleNs);
  if (task.state === "X") return true;
  rec.log("warn", `${comm} hangs: ${task.waitingOn?.what ?? "it still runs"}`);
  return false;
}

/** Fences that were created and never signalled, by creation. */
function pendingFences(linux: Linux): string[] {
  const { rec } = linux;
  // A streamed timeline is not held; its consumer has seen every fence.
  if (rec.first > 0) return [];
  const pending = new Set<string>();
  for (let i = 0; i < rec.length; i++) {
    const kind = rec.kind(i);
    if (kind === K.dma_fence_init) pending.add(fenceName(linux, i));
    else if (kind === K.dma_fence_signaled || kind === K.dma_fence_destroy) {
      pending.delete(fenceName(linux, i));
    }
  }
  return [...pending];
}

function fenceName({ rec }: Linux, i: number): string {
  return `${rec.arg(i, 2)}:${rec.arg(i, 3)}`;
}
