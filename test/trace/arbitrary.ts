// Arbitrary events and instructions, made from the format's own tables: every field of every event
// occurs, with values in its range.

import fc from "fast-check";
import { eventSpecs, specOf, type EventName } from "../../src/trace/events/index.ts";
import type { Field, Fields } from "../../src/trace/field.ts";
import { instructionSpec, instructionSpecs } from "../../src/trace/instruction.ts";

const hex = (max: bigint) => fc.bigInt({ min: 0n, max }).map((n) => `0x${n.toString(16)}`);
const name = fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,8}$/);
const point = fc
  .tuple(name, fc.option(fc.nat(1000)))
  .map(([n, p]) => (p === null ? n : `${n}:${p}`));
const durationText = fc.oneof(
  fc.constantFrom("0", "1ns", "1.5us", "100us", "2ms", "15s"),
  fc.nat(10 ** 9).map((n) => `${n}ns`),
);
const quoted = fc
  .string({ maxLength: 20 })
  .map((s) => s.replace(/[\r\n\u0085\u2028\u2029]/g, " "))
  .map((s) => `"${s.replace(/[\\"]/g, "\\$&")}"`);

/** Text of a value that a field accepts. */
function valueText(field: Field<unknown>): fc.Arbitrary<string> {
  const { type } = field;
  if (field.block !== null) return fieldsText(field.block).map((t) => `{${t}}`);
  if (/name$/.test(type)) return name;
  if (type === "text") return quoted;
  if (type === "duration") return durationText;
  if (type === "duration,...") {
    return fc.array(durationText, { minLength: 1, maxLength: 3 }).map((l) => l.join(","));
  }
  if (type === "integer,...") return fc.array(fc.nat(), { minLength: 1, maxLength: 3 }).map(String);
  if (type === "sync[:point]") return point;
  if (type === "sync[:point],...") {
    return fc.array(point, { minLength: 1, maxLength: 3 }).map((l) => l.join(","));
  }
  if (type === "return value") return fc.constantFrom("0", "any", "-EINVAL", "-22", "-110", "7");
  if (type === "fence status") return fc.constantFrom("0", "1", "-ETIMEDOUT", "-125");
  if (type === "error") return fc.constantFrom("-EIO", "-5", "-517", "-EPROBE_DEFER");
  if (type === "size") return fc.constantFrom("0", "1", "4096", "0x1000", "64KiB", "2MiB");
  if (type === "address") return hex(2n ** 48n - 1n);
  if (type.startsWith("address |")) return fc.oneof(hex(2n ** 48n - 1n), fc.constant("h.context"));
  if (type === "r0..r255") return fc.nat(255).map((n) => `r${n}`);
  if (type === "d0..d254") return fc.nat(127).map((n) => `d${2 * n}`);
  if (type === "integer") {
    // The range is only known to the field: keep what it accepts.
    return fc
      .oneof(fc.nat(16).map(String), hex(2n ** 64n - 1n), hex(0xffffffffn))
      .map((t) => (accepts(field, t) ? t : "1"));
  }
  const words = type.split(type.includes(" | ") ? " | " : "|");
  if (type.includes(" | ")) return fc.constantFrom(...words);
  return fc.subarray(words, { minLength: 1 }).map((l) => l.join("|"));
}

function accepts(field: Field<unknown>, text: string): boolean {
  return field.read(text, () => undefined) !== undefined;
}

/** `key=value ...` of some or all fields. */
function fieldsText(fields: Fields): fc.Arbitrary<string> {
  const parts = Object.entries(fields).map(([key, field]): fc.Arbitrary<string[]> => {
    const one = field.flag
      ? fc.constantFrom(key, `${key}=yes`, `${key}=no`)
      : valueText({ ...field, many: false }).map((v) => `${key}=${v}`);
    if (field.many) return fc.array(one, { maxLength: 3 });
    return field.optional
      ? fc.option(one).map((t) => (t === null ? [] : [t]))
      : one.map((t) => [t]);
  });
  return fc.tuple(...parts).map((lists) => lists.flat().join(" "));
}

/** Text of any event: `event: key=value ...`. */
export const actionText: fc.Arbitrary<string> = fc
  .constantFrom(...(Object.keys(eventSpecs) as EventName[]))
  .chain((event) => fieldsText(specOf(event)!.fields).map((t) => `${event}: ${t}`.trimEnd()));

/** Text of any instruction. */
export const instructionText: fc.Arbitrary<string> = fc
  .constantFrom(...Object.keys(instructionSpecs))
  .chain((op) => {
    const operands = Object.entries(instructionSpec(op)!.operands).map(([key, field]) =>
      field.flag
        ? fc.constantFrom(key, `${key}=no`)
        : valueText(field).map((v) => (field.optional ? `${key}=${v}` : v)),
    );
    return fc.tuple(...operands).map((list) => `${op} ${list.join(", ")}`.trimEnd());
  });
