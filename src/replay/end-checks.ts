// When the programs have ended: they exit (their files are closed), the driver is unbound, and the
// locks and references that are left over then are written into the kernel log, where the
// invariants of src/check find them. These entries come after the trace's own timeline.

import type { Kernel } from "../machine/core/op.ts";
import type { Linux } from "../machine/linux.ts";
import { leakedLocks } from "../machine/report/deadlock.ts";
import type { DriverSyscalls } from "./user-kernel.ts";
import type { UserRun } from "./user/run.ts";

/** Virtual time for exits, suspend, resets and callbacks to settle. */
const settleNs = 2e9;
/** How often so long an exit or an unbind may take: firmware that does not boot takes a second. */
const patience = 10;

/** The stub fence. */
const fencesAtBoot = 1;

/** Lets the programs exit and unbinds the driver; false (and a warning) if either hangs. */
export function endOfRunChecks(linux: Linux, syscalls: DriverSyscalls, run: UserRun): boolean {
  const { m, rec } = linux;
  const locks = leakedLocks(m);
  for (const lock of locks) rec.log("warn", lock);
  const tasks = [
    perform(linux, "exit", () => run.exit()),
    perform(linux, "unbind", () => syscalls.unbind()),
  ];
  if (tasks.includes(false)) return false;
  for (const lock of leakedLocks(m, "all")) if (!locks.includes(lock)) rec.log("warn", lock);
  const leaks = linux.krefs.leaks();
  for (const { name, count } of leaks) {
    rec.log("warn", `leak: ${name} with ${count} reference${count === 1 ? "" : "s"} at the end`);
  }
  // An object that is left holds fences and memory of its own.
  if (leaks.length > 0) return true;
  const fences = linux.fences.live - fencesAtBoot;
  if (fences > 0) rec.log("warn", `leak: ${fences} dma_fence${fences === 1 ? "" : "s"} at the end`);
  const pages = linux.memory.allocated;
  if (pages > 0) rec.log("warn", `leak: ${pages} page${pages === 1 ? "" : "s"} at the end`);
  return true;
}

/** Runs `body` as a task and lets the machine settle; false (and a warning) if it hangs. */
function perform(linux: Linux, comm: string, body: () => Kernel<void>): boolean {
  const { m, rec } = linux;
  const task = m.createTask({ comm, body });
  m.sched.wakeNew(task);
  const ended = (): boolean => task.state === "X";
  m.run(m.now + settleNs);
  if (ended()) return true;
  for (let i = 1; i < patience && !ended(); i++) m.run(m.now + settleNs);
  if (!ended()) {
    rec.log("warn", `${comm} hangs: ${task.waitingOn?.what ?? "it still runs"}`);
    return false;
  }
  m.run(m.now + settleNs);
  return true;
}
