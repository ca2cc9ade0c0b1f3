// The kinds of fields that events and instructions have: numbers, words, text, lists. Names and
// sync points have files of their own.

import { field, type Field } from "./field-type.ts";
import { printText } from "./line.ts";
import { addressMax, timeNsMax } from "./limits.ts";
import { quote } from "./problem.ts";
import * as units from "./units.ts";

export * from "./field-name.ts";
export * from "./field-sync.ts";
export * from "./field-type.ts";

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
