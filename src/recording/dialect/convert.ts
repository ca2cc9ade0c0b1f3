// Conversions shared by all decoders: from a recorded number or name to a timeline value.

import type { KindName } from "../../timeline/kinds.ts";
import { kindSpecs, type FieldType } from "../../timeline/kinds.ts";
import type { Conversion, DialectRow } from "./row.ts";

const softirqNames = [
  "HI",
  "TIMER",
  "NET_TX",
  "NET_RX",
  "BLOCK",
  "IRQ_POLL",
  "TASKLET",
  "SCHED",
  "HRTIMER",
  "RCU",
];
const runtimePmNames = [
  "RPM_INVALID",
  "RPM_ACTIVE",
  "RPM_RESUMING",
  "RPM_SUSPENDED",
  "RPM_SUSPENDING",
];

/** Names of numbers where the recording does not bring its own. */
export function defaultSymbol(field: string, value: number): string {
  if (field === "action") return softirqNames[value] ?? String(value);
  if (field === "status") return runtimePmNames[value + 1] ?? String(value);
  return String(value);
}

/** Task state letters from 4.14 on; bit 8 says that the task was preempted. */
export const defaultStates: ReadonlyArray<readonly [number, string]> = [
  [0x01, "S"],
  [0x02, "D"],
  [0x04, "T"],
  [0x08, "t"],
  [0x10, "X"],
  [0x20, "Z"],
  [0x40, "P"],
  [0x80, "I"],
];

/** A task state as the kernel prints it. */
export function taskState(
  value: number,
  states: ReadonlyArray<readonly [number, string]> = defaultStates,
): string {
  let known = 0;
  const letters: string[] = [];
  for (const [bit, letter] of states) {
    known |= bit;
    if ((value & bit) !== 0) letters.push(letter);
  }
  // The preemption mark is the bit above the reported states.
  const preempted = ((known + 1) & value) !== 0 && known !== 0;
  return (letters.length === 0 ? "R" : letters.join("|")) + (preempted ? "+" : "");
}

export function handled(value: number): string {
  return value !== 0 ? "handled" : "unhandled";
}

/** How a field of that type is converted unless its row says otherwise. */
export function plainConversion(type: FieldType): Conversion {
  return type === "str" ? "str" : type === "int" ? "int" : "hex";
}

/** Where one field of a kind comes from in a binary record. */
export interface RecordField {
  readonly arg: number;
  readonly field: string;
  readonly source: string;
  readonly conversion: Conversion;
}

/** Where all fields of a row's kind come from, in the kind's order. */
export function recordFields(row: DialectRow): RecordField[] {
  const spec = kindSpecs[row.kind as KindName].fields as Record<string, FieldType>;
  return Object.entries(spec).map(([field, type], arg) => {
    const from = row.record?.[field] ?? field;
    const [source, conversion] =
      typeof from === "string"
        ? [from, textual(field, type)]
        : (from as readonly [string, Conversion]);
    return { arg, field, source, conversion };
  });
}

function textual(field: string, type: FieldType): Conversion {
  return field === "text" ? "text" : plainConversion(type);
}

/** The name of a function without offset, size and module. */
export function functionEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const c = bytes[i];
    if (c === 0x20 || c === 0x2b || c === 0x2f || c === 0x09) return i;
  }
  return end;
}

/**
 * Fields that a row's event always has: those that each of its texts gives. What only some kernel
 * generations record may be missing.
 */
export function requiredFields(row: DialectRow): ReadonlySet<string> {
  const each = row.text.map((t) => new Set([...t.matchAll(/\{(\w+)[^}]*\}/g)].map((m) => m[1])));
  const fields = Object.keys(kindSpecs[row.kind].fields);
  return new Set(each.length === 0 ? [] : fields.filter((f) => each.every((t) => t.has(f))));
}
