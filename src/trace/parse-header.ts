// The header of a trace script: keys that hold one value, and the maps of such keys.

import { isName, nameRule } from "./field.ts";
import {
  budgetKeys,
  headerKeys,
  optionKeys,
  traceKeys,
  traceVersion,
  type Header,
  type HeaderKey,
} from "./header.ts";
import { quote, type Problems } from "./problem.ts";
import { parseSize, parseTimestamp, printSeconds } from "./units.ts";
import { describe, isMap, isScalar, keyOf, offsetOf, type Node, type Source } from "./yaml.ts";
import type { Scalar, YAMLMap } from "./yaml.ts";

type Keys = Readonly<Record<string, HeaderKey>>;

/** Reads the header. Problems are reported; keys in error have their default. */
export function readHeader(source: Source, root: YAMLMap): Header {
  for (const pair of root.items) {
    const key = keyOf(pair);
    if (key !== null && traceKeys.includes(key)) continue;
    source.problems.add("UnknownKey", offsetOf(pair.key), quote(key ?? "?"), {
      oneOf: traceKeys,
      got: key ?? "",
    });
  }
  const values = readKeys(source, root, headerKeys, "", false);
  const options = readSection(source, root, "options", optionKeys);
  const budgets = readSection(source, root, "budgets", budgetKeys);
  return { ...values, options, budgets } as unknown as Header;
}

/** True if the file says that it has another version of the format. */
export function hasOtherVersion(source: Source, root: YAMLMap): boolean {
  const node = source.resolve(root.get("version", true));
  if (!isScalar(node) || typeof node.value !== "bigint") return false;
  if (node.value === BigInt(traceVersion)) return false;
  source.problems.add("UnsupportedVersion", offsetOf(node), `version ${node.value}`, {
    expected: `version ${traceVersion}`,
  });
  return true;
}

function readSection(source: Source, root: YAMLMap, name: string, keys: Keys) {
  const given = root.get(name, true);
  const node = given === undefined ? null : source.resolve(given);
  if (isMap(node)) return readKeys(source, node, keys, ` of ${name}`, true);
  if (node !== null && node !== undefined) {
    source.problems.add("WrongType", offsetOf(given), `${name} is ${describe(node)}`, {
      expected: "a map",
    });
  }
  return Object.fromEntries(Object.entries(keys).map(([key, k]) => [key, k.fallback]));
}

function readKeys(source: Source, map: YAMLMap, keys: Keys, where: string, closed: boolean) {
  const { problems } = source;
  if (closed) {
    for (const pair of map.items) {
      const key = keyOf(pair);
      if (key !== null && Object.hasOwn(keys, key)) continue;
      problems.add("UnknownKey", offsetOf(pair.key), `${quote(key ?? "?")}${where}`, {
        oneOf: Object.keys(keys),
        got: key ?? "",
      });
    }
  }
  const out: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(keys)) {
    const given = map.get(key, true) as Node | undefined;
    if (given === undefined) {
      if (spec.required === true) {
        problems.add("MissingKey", offsetOf(map), `${key}${where}`, {
          expected: `${key}: ${spec.type}`,
        });
      }
      out[key] = spec.fallback;
      continue;
    }
    const node = source.resolve(given);
    out[key] =
      node === undefined
        ? spec.fallback
        : (readValue(problems, node, given, key, spec) ?? spec.fallback);
  }
  return out;
}

const expectations: Readonly<Record<HeaderKey["type"], string>> = {
  int: "an integer",
  word: nameRule,
  revision: "the name of a base or series, or SERIES@N or SERIES~N",
  text: "text",
  time: "seconds.nanoseconds, or a number with ns, us, ms or s",
  bool: "true or false",
  size: "bytes, or a number with KiB, MiB or GiB",
};

function readValue(
  problems: Problems,
  node: Node | null,
  given: Node,
  key: string,
  spec: HeaderKey,
): unknown {
  const expected = expectations[spec.type];
  const offset = node === null ? offsetOf(given) : offsetOf(node);
  if (!isScalar(node)) {
    return problems.add("WrongType", offset, `${key} is ${describe(node)}`, { expected });
  }
  const value = convert(node, spec.type);
  if (value === undefined) {
    return problems.add("WrongType", offset, `${key} is ${describe(node)}`, { expected });
  }
  if (typeof value === "number") {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = spec;
    if (value >= min && value <= max) return value;
    const print = spec.type === "time" ? printSeconds : String;
    return problems.add("OutOfRange", offset, `${key} ${print(value)}`, {
      expected: `${print(min)} to ${print(max)}`,
    });
  }
  if (spec.type === "text" && String(value).trim() === "") {
    return problems.add("BadValue", offset, `${key} is empty`, { expected });
  }
  return value;
}

function convert(node: Scalar, type: HeaderKey["type"]): string | number | boolean | undefined {
  const { value } = node;
  const text = node.source ?? String(value);
  switch (type) {
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "text":
      return typeof value === "string" ? value : undefined;
    case "word":
      return typeof value === "string" && isName(value.replace(/^[0-9]/, "_")) ? value : undefined;
    case "revision":
      return typeof value === "string" && isName(value.replace(/[@~]\d{1,4}$/, ""))
        ? value
        : undefined;
    case "int":
      return typeof value === "bigint" && value >= -0xffffffffn && value <= 0xffffffffn
        ? Number(value)
        : undefined;
    case "size":
      return parseSize(text) ?? undefined;
    case "time": {
      const t = parseTimestamp(/^[0-9]+$/.test(text) ? `${text}s` : text);
      return t === null || t.relative ? undefined : t.ns;
    }
  }
}
