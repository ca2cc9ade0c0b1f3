// What one patch changes: two replays of a trace, told by what a reviewer asks. Which fences are
// signalled earlier, later or by someone else, which register accesses and work items come or go.

import type { FenceRow, Golden } from "../golden/model.ts";
import type { DifferenceKind } from "./difference.ts";
import { type FindingChanges, findingChanges } from "./finding-changes.ts";
import { diffByGolden, promisedSides } from "./promised.ts";

/** A replay, as far as patches are compared. */
export interface Observation {
  readonly golden: Golden;
  /** How often each work function was queued. */
  readonly works: Readonly<Record<string, number>>;
  /** How often each interrupt handler ran. */
  readonly interrupts?: Readonly<Record<string, number>>;
  /** How often each lock class was taken, in the whole replay. */
  readonly locks?: Readonly<Record<string, number>>;
  /** Of the whole timeline. */
  readonly digest: string;
  /** Of its entries without those that the trace does not promise; left out where it promises all. */
  readonly promised?: string;
  /** What checks, expectations and the end of the replay say. */
  readonly findings: readonly string[];
}

/** How many of something, most first. */
export interface Tally {
  readonly what: string;
  readonly count: number;
}

/** Fences whose signal moves in one direction; times in ns, without sign. */
export interface Shift {
  readonly count: number;
  readonly minNs: number;
  readonly medianNs: number;
  readonly maxNs: number;
}

/** How far times move, ns. */
export interface TimesOnly {
  /** The same fence or register access, at most. */
  readonly mostNs: number;
  /** What two register accesses have between them, at most: what is not carried along. */
  readonly stepNs: number;
}

export interface Effect {
  /** Entry by entry the same timeline. */
  readonly identical: boolean;
  /** The same fences and register accesses at the same times. */
  readonly unchanged: boolean;
  readonly counts: Readonly<Record<DifferenceKind, number>>;
  readonly fences: {
    readonly earlier: Shift | null;
    readonly later: Shift | null;
    /** `signalled by X, was Y`. */
    readonly contexts: readonly Tally[];
    /** Created, lost, of other order or error: as the typed difference says it, alike ones once. */
    readonly other: readonly Tally[];
    /** Median from the GPU's write to the signal, where it changes. */
    readonly latency: { readonly beforeNs: number; readonly afterNs: number } | null;
  };
  readonly registers: Readonly<
    Record<"added" | "removed" | "moved" | "otherValue" | "otherContext", readonly Tally[]>
  >;
  /** Register accesses that come earlier or later, where that begins. */
  readonly times: readonly string[];
  readonly works: { readonly added: readonly Tally[]; readonly removed: readonly Tally[] };
  readonly interrupts: { readonly added: readonly Tally[]; readonly removed: readonly Tally[] };
  readonly locks: { readonly added: readonly Tally[]; readonly removed: readonly Tally[] };
  /** Where nothing but times differs, by how much; null where something else does. */
  readonly timesOnly: TimesOnly | null;
  readonly log: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly findings: FindingChanges;
}

/** What differs in `after` against `before`, of what the trace promises. */
export function effectOf(before: Observation, after: Observation): Effect {
  const { differences, counts } = diffByGolden(before.golden, after.golden);
  const [e, a] = promisedSides(before.golden, after.golden);
  const promisesAll = e === before.golden && a === after.golden;
  const of = (kind: DifferenceKind, section = "registers") =>
    differences.filter((d) => d.kind === kind && d.section === section);
  const access = (golden: Golden, row: number): string => {
    const { direction, register, context } = golden.registers[row];
    return `${direction} ${register} by ${context}`;
  };
  const accessesOf = (kind: DifferenceKind): Tally[] =>
    tally(
      of(kind).map((d) =>
        d.actual >= 0 ? access(after.golden, d.actual) : access(before.golden, d.expected),
      ),
    );
  const text = (golden: Golden): string => JSON.stringify([golden.fences, golden.registers]);
  const told = ["missing", "extra", "moved", "other error"] as const;
  const { added, removed, moved } = withoutPairs(
    accessesOf("extra"),
    accessesOf("missing"),
    accessesOf("moved"),
  );
  return {
    identical: before.digest === after.digest,
    unchanged: promisesAll ? text(e) === text(a) : differences.length === 0,
    counts,
    fences: {
      ...shifts(timed(e), timed(a)),
      contexts: contexts(e.fences, a.fences),
      other: tally(
        differences
          .filter((d) => d.section === "fences" && told.some((k) => k === d.kind))
          .map((d) => withoutIdentity(d.detail)),
      ),
      latency: latency(timed(e), timed(a)),
    },
    registers: {
      added,
      removed,
      moved,
      otherValue: accessesOf("other value"),
      otherContext: tally(
        of("other context").map((d) => {
          const { direction, register, context } = after.golden.registers[d.actual];
          const was = before.golden.registers[d.expected].context;
          return `${direction} ${register} by ${context}, was ${was}`;
        }),
      ),
    },
    times: of("delayed").map((d) => d.detail),
    works: changes(before.works, after.works),
    interrupts: changes(before.interrupts ?? {}, after.interrupts ?? {}),
    locks: changes(before.locks ?? {}, after.locks ?? {}),
    timesOnly: promisesAll ? timesOnly(e, a) : null,
    log: {
      added: of("extra", "log")
        .map((d) => after.golden.log[d.actual].text)
        .filter(isNoCheck),
      removed: of("missing", "log")
        .map((d) => before.golden.log[d.expected].text)
        .filter(isNoCheck),
    },
    findings: findingChanges(before.findings, after.findings),
  };
}

/** What a check says is a finding too, and told there. */
const isNoCheck = (text: string): boolean => !/^check [\w-]+: /.test(text);

/** Fences whose times are promised. */
const timed = ({ fences }: Golden): FenceRow[] => fences.filter((f) => f.untimed !== true);

/** Pairs of fences that both replays signalled, by context:seqno. */
export function signalledPairs(
  before: readonly FenceRow[],
  after: readonly FenceRow[],
): (readonly [FenceRow, FenceRow])[] {
  const byName = new Map(after.map((f) => [f.fence, f]));
  return before.flatMap((x) => {
    const y = byName.get(x.fence);
    return y === undefined || x.signalled < 0 || y.signalled < 0 ? [] : [[x, y] as const];
  });
}

function shifts(before: readonly FenceRow[], after: readonly FenceRow[]) {
  const all = signalledPairs(before, after).map(([x, y]) => y.signalled - x.signalled);
  return {
    earlier: shift(all.filter((ns) => ns < 0).map((ns) => -ns)),
    later: shift(all.filter((ns) => ns > 0)),
  };
}

function shift(ns: number[]): Shift | null {
  if (ns.length === 0) return null;
  ns.sort((a, b) => a - b);
  const [minNs, medianNs, maxNs] = [ns[0], median(ns), ns[ns.length - 1]];
  return { count: ns.length, minNs, medianNs, maxNs };
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1];

function latency(before: readonly FenceRow[], after: readonly FenceRow[]) {
  const medianOf = (fences: readonly FenceRow[]): number => {
    const totals = fences
      .filter((f) => f.stages.length > 0)
      .map((f) => f.stages.reduce((sum, [, ns]) => sum + ns, 0))
      .sort((a, b) => a - b);
    return totals.length === 0 ? -1 : median(totals);
  };
  const beforeNs = medianOf(before);
  const afterNs = medianOf(after);
  return beforeNs < 0 || afterNs < 0 || beforeNs === afterNs ? null : { beforeNs, afterNs };
}

function contexts(before: readonly FenceRow[], after: readonly FenceRow[]): Tally[] {
  return tally(
    signalledPairs(before, after).flatMap(([x, y]) => {
      const is = [y.by, ...y.path].filter(once);
      const was = [x.by, ...x.path].filter(once);
      if (is.join("\n") === was.join("\n")) return [];
      // Where the ways join again is no news.
      while (is.length > 1 && was.length > 1 && is.at(-1) === was.at(-1)) {
        is.pop();
        was.pop();
      }
      return [signaller(is, was)];
    }),
  );
}

/** What goes round once more is no other way. */
const once = (c: string, i: number, all: readonly string[]): boolean => c !== all[i - 1];

/** Who signals now and who did; of one who stays, what he is started by. */
function signaller(now: readonly string[], before: readonly string[]): string {
  if (now[0] !== before[0]) return `signalled by ${now[0]}, was ${before[0]}`;
  const at = now.findIndex((c, i) => c !== before[i]);
  const way = at < 0 ? now.length : at;
  if (way >= now.length) return `signalled by ${now[0]}, no longer by way of ${before[way]}`;
  if (way >= before.length) return `signalled by ${now[0]}, now by way of ${now[way]}`;
  return `signalled by ${now[0]} by way of ${now[way]}, was by way of ${before[way]}`;
}

/** What a difference says of one fence, as it is said of many. */
const withoutIdentity = (detail: string): string =>
  detail
    .replace(/^fence \S+ (is )?/, "")
    .replace(/ \([^()]*\)$/, "")
    .replace("signalled, expected to stay pending", "signalled, was left pending")
    .replace(/^has error (-?\d+), expected (-?\d+)$/, "with error $1, was $2")
    .replace(/^(\S+) is created, none expected$/, "created on $1, was not")
    .replace(/^(\S+) is not created$/, "no longer created on $1")
    .replace(", never expected", ", was not");

/** Accesses that go in one place and come in another have moved. */
function withoutPairs(added: readonly Tally[], removed: readonly Tally[], moved: readonly Tally[]) {
  const both = (what: string): number => Math.min(countOf(added, what), countOf(removed, what));
  const rest = (items: readonly Tally[]): Tally[] =>
    items
      .map(({ what, count }) => ({ what, count: count - both(what) }))
      .filter(({ count }) => count > 0)
      .sort(mostFirst);
  const pairs = added.map(({ what }) => ({ what, count: both(what) }));
  const here = pairs.map(({ what, count }) => ({ what, count: count + countOf(moved, what) }));
  const others = moved.filter(({ what }) => countOf(added, what) === 0);
  return {
    added: rest(added),
    removed: rest(removed),
    moved: [...here, ...others].filter(({ count }) => count > 0).sort(mostFirst),
  };
}

const mostFirst = (a: Tally, b: Tally): number => b.count - a.count;

const countOf = (items: readonly Tally[], what: string): number =>
  items.find((t) => t.what === what)?.count ?? 0;

function tally(items: readonly string[]): Tally[] {
  const counts = new Map<string, number>();
  for (const what of items) counts.set(what, (counts.get(what) ?? 0) + 1);
  const out = [...counts].map(([what, count]) => ({ what, count }));
  return out.sort(mostFirst);
}

type Counts = Readonly<Record<string, number>>;

/** What a machine does all the time: how often says how long a replay took. */
const background: ReadonlySet<string> = new Set(["crng_reseed", "hr timer"]);

const changes = (before: Counts, after: Counts) => ({
  added: more(before, after).filter(({ what }) => !background.has(what)),
  removed: more(after, before).filter(({ what }) => !background.has(what)),
});

/** How two replays with the same fences and accesses in the same order differ; null: they do not. */
function timesOnly(before: Golden, after: Golden): TimesOnly | null {
  let mostNs = 0;
  const near = (a: number, b: number): boolean => {
    mostNs = Math.max(mostNs, Math.abs(a - b));
    return a < 0 === b < 0;
  };
  const { registers: r0, fences: f0 } = before;
  const { registers: r1, fences: f1 } = after;
  if (r0.length !== r1.length || f0.length !== f1.length) return null;
  const same =
    r0.every((a, i) => {
      const { time, ...rest } = r1[i];
      return near(a.time, time) && JSON.stringify({ ...rest, time: a.time }) === keyOf(a);
    }) &&
    f0.every((a, i) => {
      const b = f1[i];
      const times = near(a.init, b.init) && near(a.queued, b.queued) && near(a.run, b.run);
      return times && near(a.signalled, b.signalled) && fenceKey(a) === fenceKey(b);
    });
  const moved = r0.map((a, i) => r1[i].time - a.time);
  const stepNs = moved.reduce(
    (most, ns, i) => Math.max(most, Math.abs(ns - (moved[i - 1] ?? 0))),
    0,
  );
  return same ? { mostNs, stepNs } : null;
}

const keyOf = ({ time, ...rest }: Golden["registers"][number]): string =>
  JSON.stringify({ ...rest, time });

const fenceKey = ({ fence, driver, timeline, error, by, path, stages }: FenceRow): string =>
  JSON.stringify([fence, driver, timeline, error, by, path, stages.map(([stage]) => stage)]);

/** What `b` has more of than `a`. */
function more(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Tally[] {
  return Object.entries(b)
    .map(([what, n]) => ({ what, count: n - (a[what] ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort(mostFirst);
}
