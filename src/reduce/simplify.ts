// The passes that make what is left plainer: header keys, tasks that become one, rounder times,
// sizes and numbers, plain names.

import { actorsOf } from "../trace/expand.ts";
import { type Action, specOf } from "../trace/events/index.ts";
import { type Field, type NameUse, printPoint, type SyncPoint } from "../trace/field.ts";
import { budgetKeys, headerKeys, optionKeys } from "../trace/header.ts";
import type { Trace } from "../trace/trace.ts";
import { mapAction, mapInstruction, type MapValue, namesOf, rename } from "./fields.ts";
import { linesOf, mapLines } from "./items.ts";
import { withPlainNames } from "./names.ts";
import type { Pass } from "./passes.ts";
import { isPoint, simplicity } from "./weight.ts";

/** Keys of the header, options and budgets back to what they are when nobody says. */
export const plainHeader: Pass = (engine) =>
  engine.repeat(function* (best) {
    for (const [key, spec] of Object.entries(headerKeys)) {
      if ("required" in spec || key === "revision" || key === "profile") continue;
      yield { ...best, [key]: spec.fallback };
    }
    for (const [key, { fallback }] of Object.entries(optionKeys)) {
      yield { ...best, options: { ...best.options, [key]: fallback } };
    }
    for (const [key, { fallback }] of Object.entries(budgetKeys)) {
      yield { ...best, budgets: { ...best.budgets, [key]: fallback } };
    }
  });

/** What one task does, done by another. */
export const mergeTasks: Pass = (engine) =>
  engine.repeat(function* (best) {
    const tasks = actorsOf(best).filter(({ pid }) => pid >= 0);
    for (const from of [...tasks].reverse()) {
      for (const to of tasks) {
        if (from.pid === to.pid) continue;
        yield mapLines(best, (line) =>
          line.event.actor.pid === from.pid
            ? { ...line, event: { ...line.event, actor: to } }
            : line,
        );
      }
    }
  });

/** One object doing what two do: the one made later, and what releases it, goes. */
export const mergeObjects: Pass = (engine) =>
  engine.repeat(function* (best) {
    const lines = linesOf(best);
    // What repetitions name is not known before they run.
    if (lines.some((line) => line.template !== null)) return;
    const bound = lines.flatMap(({ event }) =>
      namesOf(event.action).filter((use) => use.how === "bind"),
    );
    for (const from of [...bound].reverse()) {
      for (const to of bound) {
        if (to.kind === from.kind && to.name !== from.name) yield merged(best, from, to.name);
      }
    }
  });

function merged(trace: Trace, { kind, name }: NameUse, to: string): Trace {
  const goes = (action: Action): boolean => {
    const { releases } = specOf(action.name)!;
    const args = action.args as unknown as Readonly<Record<string, unknown>>;
    if (releases?.kind === kind && args[releases.field] === name) return true;
    return namesOf(action).some((u) => u.how === "bind" && u.kind === kind && u.name === name);
  };
  const change: MapValue = (value, field) =>
    field.names(value).some((u) => u.kind === kind)
      ? rename(value, (n) => (n === name ? to : n))
      : value;
  return mapLines(trace, (line) => {
    const { event } = line;
    if (goes(event.action)) return null;
    return { ...line, event: { ...event, action: mapAction(event.action, change) } };
  });
}

/** The points of each timeline numbered from 1, in the order of their numbers. */
export const plainPoints: Pass = (engine) =>
  engine.repeat(function* (best) {
    yield withPoints(best);
    const syncs = new Set<string>();
    mapPoints(best, (p) => {
      syncs.add(p.sync);
      return p;
    });
    for (const sync of syncs) yield withPoints(best, sync);
  });

function withPoints(trace: Trace, only?: string): Trace {
  const points = new Map<string, Set<number>>();
  mapPoints(trace, (p) => {
    if (p.point !== null && p.point > 0) {
      points.set(p.sync, (points.get(p.sync) ?? new Set()).add(p.point));
    }
    return p;
  });
  const plain = (p: SyncPoint): SyncPoint => {
    const known = only === undefined || p.sync === only ? points.get(p.sync) : undefined;
    if (p.point === null || known?.has(p.point) !== true) return p;
    return { ...p, point: [...known].sort((a, b) => a - b).indexOf(p.point) + 1 };
  };
  const promises = trace.promises.map((promise) => {
    const [, sync, point] = /^([^:]+):(\d+)$/.exec(promise.fence ?? "") ?? [];
    if (sync === undefined) return promise;
    return { ...promise, fence: printPoint(plain({ sync, point: Number(point) })) };
  });
  return { ...mapPoints(trace, plain), promises };
}

/** The trace with other points; lines with variables stand as they are written. */
function mapPoints(trace: Trace, map: (point: SyncPoint) => SyncPoint): Trace {
  const change: MapValue = (value) => {
    if (Array.isArray(value))
      return value.map((one) => (isPoint(one) ? map(one) : (one as unknown)));
    return isPoint(value) ? map(value) : value;
  };
  return mapLines(trace, (line) =>
    line.template === null
      ? { ...line, event: { ...line.event, action: mapAction(line.event.action, change) } }
      : line,
  );
}

/** Every name as plain as it can be. */
export const plainNames: Pass = (engine) =>
  engine.repeat(function* (best) {
    yield withPlainNames(best);
  });

type Rounding = (value: number) => readonly number[];

/** Zero, powers of ten up to the number's own, then one digit, then two. */
const roundTime: Rounding = (ns) => {
  if (ns === 0) return [];
  const power = Math.floor(Math.log10(ns));
  const powers = [3, 2, 1, 0].map((less) => 10 ** Math.max(0, power - less));
  const digit = 10 ** power;
  const two = 10 ** Math.max(0, power - 1);
  return [0, ...powers, Math.floor(ns / digit) * digit, Math.floor(ns / two) * two];
};

/** A page, the power of two below. */
const roundSize: Rounding = (bytes) =>
  bytes === 0 ? [] : [4096, 2 ** Math.floor(Math.log2(bytes))];

const roundAddress: Rounding = (address) =>
  address === 0 ? [] : [0x1000000, 2 ** Math.floor(Math.log2(address))];

const roundNumber: Rounding = (n) => (n === 0 ? [] : [0, 1, Math.floor(n / 2)]);

const roundings: Readonly<Record<string, Rounding>> = {
  duration: roundTime,
  size: roundSize,
  address: roundAddress,
  integer: roundNumber,
};

/** Numbers of one type and value, everywhere: a size is said of the object and of its mapping. */
interface Number {
  readonly type: string;
  readonly value: number;
}

/** Rounder times, sizes, addresses and counts: the same value everywhere at once, then each place. */
export const rounderNumbers: Pass = async (engine) => {
  const everywhere = await engine.repeat(function* (best) {
    for (const { type, value } of numbersOf(best)) {
      for (const to of simpler(type, value)) {
        yield mapNumbers(best, (n, field) => (isThat(n, field, type, value) ? to : n));
      }
    }
  });
  const each = await engine.repeat(function* (best) {
    const places = placesOf(best);
    for (let place = 0; place < places.length; place++) {
      const { type, value } = places[place];
      for (const to of simpler(type, value)) {
        let here = 0;
        yield mapNumbers(best, (n, field) =>
          field.type in roundings && here++ === place ? to : n,
        );
      }
    }
  });
  return everywhere || each;
};

/** Rounder times at which events begin: at once after the one before where that does. */
export const rounderTimes: Pass = (engine) =>
  engine.repeat(function* (best) {
    const zero = { relative: true, ns: 0 };
    yield mapLines(best, (line) => ({ ...line, event: { ...line.event, at: zero } }));
    for (const line of linesOf(best)) {
      const { at } = line.event;
      const times = at.relative ? [] : [zero];
      for (const ns of simpler("duration", at.ns)) times.push({ relative: at.relative, ns });
      for (const time of times) {
        yield mapLines(best, (l) => (l === line ? { ...l, event: { ...l.event, at: time } } : l));
      }
    }
  });

const isThat = (n: number, field: Field<unknown>, type: string, value: number): boolean =>
  field.type === type && n === value;

/** Values that are simpler, the simplest first. */
function simpler(type: string, value: number): number[] {
  const cost = simplicity(value);
  const values = [...new Set(roundings[type](value))].filter((n) => simplicity(n) < cost);
  return values.sort((a, b) => simplicity(a) - simplicity(b));
}

function mapNumbers(trace: Trace, map: (n: number, field: Field<unknown>) => number): Trace {
  const change: MapValue = (value, field) =>
    typeof value === "number" && value !== field.fallback ? map(value, field) : value;
  const lines = mapLines(trace, (line) =>
    line.template === null
      ? { ...line, event: { ...line.event, action: mapAction(line.event.action, change) } }
      : line,
  );
  const streams = trace.streams.map((stream) => ({
    ...stream,
    code: stream.code.map((i) => mapInstruction(i, change)),
  }));
  const faults = trace.faults.map((fault) => mapAction(fault, change) as typeof fault);
  return { ...lines, streams, faults };
}

/** Every number that can be rounded, in one fixed order. */
function placesOf(trace: Trace): Number[] {
  const out: Number[] = [];
  mapNumbers(trace, (value, { type }) => {
    if (type in roundings) out.push({ type, value });
    return value;
  });
  return out;
}

function numbersOf(trace: Trace): Number[] {
  const seen = new Map(placesOf(trace).map((n) => [`${n.type} ${n.value}`, n]));
  return [...seen.values()];
}
