// Compares two sides of any sort: names their fences alike, puts recordings on one time, and judges.

import type { Golden } from "../golden/model.ts";
import { type StageLatency, stageLatencies } from "./latency.ts";
import { matchContexts } from "./match-contexts.ts";
import type { Side } from "./side.ts";
import { diffByGolden } from "./promised.ts";
import type { GoldenDifference } from "./typed.ts";

export type Verdict = "same" | "only times differ" | "behaviour differs";

export interface Comparison {
  readonly a: Side;
  /** With fences named as on side A. */
  readonly b: Side;
  readonly diff: GoldenDifference;
  readonly latency: readonly StageLatency[];
  readonly verdict: Verdict;
  /** Fence contexts of B that stand for others of A. */
  readonly renamed: ReadonlyMap<string, string>;
  /** How much later B's first common entry was before both sides were made to begin alike, ns. */
  readonly offsetNs: number;
}

/** Compares B against A. */
export function compareSides(a: Side, b: Side): Comparison {
  const { golden: matched, renamed, names } = matchContexts(a.golden, b.golden);
  const offsetNs = unmarked(a) || unmarked(b) ? offset(a.golden, matched) : 0;
  // Only ever later: a time below zero would say that something did not happen.
  const ours = offsetNs > 0 ? { ...a, golden: later(a.golden, offsetNs), laterNs: offsetNs } : a;
  const golden = offsetNs < 0 ? later(matched, -offsetNs) : matched;
  const theirs = { ...b, golden, fenceNames: names, laterNs: Math.max(0, -offsetNs) };
  const diff = diffByGolden(ours.golden, theirs.golden);
  return {
    a: ours,
    b: theirs,
    diff,
    latency: stageLatencies(ours, theirs),
    verdict: verdictOf(diff),
    renamed,
    offsetNs,
  };
}

export function verdictOf({ differences }: GoldenDifference): Verdict {
  if (differences.length === 0) return "same";
  return differences.every((d) => d.kind === "delayed") ? "only times differ" : "behaviour differs";
}

/** A recording that nobody marked the start of: when it begins says nothing. */
function unmarked({ kind, timeline }: Side): boolean {
  return kind === "recording" && timeline !== null && timeline.from === 0;
}

/** How much later B's first entry is that A has too. */
function offset(a: Golden, b: Golden): number {
  const candidates: { readonly at: number; readonly by: number }[] = [];
  const register = a.registers[0];
  const same = b.registers.find(
    (r) => r.register === register?.register && r.direction === register.direction,
  );
  if (same !== undefined) candidates.push({ at: register.time, by: same.time - register.time });
  const theirs = new Map(b.fences.map((f) => [f.fence, f]));
  for (const f of a.fences) {
    const g = theirs.get(f.fence);
    const what = (["init", "queued", "signalled"] as const).find(
      (w) => f[w] >= 0 && g !== undefined && g[w] >= 0,
    );
    if (g === undefined || what === undefined) continue;
    candidates.push({ at: f[what], by: g[what] - f[what] });
    break;
  }
  candidates.sort((x, y) => x.at - y.at);
  return candidates[0]?.by ?? 0;
}

function later(golden: Golden, ns: number): Golden {
  const move = (t: number): number => (t < 0 ? t : t + ns);
  return {
    ...golden,
    fences: golden.fences.map((f) => ({
      ...f,
      init: move(f.init),
      queued: move(f.queued),
      run: move(f.run),
      signalled: move(f.signalled),
    })),
    registers: golden.registers.map((r) => ({ ...r, time: r.time + ns })),
    log: golden.log.map((l) => ({ ...l, time: l.time + ns })),
  };
}
