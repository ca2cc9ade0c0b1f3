// Sleeping: kernel/time/sleep_timeout.c, hrtimer_nanosleep() of kernel/time/hrtimer.c, fsleep() of
// include/linux/delay.h.

import type { TaskState, WaitReason } from "../core/context.ts";
import { type Atomic, type Kernel } from "../core/op.ts";
import { Defect } from "../defect.ts";
import { EINTR } from "../errno.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import { wakeUpProcess } from "../wait/wake.ts";
import { HrTimer } from "./hrtimer.ts";
import { Timer, type Timers } from "./timers.ts";

/** Default timer slack of a user task, ns (include/linux/init_task.h). */
const timerSlackNs = 50_000;

/** schedule_timeout(): the caller has set the state; returns the jiffies left. */
export function* scheduleTimeoutOn(timers: Timers, timeout: number): Kernel<number> {
  const { m } = timers;
  if (timeout < 0) throw new Defect("schedule_timeout", `wrong timeout value ${timeout}`);
  const task = m.current!;
  const expires = timers.jiffies + timeout;
  const timer = new Timer(timers, "process_timeout", () => wakeUpProcess(m, task) as Atomic<never>);
  yield* timer.mod(expires);
  yield* m.sleep();
  yield* timer.deleteSync();
  return Math.max(expires - timers.jiffies, 0);
}

/** Sleeps and clocks for kernel code, bound to one set of timers. */
export class Sleep {
  constructor(private readonly timers: Timers) {}

  /** schedule_timeout_uninterruptible() and its like: sets the state, then schedule_timeout(). */
  *scheduleTimeout(
    timeoutJiffies: number,
    state: TaskState = "D",
    reason: WaitReason | null = null,
  ): Kernel<number> {
    const { m } = this.timers;
    m.setState(state, reason);
    if (timeoutJiffies === Infinity) {
      yield* m.sleep();
      return Infinity;
    }
    return yield* scheduleTimeoutOn(this.timers, timeoutJiffies);
  }

  /** msleep(). */
  *msleep(ms: number): Kernel {
    let timeout = this.timers.msecsToJiffies(ms);
    while (timeout > 0) timeout = yield* this.scheduleTimeout(timeout, "D", { what: "msleep" });
  }

  /** usleep_range_state(). */
  *usleepRange(minUs: number, maxUs: number, state: TaskState = "D"): Kernel {
    const { m, clock } = this.timers;
    mightSleep(m, "usleep_range");
    const expires = (yield* clock.ktimeGet()) + minUs * 1000;
    const slack = Math.max(maxUs - minUs, 0) * 1000;
    const reason = { what: `usleep_range(${minUs}, ${maxUs})` };
    for (;;) {
      m.setState(state, reason);
      if ((yield* this.scheduleHrtimeoutRange(expires, slack)) === 0) return;
    }
  }

  /** fsleep(): the sleep that fits the duration. */
  fsleep(us: number): Kernel {
    const { m } = this.timers;
    // USLEEP_RANGE_UPPER_BOUND: above two ticks' slack of 25 % jiffies are precise enough.
    const upperBound = 4 * (1e6 / m.hz);
    if (us <= 10) return m.udelay(us);
    if (us < upperBound) return this.usleepRange(us, us + (us >> 2));
    return this.msleep(Math.ceil(us / 1000));
  }

  /** schedule_hrtimeout_range(HRTIMER_MODE_ABS): 0 when the time has come, else -EINTR. */
  *scheduleHrtimeoutRange(expiresNs: number, slackNs: number): Kernel<number> {
    const { m, hrtimers } = this.timers;
    const task = m.current!;
    let sleeping = true;
    const timer = new HrTimer(hrtimers, "hrtimer_wakeup", () => {
      sleeping = false;
      return wakeUpProcess(m, task) as Atomic<never>;
    });
    if (timer.startUser(expiresNs, slackNs)) yield* m.sleep();
    else sleeping = false;
    timer.cancel();
    m.setState("R");
    return sleeping ? -EINTR : 0;
  }

  /** nanosleep() of a user task: interruptible, with the task's timer slack. */
  *nanosleep(ns: number): Kernel<number> {
    const { m, clock } = this.timers;
    const slack = m.current!.policy === "normal" ? timerSlackNs : 0;
    const expires = clock.now + ns;
    const reason = { what: "nanosleep" };
    for (;;) {
      m.setState("S", reason);
      if ((yield* this.scheduleHrtimeoutRange(expires, slack)) === 0) return 0;
      if (m.current!.signalPending) return -EINTR;
    }
  }
}
