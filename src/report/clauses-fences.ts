// What a difference says about fences: lost ones, errors, when and by whom they are signalled.

import type { Difference } from "../diff/difference.ts";
import type { FenceRow, Golden } from "../golden/model.ts";
import { errnoName } from "../machine/errno.ts";
import {
  type Clause,
  contextName,
  counted,
  duration,
  quantified,
  verb,
  weights,
} from "./clause.ts";
import { plural } from "./text.ts";

/** Share of the fences that a change of route is told of, at least. */
const shareMin = 0.1;

interface Pair {
  readonly x: FenceRow;
  readonly y: FenceRow;
}

/** The clauses about fences. */
export function fenceClauses(
  expected: Golden,
  actual: Golden,
  differences: readonly Difference[],
): Clause[] {
  const own = differences.filter((d) => d.section === "fences");
  if (own.length === 0) return [];
  const theirs = new Map(actual.fences.map((f) => [f.fence, f]));
  const pairs = expected.fences.flatMap((x): Pair[] => {
    const y = theirs.get(x.fence);
    return y === undefined ? [] : [{ x, y }];
  });
  // Jobs are what users wait for; a run without any is told by all its fences.
  const jobs = pairs.filter(({ x, y }) => x.queued >= 0 || y.queued >= 0);
  const [subjects, noun] = jobs.length > 0 ? [jobs, "job fence"] : [pairs, "fence"];
  return [
    ...lost(subjects, noun),
    ...errors(subjects, noun),
    ...signals(subjects, noun),
    ...created(expected, actual, own),
    ...order(own),
  ];
}

function lost(pairs: readonly Pair[], noun: string): Clause[] {
  const signalled = pairs.filter(({ x }) => x.signalled >= 0);
  const gone = signalled.filter(({ y }) => y.signalled < 0);
  const back = pairs.filter(({ x, y }) => x.signalled < 0 && y.signalled >= 0);
  const out: Clause[] = [];
  if (gone.length > 0) {
    const who = quantified(gone.length, signalled.length, noun);
    const text = `${who} ${verb(gone.length, signalled.length)} never signalled`;
    out.push({ text, weight: weights.neverSignalled });
  }
  if (back.length > 0) {
    const [be, was] = back.length === 1 ? ["is", "was"] : ["are", "were"];
    const text = `${plural(back.length, noun)} that ${was} never signalled ${be} signalled now`;
    out.push({ text, weight: weights.neverSignalled - 1 });
  }
  return out;
}

function errors(pairs: readonly Pair[], noun: string): Clause[] {
  const both = pairs.filter(({ x, y }) => x.signalled >= 0 && y.signalled >= 0);
  const changes = both.filter(({ x, y }) => x.error !== y.error);
  const kinds = counted(
    changes.map(({ x, y }) => `${error(y.error)} instead of ${error(x.error)}`),
  );
  return kinds.slice(0, 2).map(([what, n]) => {
    const who = quantified(n, both.length, noun);
    const end = n === both.length || n === 1 ? "ends" : "end";
    return { text: `${who} ${end} with ${what}`, weight: weights.error };
  });
}

function error(code: number): string {
  return code === 0 ? "no error" : errnoName(-code);
}

/** When fences are signalled, and through whom. */
function signals(pairs: readonly Pair[], noun: string): Clause[] {
  const both = pairs.filter(({ x, y }) => x.signalled >= 0 && y.signalled >= 0);
  if (both.length === 0) return [];
  const time = signalTime(both, noun);
  const route = signalRoute(both);
  // The route explains the time where it changes for the same fences.
  if (time !== null && route !== null && time.n === route.n && time.absolute) {
    return [{ text: `${time.text}: ${route.text}`, weight: weights.signalTime }];
  }
  const out: Clause[] = [];
  if (time !== null) out.push({ text: time.text, weight: weights.signalTime });
  if (route !== null) {
    const { n, text } = route;
    const who = quantified(n, both.length, noun);
    const weight = time?.small === true ? weights.signalTime + 1 : weights.signalRoute;
    out.push({ text: `${who} ${verb(n, both.length)} signalled ${text}`, weight });
  }
  return out;
}

/** A change of when fences are signalled. */
interface TimeChange {
  readonly text: string;
  /** Fences that it is about. */
  readonly n: number;
  /** Told against the other side's times, not as a duration. */
  readonly absolute: boolean;
  /** Little against how long jobs take. */
  readonly small: boolean;
}

function signalTime(both: readonly Pair[], noun: string): TimeChange | null {
  const total = both.length;
  const own = turnaround(both, noun);
  if (own !== null) return own;
  const deltas = both.map(({ x, y }) => y.signalled - x.signalled);
  const later = deltas.filter((d) => d > 0).sort((a, b) => a - b);
  const earlier = deltas.filter((d) => d < 0).map((d) => -d);
  earlier.sort((a, b) => a - b);
  if (later.length === 0 && earlier.length === 0) return null;
  const way = completion(both);
  const [first, ...others] = later.length > 0 ? later : earlier;
  // The same for all is the plainest thing to say.
  const alike = (later.length === 0 || earlier.length === 0) && others.every((ns) => ns === first);
  if (!alike && way !== null && way.after !== way.before) {
    return took("from the GPU to its signal", noun, way, later.length + earlier.length);
  }
  const most = later.length >= earlier.length ? later : earlier;
  const rest = later.length >= earlier.length ? earlier : later;
  const text = subject(most, total, noun, most === later);
  const other = rest.length === 0 ? "" : `, ${rest.length} ${most === later ? "earlier" : "later"}`;
  const small = isSmall(most[most.length >> 1], medianOf(both.map(({ x }) => turnaroundOf(x))));
  return { text: `${text}${other}`, n: most.length + rest.length, absolute: true, small };
}

interface Medians {
  readonly before: number;
  readonly after: number;
}

/** Below this share of a duration, a change is little. */
const smallShare = 0.01;

function isSmall(ns: number, of: number): boolean {
  return Math.abs(ns) < of * smallShare;
}

/** `from its submission to its signal a job fence takes 80 us longer (1.2 ms instead of 1.12 ms)`. */
function took(what: string, noun: string, { before, after }: Medians, n: number): TimeChange {
  const by = `${duration(after - before)} ${after > before ? "longer" : "less"}`;
  const [was, is] = [duration(before), duration(after)];
  const of = was === is ? `of ${is}` : `${is} instead of ${was}`;
  const text = `${what} a ${noun} takes ${by} in the median (${of})`;
  return { text, n, absolute: false, small: isSmall(after - before, before) };
}

function startOf({ queued, init }: FenceRow): number {
  return queued >= 0 ? queued : init;
}

function turnaroundOf(f: FenceRow): number {
  return f.signalled - startOf(f);
}

/**
 * Where jobs are not even submitted at the same times, when they are signalled says little: how long
 * they take does. Null where submissions agree.
 */
function turnaround(both: readonly Pair[], noun: string): TimeChange | null {
  const known = both.filter(({ x, y }) => startOf(x) >= 0 && startOf(y) >= 0);
  const shifted = known.filter(({ x, y }) => startOf(x) !== startOf(y));
  if (shifted.length * 2 <= both.length) return null;
  const changed = known.filter(({ x, y }) => turnaroundOf(x) !== turnaroundOf(y)).length;
  if (changed === 0) return null;
  const medians = {
    before: medianOf(known.map(({ x }) => turnaroundOf(x))),
    after: medianOf(known.map(({ y }) => turnaroundOf(y))),
  };
  if (medians.before === medians.after) return null;
  return took("from its submission to its signal", noun, medians, changed);
}

function medianOf(ns: readonly number[]): number {
  return [...ns].sort((a, b) => a - b)[ns.length >> 1];
}

function subject(sorted: readonly number[], total: number, noun: string, late: boolean): string {
  const n = sorted.length;
  const way = late ? "later" : "earlier";
  const low = duration(sorted[0]);
  const high = duration(sorted[n - 1]);
  const median = duration(sorted[n >> 1]);
  const by =
    low === high
      ? `${low} ${way}`
      : n === 2
        ? `${low} and ${high} ${way}`
        : `${median} ${way} in the median (${low} to ${high})`;
  return `${quantified(n, total, noun)} ${verb(n, total)} signalled ${by}`;
}

/** Median way from the GPU's write to the signal, ns; null where one side does not know it. */
function completion(both: readonly Pair[]): Medians | null {
  const median = (fences: readonly FenceRow[]): number => {
    const totals = fences
      .filter((f) => f.stages.length > 0)
      .map((f) => f.stages.reduce((sum, [, ns]) => sum + ns, 0));
    return totals.length === 0 ? -1 : medianOf(totals);
  };
  const before = median(both.map(({ x }) => x));
  const after = median(both.map(({ y }) => y));
  return before < 0 || after < 0 ? null : { before, after };
}

/** The most frequent change of who signals: `through A instead of B`. */
function signalRoute(both: readonly Pair[]): { text: string; n: number } | null {
  const changes = both.flatMap(({ x, y }) => {
    const text = routeChange(x, y);
    return text === null ? [] : [text];
  });
  const [most] = counted(changes);
  // One of many that came another way by chance explains nothing.
  if (most === undefined || most[1] < both.length * shareMin) return null;
  return { text: most[0], n: most[1] };
}

function routeChange(x: FenceRow, y: FenceRow): string | null {
  const was = route(x);
  const is = route(y);
  if (was.join("\n") === is.join("\n")) return null;
  if (x.by !== y.by) return `${by(y.by)} instead of ${contextName(x.by)}`;
  // The same context, led to in another way: what is new on it, and what is gone from it.
  const fresh = is.filter((c) => !was.includes(c));
  const gone = was.filter((c) => !is.includes(c));
  if (fresh.length > 0 && gone.length > 0) {
    return `by way of ${contextName(fresh[0])} instead of ${contextName(gone[0])}`;
  }
  if (gone.length > 0) return `no longer by way of ${contextName(gone[0])}`;
  if (fresh.length > 0) return `by way of ${contextName(fresh[0])} now`;
  return `by way of ${contextName(is[1] ?? is[0])} first`;
}

/** Who signalled a fence and led there; what the device did is the job's doing, not the driver's. */
function route(f: FenceRow): string[] {
  const contexts = [f.by, ...f.path].filter((c) => !/^(sync_write|fw) /.test(c));
  return contexts.filter((c, i, all) => c !== all[i - 1]);
}

function by(context: string): string {
  const name = contextName(context);
  // Work items are ways; threads and handlers are those who do it.
  return name === context ? `through ${name}` : `by ${name}`;
}

function created(expected: Golden, actual: Golden, own: readonly Difference[]): Clause[] {
  const of = (kind: "missing" | "extra"): string[] =>
    own
      .filter((d) => d.kind === kind && (d.edit.op === "remove" || d.edit.op === "insert"))
      .map((d) =>
        kind === "missing"
          ? expected.fences[d.expected].timeline
          : actual.fences[d.actual].timeline,
      );
  const clause = (timelines: readonly string[], what: string): Clause[] => {
    if (timelines.length === 0) return [];
    const kinds = counted(timelines);
    const where =
      kinds.length === 1 ? ` of ${kinds[0][0]}` : ` of ${plural(kinds.length, "timeline")}`;
    const be = timelines.length === 1 ? "is" : "are";
    const text = `${plural(timelines.length, "fence")}${where} ${be} ${what}`;
    return [{ text, weight: weights.fences }];
  };
  return [...clause(of("missing"), "no longer created"), ...clause(of("extra"), "new")];
}

function order(own: readonly Difference[]): Clause[] {
  const moved = new Set(own.filter((d) => d.kind === "moved").map((d) => d.expected)).size;
  if (moved === 0) return [];
  const text = `${plural(moved, "fence")} ${moved === 1 ? "comes" : "come"} in another order`;
  return [{ text, weight: weights.order }];
}
