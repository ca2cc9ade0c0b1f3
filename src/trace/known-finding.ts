// What the invariants find in a trace and is known: which check, about what. Anything else that the
// same check finds is still reported.

import type { Problems } from "./problem.ts";
import { quote } from "./problem.ts";
import { readList } from "./parse-incidental.ts";
import { describe, isScalar, keyOf, offsetOf, type Source } from "./yaml.ts";
import type { Node, YAMLMap } from "./yaml.ts";

/** A violation that a driver is known for in this trace. */
export interface KnownFinding {
  /** Name of the check. */
  readonly check: string;
  /** Its text; `*` stands for any characters, `?` for one. */
  readonly text: string;
  readonly reason: string;
  readonly line: number;
}

const keys = ["check", "text", "reason"] as const;
type Key = (typeof keys)[number];

const expected: Readonly<Record<Key, string>> = {
  check: "the name of a check, such as references",
  text: "what the check says, with * and ?, and not only these",
  reason: "why the driver does that",
};
const forms: Readonly<Record<Key, RegExp>> = {
  check: /^[a-z]+(-[a-z]+)*$/,
  text: /^[^\n\r]*[^*? \n\r][^\n\r]*$/,
  reason: /\S/,
};

/** Reads the section `known_findings` of a trace. */
export function readKnownFindings(source: Source, root: YAMLMap): KnownFinding[] {
  const { problems } = source;
  return readList(source, root, "known_findings", (map) => {
    for (const pair of map.items) {
      const key = keyOf(pair) ?? "?";
      if (keys.some((k) => k === key)) continue;
      const got = `${quote(key)} of known_findings`;
      problems.add("UnknownKey", offsetOf(pair.key), got, { oneOf: keys, got: key });
    }
    const values = keys.map((key) => readText(source, problems, map, key));
    const [check, text, reason] = values;
    if (check === undefined || text === undefined || reason === undefined) return undefined;
    return { check, text, reason, line: source.lineOf(offsetOf(map)) };
  });
}

function readText(source: Source, problems: Problems, map: YAMLMap, key: Key): string | undefined {
  const given = map.get(key, true) as Node | undefined;
  const hint = { expected: expected[key] };
  if (given === undefined) {
    return problems.add("MissingKey", offsetOf(map), `${key} of known_findings`, hint);
  }
  const node = source.resolve(given);
  if (!isScalar(node) || typeof node.value !== "string") {
    return problems.add("WrongType", offsetOf(given), `${key} is ${describe(node ?? null)}`, hint);
  }
  const value = key === "reason" ? node.value.trim().replace(/\s+/g, " ") : node.value;
  if (forms[key].test(value)) return value;
  return problems.add("BadValue", offsetOf(given), `${key} ${quote(value)}`, hint);
}
