// What one patch changes: two replays of a trace, told by what a reviewer asks. Which fences are
// signalled earlier, later or by someone else, which register accesses and work items come or go.

import type { FenceRow, Golden } from "../golden/model.ts";
import type { DifferenceKind } from "./difference.ts";
import { contexts, latency, type Shift, shifts } from "./effect-fences.ts";
import { type TimesOnly, timesOnly } from "./effect-times.ts";
import { type FindingChanges, findingChanges } from "./finding-changes.ts";
import { matchContexts } from "./match-contexts.ts";
import { diffByGolden, promisedSides } from "./promised.ts";
import { changes, type Tally, tally, withoutPairs } from "./tally.ts";

/** A replay, as far as patches are compared. */
export interface Observation {
  readonly golden: Golden;
  /** How often each work function was queued. */
  readonly works: Readonly<Record<string, number>>;
  /** How often each interrupt handler ran. */
  readonly interrupts?: Readonly<Record<string, number>>;
  /** How often each lock class was taken, in the whole replay. */
  readonly locks?: Readonly<Record<string, number>>;
  /** How many entries of each kind the whole timeline has. */
  readonly kinds?: Readonly<Record<string, number>>;
  /** Of the whole timeline. */
  readonly digest: string;
  /** Of its entries without those that the trace does not promise; left out where it promises all. */
  readonly promised?: string;
  /** What checks, expectations and the end of the replay say. */
  readonly findings: readonly string[];
}

export interface Effect {
  /** Entry by entry the same timeline. */
  readonly identical: boolean;
  /** The same fences and register accesses at the same times. */
  readonly unchanged: boolean;
  /** As the lists below have them: an access that goes in one place and comes in another moves. */
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
  /** Entries of the whole timeline, by kind. */
  readonly kinds: { readonly added: readonly Tally[]; readonly removed: readonly Tally[] };
  /** Where nothing but times differs, by how much; null where something else does. */
  readonly timesOnly: TimesOnly | null;
  readonly log: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly findings: FindingChanges;
}

/** What differs in `after` against `before`, of what the trace promises. */
export function effectOf(before: Observation, after: Observation): Effect {
  // A patch with which one group more is created gives all others other fence contexts.
  const now = matchContexts(before.golden, after.golden).golden;
  const { differences, counts } = diffByGolden(before.golden, now);
  const [e, a] = promisedSides(before.golden, now);
  const promisesAll = e === before.golden && a === now;
  const of = (kind: DifferenceKind, section = "registers") =>
    differences.filter((d) => d.kind === kind && d.section === section);
  const access = (golden: Golden, row: number): string => {
    const { direction, register, context } = golden.registers[row];
    return `${direction} ${register} by ${context}`;
  };
  const accessesOf = (kind: DifferenceKind): Tally[] =>
    tally(
      of(kind).map((d) =>
        d.actual >= 0 ? access(now, d.actual) : access(before.golden, d.expected),
      ),
    );
  const text = (golden: Golden): string => JSON.stringify([golden.fences, golden.registers]);
  const told = ["missing", "extra", "moved", "other error", "other value"] as const;
  const { added, removed, moved, pairs } = withoutPairs(
    accessesOf("extra"),
    accessesOf("missing"),
    accessesOf("moved"),
  );
  return {
    identical: before.digest === after.digest,
    unchanged: promisesAll ? text(e) === text(a) : differences.length === 0,
    counts: {
      ...counts,
      missing: counts.missing - pairs,
      extra: counts.extra - pairs,
      moved: counts.moved + pairs,
    },
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
          const { direction, register, context } = now.registers[d.actual];
          const was = before.golden.registers[d.expected].context;
          return `${direction} ${register} by ${context}, was ${was}`;
        }),
      ),
    },
    times: of("delayed").map((d) => d.detail),
    works: changes(before.works, after.works),
    interrupts: changes(before.interrupts ?? {}, after.interrupts ?? {}),
    locks: changes(before.locks ?? {}, after.locks ?? {}),
    kinds: changes(before.kinds ?? {}, after.kinds ?? {}),
    timesOnly: promisesAll ? timesOnly(e, a) : null,
    log: {
      added: of("extra", "log")
        .map((d) => now.log[d.actual].text)
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

/** What a difference says of one fence, as it is said of many. */
const withoutIdentity = (detail: string): string =>
  detail
    .replace(/^fence \S+ (is )?/, "")
    .replace(/ \([^()]*\)$/, "")
    .replace("signalled, expected to stay pending", "signalled, was left pending")
    .replace(/^has error (-?\d+), expected (-?\d+)$/, "with error $1, was $2")
    .replace(/^belongs to \S+ (\S+), expected \S+ (\S+)$/, "on $1, was on $2")
    .replace(/^(\S+) is created, none expected$/, "new on $1")
    .replace(/^(\S+) is not created$/, "no longer created on $1")
    // What all chains of fences are called.
    .replace(/ on unbound$/, " in a dma_fence_chain")
    .replace(", never expected", ", was not");
