// What a system call must not leave behind. Kernel: kernel/locking/lockdep.c (lockdep_sys_exit).

import type { Machine } from "../core/machine.ts";

/** lockdep_sys_exit(): the current task returns to user space; reports the locks it still holds. */
export function lockdepSysExit(m: Machine): void {
  const { current } = m;
  if (current === null || current.heldLocks.length === 0) return;
  const held = current.heldLocks.map(({ name }) => name).join(", ");
  const who = `${current.comm}/${current.pid}`;
  m.rec.log("warn", `WARNING: lock held when returning to user space! ${who} leaves ${held}`);
}
