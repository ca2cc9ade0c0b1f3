// What a program does between two calls: nothing, a clock read, computing, or sleeping until a time.

import type { Call } from "./facts.ts";
import { printDuration } from "../trace/units.ts";

/** A read of the recording machine's clock, under its virtual clock. */
const clockReadNs = 256;
const clockReadsMost = 4;
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
  if (call.slept)
    return { before: [], at: `+${printDuration(paused(call.gapNs, virtualClock))}`, after };
  let used = virtualClock ? call.userNs : rounded(call.userNs);
  // A wait with a relative timeout reads the clock itself.
  const waits = lines.some((l) => l.startsWith("syncobj") && l.includes(" timeout="));
  if (virtualClock && waits && used >= clockReadNs) used -= clockReadNs;
  if (used === 0) return { before: [], at: "+0", after };
  const reads = used / clockReadNs;
  if (virtualClock && Number.isInteger(reads) && reads <= clockReadsMost) {
    return { before: Array.from({ length: reads }, () => "clock:"), at: "+0", after };
  }
  return { before: [`compute: for=${printDuration(used)}`], at: "+0", after };
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
