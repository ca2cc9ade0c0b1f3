// `repeat: {count, from, var, events}`: everything but the events.

import { repeatCountMax } from "./limits.ts";
import { quote, type Problems } from "./problem.ts";
import type { Variables } from "./variable.ts";
import { describe, isScalar, keyOf, offsetOf, type Node, type YAMLMap } from "./yaml.ts";

const repeatKeys = ["count", "from", "var", "events"] as const;

export interface RepeatHead {
  readonly variable: string;
  readonly from: number;
  readonly count: number;
  readonly events: Node | null;
}

/** Reads the head of a repetition; undefined after reporting what is wrong. */
export function readRepeatHead(
  problems: Problems,
  node: YAMLMap,
  offset: number,
  outer: Variables,
): RepeatHead | undefined {
  for (const pair of node.items) {
    const key = keyOf(pair);
    if (key !== null && (repeatKeys as readonly string[]).includes(key)) continue;
    return problems.add("UnknownKey", offsetOf(pair.key), `${quote(key ?? "?")} of repeat`, {
      oneOf: repeatKeys,
      got: key ?? "",
    });
  }
  const count = readNumber(problems, node, offset, "count", undefined, repeatCountMax);
  const fromMax = Number.MAX_SAFE_INTEGER - repeatCountMax;
  const from = readNumber(problems, node, offset, "from", 0, fromMax);
  const variable = readVariable(problems, node, offset, outer);
  if (count === undefined || from === undefined || variable === undefined) return undefined;
  if (!node.has("events")) {
    return problems.add("MissingKey", offset, "events of repeat", { expected: "event lines" });
  }
  return { variable, from, count, events: node.get("events", true) as Node | null };
}

function readNumber(
  problems: Problems,
  node: YAMLMap,
  offset: number,
  key: string,
  fallback: number | undefined,
  max: number,
): number | undefined {
  const expected = "an integer";
  const at = node.get(key, true) as Node | undefined;
  if (at === undefined) {
    if (fallback !== undefined) return fallback;
    return problems.add("MissingKey", offset, `${key} of repeat`, { expected });
  }
  const value = isScalar(at) ? at.value : undefined;
  if (typeof value !== "bigint") {
    return problems.add("WrongType", offsetOf(at), `${key} is ${describe(at)}`, { expected });
  }
  if (value >= 0n && value <= BigInt(max)) return Number(value);
  return problems.add("OutOfRange", offsetOf(at), `${key} ${value}`, { expected: `0 to ${max}` });
}

function readVariable(
  problems: Problems,
  node: YAMLMap,
  offset: number,
  outer: Variables,
): string | undefined {
  const at = node.get("var", true) as Node | undefined;
  const variable = at === undefined ? "i" : isScalar(at) ? at.value : null;
  if (typeof variable !== "string" || !/^[a-z][a-z0-9_]{0,15}$/.test(variable)) {
    return problems.add("BadValue", at === undefined ? offset : offsetOf(at), "var of repeat", {
      expected: "a short lower-case name",
    });
  }
  if (!outer.has(variable)) return variable;
  return problems.add("DuplicateName", offset, `variable ${quote(variable)} is in use`);
}
