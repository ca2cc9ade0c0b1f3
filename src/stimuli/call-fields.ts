// Parts of event lines that follow from one call: points, expected results, texts.

import type { Call } from "./facts.ts";
import { markNumber } from "./mark.ts";
import { printErrno } from "../trace/errno-name.ts";

const stateNames = [
  [1, "timedout"],
  [2, "fatal_fault"],
  [4, "innocent"],
] as const;

export function pointFields(wait: readonly string[], signal: readonly string[]): string {
  const waits = wait.length === 0 ? "" : ` wait=${wait.join(",")}`;
  return waits + (signal.length === 0 ? "" : ` signal=${signal.join(",")}`);
}

/** A number among the arguments or results of a call. */
export function numberOf(call: Call, key: string): number | null {
  for (const args of [...call.before, ...call.after]) {
    const n = markNumber(args, key);
    if (n !== null) return n;
  }
  return null;
}

/** `ret=` where a call did not succeed. */
export function ret(call: Call): string {
  if (!call.ended) return " ret=any";
  return call.ret === null || call.ret >= 0 ? "" : ` ret=-${printErrno(-call.ret)}`;
}

/** The state that GROUP_GET_STATE returned. */
export function groupState(call: Call): string {
  const state = numberOf(call, "state");
  const fatal = numberOf(call, "fatal_queues");
  if (call.ret !== 0 || state === null) return "";
  const names = stateNames.filter(([bit]) => (state & bit) !== 0).map(([, name]) => name);
  const word = names.length === 0 ? "none" : names.join("|");
  return ` state=${word}${fatal === null ? "" : ` fatal_queues=0x${fatal.toString(16)}`}`;
}

/** A text as a value of an event line; `$` begins variables there. */
export function quoted(text: string): string {
  const escaped = text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t");
  return `"${escaped.replaceAll("$", "$$$$")}"`;
}
