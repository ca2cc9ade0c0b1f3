// What a program does between two calls: nothing, a clock read, computing, or sleeping until a time.

import type { Call } from "./facts.ts";
import { printDuration } from "../trace/units.ts";

/** A read of the recording machine's clock, under its virtual clock. */
const clockReadNs = 256;
const clockReadsMost = 4;
/** Those of copy_process(). */
const cloneReads = 3;
/** Slack of a user task's timers, and how much later than asked for the clock interrupts. */
const slackNs = 50_000;
const lateNs = 600;
/** Printing an error takes the recording's programs this long, or whole multiples. */
const printNs = 1_000;
/** Shorter pauses are within what calls themselves cost, where a real clock runs. */
const pauseMin = 50_000;

export interface Head {
  /** Events before the call's own. */
  readonly before: readonly string[];
  /** Timestamp of the call's first event. */
  readonly at: string;
  /** Events after it. */
  readonly after: readonly string[];
}

/** How the pause before a call, and what the program does right after it, are written. */
export function headOf(call: Call, lines: readonly string[], virtualClock: boolean): Head {
  const after = virtualClock ? printing(call) : [];
  const { nap } = call;
  const slept = virtualClock && nap !== null ? roundSleep(nap.ns) : null;
  if (nap !== null && slept !== null) {
    const last = Math.max(0, call.userNs - nap.usedNs - ownReads(call, lines));
    const sleep = `sleep: for=${printDuration(slept)}`;
    return { before: [...computing(nap.usedNs), sleep, ...computing(last)], at: "+0", after };
  }
  if (call.slept)
    return { before: [], at: `+${printDuration(paused(call.gapNs, virtualClock))}`, after };
  if (!virtualClock) {
    const used = rounded(call.userNs);
    const before = used === 0 ? [] : [`compute: for=${printDuration(used)}`];
    return { before, at: "+0", after };
  }
  const used = Math.max(0, call.userNs - ownReads(call, lines));
  return { before: computing(used), at: "+0", after };
}

/** Time that a call spends on reading the clock before it shows: the event does that itself. */
function ownReads(call: Call, lines: readonly string[]): number {
  if (call.name === "clone") return cloneReads * clockReadNs;
  // A wait with a relative timeout.
  const waits = lines.some((l) => l.startsWith("syncobj") && l.includes(" timeout="));
  return waits && call.userNs >= clockReadNs ? clockReadNs : 0;
}

/** CPU time under the virtual clock: reads of the clock, or else computing. */
function computing(used: number): string[] {
  if (used === 0) return [];
  const reads = used / clockReadNs;
  if (Number.isInteger(reads) && reads <= clockReadsMost) {
    return Array.from({ length: reads }, () => "clock:");
  }
  return [`compute: for=${printDuration(used)}`];
}

/**
 * What a program asked for that slept this long: the timer may come up to the slack later, and comes
 * earlier than that only where another one falls into it. Programs ask for round times.
 */
function roundSleep(ns: number): number | null {
  const whole = Math.round((ns - slackNs) / 1_000) * 1_000;
  if (Math.abs(ns - slackNs - whole) <= lateNs && isRound(whole)) return whole;
  for (let unit = 10 ** Math.floor(Math.log10(ns)); unit >= 1_000; unit /= 10) {
    for (const digit of [5, 2, 1]) {
      const asked = digit * unit;
      if (asked <= ns && asked >= ns - slackNs) return asked;
    }
  }
  return null;
}

/** A time that programs ask for: 1, 2 or 5 of a unit, or two digits of a longer one. */
function isRound(ns: number): boolean {
  return (ns < 100_000 ? /^[125]0*$/ : /^\d\d0*$/).test(String(ns));
}

function paused(ns: number, virtualClock: boolean): number {
  return virtualClock ? ns : Math.max(1_000, Math.round(ns / 1_000) * 1_000);
}

function rounded(ns: number): number {
  return ns < pauseMin ? 0 : Math.round(ns / 1_000) * 1_000;
}

/** The program prints the error of a failed call before it marks its end. */
function printing(call: Call): string[] {
  if (call.ret === null || call.ret >= 0) return [];
  const ns = Math.floor(call.tailNs / printNs) * printNs;
  if (ns === 0) return [];
  const out = [`compute: for=${printDuration(ns)}`];
  if (call.tailPreempted) out.push("yield:");
  return out;
}
