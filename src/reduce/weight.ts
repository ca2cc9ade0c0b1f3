// How large a trace is, for a person who has to read it: fewer tasks, then fewer events, then fewer
// parts, then simpler numbers, then plainer names. Every step of a reduction makes it less, so a
// reduction ends.

import type { Field, SyncPoint } from "../trace/field.ts";
import { budgetKeys, headerKeys, optionKeys } from "../trace/header.ts";
import type { Trace } from "../trace/trace.ts";
import { actorsOf } from "../trace/expand.ts";
import { streamWords } from "../trace/stream.ts";
import { mapAction, mapInstruction, type MapValue } from "./fields.ts";
import { allItems, eventsIn, linesOf } from "./items.ts";
import { plainNames } from "./names.ts";

/** Compared from the left. */
export type Weight = readonly number[];

/** Keys of the header that say which trace it is. */
const identity = new Set(["version", "name", "description", "revision", "profile"]);

export function weightOf(trace: Trace): Weight {
  let parts = 0;
  let fields = 0;
  let numbers = 0;
  const count: MapValue = (value, field) => {
    if (Array.isArray(value)) parts += value.length;
    if (value !== field.fallback) fields++;
    numbers += numberCost(value, field);
    return value;
  };
  for (const line of linesOf(trace)) {
    const { event, template } = line;
    if (event.cpu !== null) fields++;
    numbers += simplicity(event.at.ns) + (event.at.relative ? 0 : 100);
    if (template !== null) fields += template.fields.length;
    else {
      for (const value of Object.values(event.action.args)) {
        if (Array.isArray(value)) parts += value.length;
      }
      mapAction(event.action, count);
    }
  }
  for (const fault of trace.faults) mapAction(fault, count);
  for (const { code } of trace.streams) for (const i of code) mapInstruction(i, count);
  return [
    actorsOf(trace).length,
    eventsIn(trace),
    [...allItems(trace)].length,
    trace.faults.length,
    trace.promises.length + trace.incidental.length + trace.unordered.length,
    trace.streams.length,
    trace.streams.reduce((n, s) => n + streamWords(s.code), 0),
    parts,
    fields,
    headerKeysGiven(trace),
    numbers,
    unplain(trace),
  ];
}

/** True if `a` is less than `b`. */
export function lighter(a: Weight, b: Weight): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}

function headerKeysGiven(trace: Trace): number {
  const given = (values: object, keys: object): number =>
    Object.entries(keys).filter(
      ([key, spec]) =>
        !identity.has(key) &&
        (values as Record<string, unknown>)[key] !== (spec as { fallback: unknown }).fallback,
    ).length;
  return (
    given(trace, headerKeys) + given(trace.options, optionKeys) + given(trace.budgets, budgetKeys)
  );
}

function unplain(trace: Trace): number {
  return [...plainNames(trace)].filter(([from, to]) => from !== to).length;
}

function numberCost(value: unknown, field: Field<unknown>): number {
  if (typeof value === "number") return value === field.fallback ? 0 : simplicity(value);
  if (typeof value === "bigint") return simplicity(Number(value));
  if (Array.isArray(value)) return value.reduce<number>((n, one) => n + pointCost(one), 0);
  return pointCost(value);
}

const pointCost = (value: unknown): number =>
  isPoint(value) && value.point !== null ? simplicity(value.point) : 0;

/** True for a point of a timeline, or a binary sync object. */
export function isPoint(value: unknown): value is SyncPoint {
  return typeof value === "object" && value !== null && "sync" in value && "point" in value;
}

/** How many digits a number has to be written with, and a little for its size. */
export function simplicity(value: number): number {
  const n = Math.abs(value);
  if (n === 0) return 0;
  const digits = Math.min(significant(n, 10), significant(n, 16));
  return digits * 1000 + Math.round(Math.log2(n + 1) * 10);
}

/** Digits without the zeros at the end. */
function significant(n: number, base: number): number {
  return n.toString(base).replace(/0+$/, "").length;
}
