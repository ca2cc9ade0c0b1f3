// What a system call must not leave behind. Kernel: kernel/locking/lockdep.c (lockdep_sys_exit).

import type { Machine } from "../core/machine.ts";
import { heldBy } from "../lock/held.ts";

/** lockdep_sys_exit(): the current task returns to user space; reports what it still holds. */
export function lockdepSysExit(m: Machine): void {
  const { current } = m;
  const held = current === null ? [] : heldBy(current);
  if (held.length === 0) return;
  const who = `${current!.comm}/${current!.pid}`;
  const what = held.join(", ");
  m.rec.log("warn", `WARNING: lock held when returning to user space! ${who} leaves ${what}`);
}
