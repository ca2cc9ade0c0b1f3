// Polling with a timeout: include/linux/iopoll.h as of 7.3 (poll_timeout_us,
// poll_timeout_us_atomic). The clock is read once before the loop and once before each operation.

import type { Atomic, Kernel } from "../core/op.ts";
import { ETIMEDOUT } from "../errno.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import type { Clock } from "./clock.ts";
import type { Sleep } from "./sleep.ts";
import type { Timers } from "./timers.ts";

/** Result of a poll: 0 or -ETIMEDOUT, and the last value read. */
export interface PollResult<T> {
  readonly ret: number;
  readonly value: T;
}

/** read_poll_timeout(op, val, cond, sleep_us, timeout_us, sleep_before_read). */
export function* pollTimeout<T>(
  timers: Timers,
  sleep: Sleep,
  op: () => Atomic<T> | Kernel<T>,
  cond: (value: T) => boolean,
  sleepUs: number,
  timeoutUs: number,
  sleepBeforeRead = false,
): Kernel<PollResult<T>> {
  const { clock, m } = timers;
  const timeout = (yield* clock.ktimeGet()) + timeoutUs * 1000;
  if (sleepUs !== 0) mightSleep(m, "read_poll_timeout");
  const minUs = (sleepUs >> 2) + 1;
  if (sleepBeforeRead && sleepUs !== 0) yield* sleep.usleepRange(minUs, sleepUs);
  for (;;) {
    const expired = timeoutUs !== 0 && (yield* clock.ktimeGet()) > timeout;
    const value = yield* op();
    if (cond(value)) return { ret: 0, value };
    if (expired) return { ret: -ETIMEDOUT, value };
    if (sleepUs !== 0) yield* sleep.usleepRange(minUs, sleepUs);
    yield* clock.cpuRelax();
  }
}

/** The same in 6.12: the clock is read behind an operation that did not meet the condition. */
export function* pollTimeout612<T>(
  timers: Timers,
  sleep: Sleep,
  op: () => Atomic<T> | Kernel<T>,
  cond: (value: T) => boolean,
  sleepUs: number,
  timeoutUs: number,
  sleepBeforeRead = false,
): Kernel<PollResult<T>> {
  const { clock, m } = timers;
  const timeout = (yield* clock.ktimeGet()) + timeoutUs * 1000;
  if (sleepUs !== 0) mightSleep(m, "read_poll_timeout");
  const minUs = (sleepUs >> 2) + 1;
  if (sleepBeforeRead && sleepUs !== 0) yield* sleep.usleepRange(minUs, sleepUs);
  for (;;) {
    let value = yield* op();
    if (cond(value)) return { ret: 0, value };
    if (timeoutUs !== 0 && (yield* clock.ktimeGet()) > timeout) {
      value = yield* op();
      return { ret: cond(value) ? 0 : -ETIMEDOUT, value };
    }
    if (sleepUs !== 0) yield* sleep.usleepRange(minUs, sleepUs);
    yield* clock.cpuRelax();
  }
}

/**
 * read_poll_timeout_atomic(op, val, cond, delay_us, timeout_us, delay_before_read); that of 6.12 looks
 * once more when the time is over.
 */
export function* pollTimeoutAtomic<T>(
  timers: Timers,
  op: () => Atomic<T>,
  cond: (value: T) => boolean,
  delayUs: number,
  timeoutUs: number,
  delayBeforeRead = false,
  looksTwice = false,
): Atomic<PollResult<T>> {
  const { clock, m } = timers;
  let leftNs = timeoutUs * 1000;
  if (delayBeforeRead && delayUs !== 0) {
    yield* m.udelay(delayUs);
    leftNs -= delayUs * 1000;
  }
  for (;;) {
    const expired = timeoutUs !== 0 && leftNs < 0;
    const start = m.now;
    const entries = m.rec.length;
    const value = yield* op();
    if (cond(value)) return { ret: 0, value };
    if (expired) {
      if (!looksTwice) return { ret: -ETIMEDOUT, value };
      const last = yield* op();
      return { ret: cond(last) ? 0 : -ETIMEDOUT, value: last };
    }
    if (delayUs !== 0) {
      yield* m.udelay(delayUs);
      leftNs -= delayUs * 1000;
    } else if (m.now === start && m.rec.length === entries) {
      // A read without side effects: turns in which nothing can have changed are not repeated.
      const turns = idleTurns(clock, timeoutUs === 0 ? Infinity : leftNs);
      if (turns > 0) {
        yield* m.until(m.now + turns * clock.cpuRelaxNs);
        leftNs -= turns;
      }
    }
    yield* clock.cpuRelax();
    leftNs--;
  }
}

/** Whole turns of a busy loop that end before anything else happens, at most `max`. */
function idleTurns(clock: Clock, max: number): number {
  const { m, cpuRelaxNs } = clock;
  const quiet = m.quietUntil;
  if (quiet === Infinity || cpuRelaxNs <= 0) return 0;
  return Math.max(Math.min(Math.ceil((quiet - m.now) / cpuRelaxNs) - 1, max), 0);
}
