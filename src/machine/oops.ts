// A fatal bug in kernel code: die() and make_task_dead() (kernel/exit.c). In a task it kills that
// task, locks held and all; in an interrupt it panics, which ends the run.

import type { Machine } from "./core/machine.ts";
import type { Kernel } from "./core/op.ts";

/** Never returns. `where` is the function that crashed. */
export function* oops(m: Machine, text: string, where: string): Kernel<never> {
  const { rec, ctx, current } = m;
  rec.log("err", text);
  rec.log("err", "Internal error: Oops: 0000000096000004 [#1] SMP");
  rec.log("err", `CPU: ${m.cpu?.id ?? 0} PID: ${current?.pid ?? 0} Comm: ${current?.comm ?? "?"}`);
  rec.log("err", `pc : ${where}`);
  if (ctx === null || ctx.kind !== "task") {
    rec.log("err", "Kernel panic - not syncing: Oops: Fatal exception in interrupt");
    m.stop();
  } else if (ctx.preemptCount > 0) {
    rec.log(
      "warn",
      `note: ${ctx.comm}[${current!.pid}] exited with preempt_count ${ctx.preemptCount}`,
    );
  }
  for (;;) {
    if (current !== null) current.state = "X";
    yield* m.sleep();
  }
}

/** An oops from an access through a NULL pointer in function `where`, at an offset from it. */
export function nullDereference(m: Machine, where: string, offset = 0): Kernel<never> {
  const address = offset.toString(16).padStart(16, "0");
  const text = "Unable to handle kernel NULL pointer dereference at virtual address";
  return oops(m, `${text} ${address}`, where);
}
