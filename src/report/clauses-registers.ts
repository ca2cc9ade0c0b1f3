// What a difference says about register accesses: new, gone, moved before or behind another, made by
// somebody else, with another value.

import type { Difference } from "../diff/difference.ts";
import type { Golden, RegisterRow } from "../golden/model.ts";
import { type Clause, contextName, counted, duration, weights } from "./clause.ts";
import { plural } from "./text.ts";

/** Different accesses that are told one by one; more are counted. */
const listedMax = 2;
/** Accesses that a moved one is looked at in relation to. */
const crossedMax = 256;

/** `JOB_INT_CLEAR` of `JOB.JOB_INT_CLEAR`. */
export function shortRegister(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}

const access = (r: RegisterRow): string => `${r.direction} ${shortRegister(r.register)}`;

/** The clauses about register accesses. */
export function registerClauses(
  expected: Golden,
  actual: Golden,
  differences: readonly Difference[],
): Clause[] {
  const own = differences.filter((d) => d.section === "registers");
  if (own.length === 0) return [];
  const rowsOf = (kind: Difference["kind"]): RegisterRow[] =>
    own
      .filter((d) => d.kind === kind)
      .map((d) => (d.actual >= 0 ? actual.registers[d.actual] : expected.registers[d.expected]));
  return [
    ...moves(expected, actual, own),
    ...comeAndGo(rowsOf("missing"), rowsOf("extra")),
    ...otherContexts(expected, actual, own),
    ...otherValues(expected, actual, own),
    ...times(own),
  ];
}

/** `3 writes to`, `a read of`. */
function accesses(n: number, what: string): string {
  const [direction, register] = what.split(" ");
  const [one, preposition] = direction === "W" ? ["write", "to"] : ["read", "of"];
  return `${n === 1 ? `a ${one}` : `${n} ${one}s`} ${preposition} ${register}`;
}

function comeAndGo(missing: readonly RegisterRow[], extra: readonly RegisterRow[]): Clause[] {
  const net = new Map<string, number>();
  const who = new Map<string, string>();
  for (const [rows, sign] of [
    [missing, -1],
    [extra, 1],
  ] as const) {
    for (const r of rows) {
      net.set(access(r), (net.get(access(r)) ?? 0) + sign);
      who.set(access(r), r.context);
    }
  }
  const tell = (sign: number, one: string, many: string): Clause[] => {
    const items = [...net].filter(([, n]) => Math.sign(n) === sign);
    items.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    const total = items.reduce((sum, [, n]) => sum + Math.abs(n), 0);
    if (total === 0) return [];
    const told = items.slice(0, listedMax).map(([what, n]) => accesses(Math.abs(n), what));
    const rest = items.length - told.length;
    const more = rest === 0 ? "" : ` and ${plural(rest, "other register")}`;
    const by = items.length === 1 ? ` by ${contextName(who.get(items[0][0])!)}` : "";
    const text = `${told.join(rest === 0 ? " and " : ", ")}${more}${by} ${total === 1 ? one : many}`;
    return [{ text, weight: weights.registers }];
  };
  return [...tell(-1, "is gone", "are gone"), ...tell(1, "is new", "are new")];
}

interface Move {
  readonly what: string;
  readonly context: string;
  readonly earlier: boolean;
  /** Accesses that it crossed, in order. */
  readonly crossed: readonly RegisterRow[];
}

function moves(expected: Golden, actual: Golden, own: readonly Difference[]): Clause[] {
  const moved = own.filter((d) => d.kind === "moved");
  if (moved.length === 0) return [];
  const all = crossings(expected, actual, own, moved);
  const groups = new Map<string, Move[]>();
  for (const move of all) {
    const key = `${move.earlier} ${move.context}`;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [move]);
    else list.push(move);
  }
  const [most] = [...groups.values()].sort((x, y) => y.length - x.length);
  const [{ what, context, earlier }] = most;
  const same = most.every((m) => m.what === what);
  const subject = same
    ? `${accesses(most.length, what)} by ${contextName(context)}`
    : `${most.length} register accesses of ${contextName(context)}`;
  const landmark = commonLandmark(most, context);
  const way = earlier ? "before" : "behind";
  const where = landmark === null ? (earlier ? "up" : "down") : `${way} ${landmark}`;
  const rest = moved.length - most.length;
  const more = rest === 0 ? "" : ` (and ${rest} other${rest === 1 ? "" : "s"})`;
  return [{ text: `${subject} moved ${where}${more}`, weight: weights.registersMoved }];
}

/** Which accesses that stayed each moved one went past. */
function crossings(
  expected: Golden,
  actual: Golden,
  own: readonly Difference[],
  moved: readonly Difference[],
): Move[] {
  const goneA = new Set<number>();
  const goneB = new Set<number>();
  for (const { kind, expected: e, actual: a } of own) {
    if (kind === "missing" || kind === "moved") goneA.add(e);
    if (kind === "extra" || kind === "moved") goneB.add(a);
  }
  const kept: RegisterRow[] = [];
  const rankA = ranks(expected.registers, goneA, (r) => kept.push(r));
  const rankB = ranks(actual.registers, goneB, () => undefined);
  return moved.map((d): Move => {
    const [from, to] = [rankA.get(d.expected) ?? 0, rankB.get(d.actual) ?? 0];
    const [low, high] = from < to ? [from, to] : [to, from];
    return {
      what: access(expected.registers[d.expected]),
      context: expected.registers[d.expected].context,
      earlier: to < from,
      crossed: kept.slice(low, Math.min(high, low + crossedMax)),
    };
  });
}

/** How many kept rows lie before each row that is not kept. */
function ranks(
  rows: readonly RegisterRow[],
  gone: ReadonlySet<number>,
  keep: (r: RegisterRow) => void,
): Map<number, number> {
  const out = new Map<number, number>();
  let rank = 0;
  rows.forEach((r, i) => {
    if (gone.has(i)) out.set(i, rank);
    else {
      keep(r);
      rank++;
    }
  });
  return out;
}

/** What all moves of a group went past: a context's accesses, or of several the rarest one. */
function commonLandmark(list: readonly Move[], own: string): string | null {
  const contexts = new Set(list.flatMap((m) => m.crossed.map((r) => r.context)));
  const [first] = contexts;
  const count = Math.max(...list.map((m) => m.crossed.length));
  if (contexts.size === 1 && count > 1 && first !== own) return `those of ${contextName(first)}`;
  const counts = new Map(counted(list.flatMap((m) => m.crossed.map(access))));
  const common = [...new Set(list[0].crossed.map(access))].filter((c) =>
    list.every((m) => m.crossed.some((r) => access(r) === c)),
  );
  common.sort((a, b) => counts.get(a)! - counts.get(b)!);
  const [best] = common;
  if (best === undefined) return null;
  const [direction, register] = best.split(" ");
  return `the ${direction === "W" ? "write to" : "read of"} ${register}`;
}

function otherContexts(expected: Golden, actual: Golden, own: readonly Difference[]): Clause[] {
  const changes = own
    .filter((d) => d.kind === "other context")
    .map((d) => {
      const is = contextName(actual.registers[d.actual].context);
      return `by ${is} instead of ${contextName(expected.registers[d.expected].context)}`;
    });
  const [most] = counted(changes);
  if (most === undefined) return [];
  const [how, n] = most;
  const subject = n === 1 ? "a register access is" : `${n} register accesses are`;
  return [{ text: `${subject} made ${how}`, weight: weights.context }];
}

function otherValues(expected: Golden, actual: Golden, own: readonly Difference[]): Clause[] {
  const changes = own
    .filter((d) => d.kind === "other value")
    .map((d) => {
      const x = expected.registers[d.expected];
      const y = actual.registers[d.actual];
      return `${shortRegister(x.register)} is ${verbOf(x)} as ${text(y)} instead of ${text(x)}`;
    });
  const [most] = counted(changes);
  if (most === undefined) return [];
  const times = most[1] === 1 ? "" : ` (${most[1]} times)`;
  return [{ text: `${most[0]}${times}`, weight: weights.value }];
}

const verbOf = (r: RegisterRow): string => (r.direction === "W" ? "written" : "read");

function text(r: RegisterRow): string {
  if (r.fields !== "") return r.fields;
  return r.value === "-" ? "an address" : `0x${r.value.replace(/^0+(?=.)/, "")}`;
}

function times(own: readonly Difference[]): Clause[] {
  const delays = own.filter((d) => d.kind === "delayed");
  if (delays.length === 0) return [];
  let most = 0;
  let shift = 0;
  for (const d of delays) {
    if (d.edit.op !== "shift") continue;
    shift = d.edit.shifts[0].byNs;
    if (Math.abs(shift) > Math.abs(most)) most = shift;
  }
  const way = most < 0 ? "earlier" : "later";
  const text = `register accesses come up to ${duration(most)} ${way}`;
  return [{ text, weight: weights.times }];
}
