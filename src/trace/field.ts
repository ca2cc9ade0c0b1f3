// Typed descriptors of the fields of events and instructions: how a value is read, printed,
// documented, and which names it binds or uses. The types of events derive from them.

import { addressMax, nameLengthMax, timeNsMax } from "./limits.ts";
import type { Hint, TraceReason } from "./problem.ts";
import { quote } from "./problem.ts";
import { printText } from "./line.ts";
import { errnoByName, printErrno } from "./errno-name.ts";
import * as units from "./units.ts";

/** What a name can stand for. */
export const nameKinds = ["file", "vm", "bo", "group", "heap", "sync", "fd", "stream"] as const;
export type NameKind = (typeof nameKinds)[number];

/** A name that an event binds, uses or releases. */
export interface NameUse {
  readonly kind: NameKind;
  readonly name: string;
  readonly how: "bind" | "use";
}

/** Reports a problem at the value (or `offset` characters into it). */
export type FailValue = (
  reason: TraceReason,
  detail: string,
  hint?: Hint,
  offset?: number,
) => undefined;

/** A field of an event: one row of the format. */
export interface Field<A> {
  /** For the docs and the JSON Schema, e.g. "duration". */
  readonly type: string;
  readonly doc: string;
  /** May be left out (the value is then undefined). */
  readonly optional: boolean;
  /** May be repeated; the value is an array, in order. */
  readonly many: boolean;
  /** The fields of a block; null for a plain value. */
  readonly block: Fields | null;
  /** Written as a key alone. */
  readonly flag: boolean;
  /** The value when left out; undefined for none. */
  readonly fallback: A | undefined;
  readonly read: (text: string, fail: FailValue) => A | undefined;
  readonly print: (value: A) => string;
  readonly names: (value: A) => readonly NameUse[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any field, whatever its type
export type Fields = { readonly [key: string]: Field<any> };

/** The value type of a record of fields. */
export type Values<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer A> ? A : never;
};

const noNames = (): readonly NameUse[] => [];

function field<A>(
  type: string,
  doc: string,
  read: Field<A>["read"],
  print: Field<A>["print"],
  names: Field<A>["names"] = noNames,
): Field<A> {
  return {
    type,
    doc,
    optional: false,
    many: false,
    block: null,
    flag: false,
    fallback: undefined,
    read,
    print,
    names,
  };
}

/** May be left out. */
export function opt<A>(f: Field<A>): Field<A | undefined> {
  return { ...f, optional: true } as Field<A | undefined>;
}

/** May be left out; its value is then `fallback`. */
export function orElse<A>(f: Field<A>, fallback: A): Field<A> {
  return { ...f, optional: true, fallback };
}

/** May be repeated, or left out (an empty array). */
export function many<A>(f: Field<A>): Field<readonly A[]> {
  return { ...f, optional: true, many: true } as unknown as Field<readonly A[]>;
}

function ranged(
  type: string,
  doc: string,
  parse: (text: string) => number | null,
  print: (value: number) => string,
  max: number,
  min = 0,
): Field<number> {
  const range = `${print(min)} to ${print(max)}`;
  return field(
    type,
    doc,
    (text, fail) => {
      const value = parse(text);
      if (value === null) return fail("BadValue", quote(text), { expected: type });
      if (value < min || value > max) {
        return fail("OutOfRange", text, { expected: range });
      }
      return value;
    },
    print,
  );
}

export const int = (doc: string, max: number, min = 0): Field<number> =>
  ranged("integer", doc, units.parseInteger, String, max, min);

/** A 32-bit word, printed in hexadecimal. */
export const word32 = (doc: string): Field<number> =>
  ranged("integer", doc, units.parseInteger, units.printHex, 0xffffffff);

export const address = (doc: string): Field<number> =>
  ranged("address", doc, units.parseInteger, units.printHex, addressMax);

export const size = (doc: string, max = addressMax): Field<number> =>
  ranged("size", doc, units.parseSize, units.printSize, max);

export const duration = (doc: string): Field<number> =>
  ranged("duration", doc, units.parseDuration, units.printDuration, timeNsMax);

/** A 64-bit word. */
export const word64 = (doc: string): Field<bigint> =>
  field(
    "integer",
    doc,
    (text, fail) => {
      const value = units.parseBigInt(text);
      if (value === null) return fail("BadValue", quote(text), { expected: "integer" });
      if (value >= 1n << 64n) return fail("OutOfRange", text, { expected: "64 bits" });
      return value;
    },
    units.printHex,
  );

export const text = (doc: string, lengthMax = 1024): Field<string> =>
  field(
    "text",
    doc,
    (value, fail) =>
      value.length <= lengthMax
        ? value
        : fail("TooLarge", `text of ${value.length} characters`, {
            expected: `at most ${lengthMax}`,
          }),
    printText,
  );

/** One of a closed list of words. */
export const word = <const W extends readonly string[]>(doc: string, words: W): Field<W[number]> =>
  field(
    words.join(" | "),
    doc,
    (value, fail) =>
      words.includes(value) ? value : fail("BadValue", quote(value), { oneOf: words, got: value }),
    (value) => value,
  );

/** Several words of a closed list, joined with `|`. */
export const flags = <const W extends readonly string[]>(
  doc: string,
  words: W,
): Field<readonly W[number][]> =>
  field<readonly W[number][]>(
    `${words.join("|")}`,
    doc,
    (value, fail) => {
      const out: string[] = [];
      let offset = 0;
      for (const part of value.split("|")) {
        if (!words.includes(part)) {
          return fail("BadValue", quote(part), { oneOf: words, got: part }, offset);
        }
        if (out.includes(part)) return fail("BadValue", `${quote(part)} twice`, {}, offset);
        out.push(part);
        offset += part.length + 1;
      }
      return out;
    },
    (value) => value.join("|"),
  );

/** A key alone, present or not. */
export const flag = (doc: string): Field<boolean> => ({
  ...field<boolean>(
    "flag",
    doc,
    (value, fail) =>
      value === "yes"
        ? true
        : value === "no"
          ? false
          : fail("BadValue", quote(value), { expected: "nothing, yes or no" }),
    (value) => (value ? "" : "=no"),
  ),
  optional: true,
  flag: true,
  fallback: false,
});

const namePattern = new RegExp(`^[A-Za-z_][A-Za-z0-9_.-]{0,${nameLengthMax - 1}}$`);
export const nameRule = `a letter or _, then letters, digits or _ . -, at most ${nameLengthMax}`;

export function isName(value: string): boolean {
  return namePattern.test(value);
}

function named(type: string, doc: string, kind: NameKind, how: "bind" | "use"): Field<string> {
  return field(
    type,
    doc,
    (value, fail) =>
      isName(value) ? value : fail("BadValue", `name ${quote(value)}`, { expected: nameRule }),
    (value) => value,
    (name) => [{ kind, name, how }],
  );
}

/** A name that the event gives to what it creates. */
export const bind = (doc: string, kind: NameKind): Field<string> =>
  named(`new ${kind} name`, doc, kind, "bind");

/** A name bound before. */
export const use = (doc: string, kind: NameKind): Field<string> =>
  named(`${kind} name`, doc, kind, "use");

/** A sync object, with the point of its timeline or null (binary). */
export interface SyncPoint {
  readonly sync: string;
  readonly point: number | null;
}

function readPoint(value: string, fail: FailValue, offset: number): SyncPoint | undefined {
  const colon = value.indexOf(":");
  const sync = colon < 0 ? value : value.slice(0, colon);
  if (!isName(sync)) {
    return fail("BadValue", `sync ${quote(value)}`, { expected: "name or name:point" }, offset);
  }
  if (colon < 0) return { sync, point: null };
  const point = units.parseInteger(value.slice(colon + 1));
  if (point !== null) return { sync, point };
  return fail(
    "BadValue",
    `point ${quote(value.slice(colon + 1))}`,
    {
      expected: "an integer",
    },
    offset + colon + 1,
  );
}

export function printPoint(p: SyncPoint): string {
  return p.point === null ? p.sync : `${p.sync}:${p.point}`;
}

const pointNames = (p: SyncPoint): NameUse => ({ kind: "sync", name: p.sync, how: "use" });

export const point = (doc: string): Field<SyncPoint> =>
  field(
    "sync[:point]",
    doc,
    (value, fail) => readPoint(value, fail, 0),
    printPoint,
    (p) => [pointNames(p)],
  );

/** A comma-separated list of sync objects or points. */
export const points = (doc: string): Field<readonly SyncPoint[]> =>
  field<readonly SyncPoint[]>(
    "sync[:point],...",
    doc,
    (value, fail) => {
      const out: SyncPoint[] = [];
      let offset = 0;
      for (const part of value.split(",")) {
        const p = readPoint(part, fail, offset);
        if (p === undefined) return undefined;
        out.push(p);
        offset += part.length + 1;
      }
      return out;
    },
    (list) => list.map(printPoint).join(","),
    (list) => list.map(pointNames),
  );

/** A comma-separated list of integers. */
export const ints = (doc: string): Field<readonly number[]> =>
  field<readonly number[]>(
    "integer,...",
    doc,
    (value, fail) => {
      const list = value.split(",").map(units.parseInteger);
      if (list.every((n) => n !== null)) return list;
      return fail("BadValue", quote(value), { expected: "integers with commas between" });
    },
    (list) => list.join(","),
  );

/** A comma-separated list of durations. */
export const durations = (doc: string): Field<readonly number[]> =>
  field<readonly number[]>(
    "duration,...",
    doc,
    (value, fail) => {
      const list = value.split(",").map(units.parseDuration);
      if (list.every((n) => n !== null)) return list;
      return fail("BadValue", quote(value), { expected: "durations with commas between" });
    },
    (list) => list.map(units.printDuration).join(","),
  );

/** What a call is expected to return: a number (errors negative), or anything. */
export type ExpectedReturn = number | "any";

function readReturn(value: string, fail: FailValue): ExpectedReturn | undefined {
  if (value === "any") return "any";
  const negative = value.startsWith("-");
  const rest = negative ? value.slice(1) : value;
  const n = units.parseInteger(rest) ?? (negative ? errnoByName(rest) : null);
  if (n !== null && n <= 0xffffffff) return negative ? (n === 0 ? 0 : -n) : n;
  return fail("BadValue", quote(value), {
    expected: "a number, an error such as -EINVAL, or any",
  });
}

const printReturn = (value: ExpectedReturn): string =>
  value === "any" ? value : value < 0 ? `-${printErrno(-value)}` : String(value);

export const ret = (doc: string): Field<ExpectedReturn> =>
  field("return value", doc, readReturn, printReturn);

/** The status of a fence: 0 pending, 1 signalled, negative an error. */
export const status = (doc: string): Field<number> =>
  field(
    "fence status",
    doc,
    (value, fail) => {
      const n = readReturn(value, fail);
      return n === "any" || (n !== undefined && n > 1)
        ? fail("BadValue", quote(value), { expected: "0, 1 or an error such as -EINVAL" })
        : n;
    },
    printReturn,
  );

/** `{key=value ...}`. */
export const block = <F extends Fields>(doc: string, fields: F): Field<Values<F>> => ({
  ...field<Values<F>>(
    "block",
    doc,
    (value, fail) => fail("WrongType", quote(value), { expected: "{key=value ...}" }),
    () => "",
  ),
  block: fields,
});
