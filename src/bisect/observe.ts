// Replays a trace at a revision for comparison with the same trace at another: everything that a
// predicate may ask about, as plain data that crosses threads.

import { describeFinding } from "../check/checks.ts";
import type { Profile } from "../device/profile/index.ts";
import type { Observation } from "../diff/effect.ts";
import { buildGolden, type BuiltGolden } from "../golden/build.ts";
import { declarationsOf, declaredRows } from "../golden/incidental.ts";
import { type DeclaredRow, goldenFormat } from "../golden/model.ts";
import { brokenPromises } from "../replay/promises.ts";
import { makeRegisterNames } from "../replay/register-names.ts";
import { replay, type ReplayEnd, type ReplayResult } from "../replay/replay.ts";
import { TraceRunError } from "../replay/user/env.ts";
import type { Revision } from "../revision/revision.ts";
import { timelineDigest } from "../timeline/digest.ts";
import { K, kindNames } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";
import type { Trace } from "../trace/trace.ts";
import { promisedDigest } from "./promised-digest.ts";
import { type UserCall, userCalls } from "./user-calls.ts";

export interface Scene {
  readonly trace: Trace;
  readonly profileName: string;
  readonly profile: Profile;
  /** What is not promised, where that is not what the trace says. */
  readonly declared?: readonly DeclaredRow[];
}

/** A replay, as far as predicates ask about it. */
export interface ReplayObservation extends Observation {
  /** Names of the invariants that were violated, once each. */
  readonly checks: readonly string[];
  /** Expectations of the trace that were not met. */
  readonly unmet: readonly string[];
  readonly end: ReplayEnd["kind"];
  /** ioctls of the trace's tasks, those of the preparation included, in order of their return. */
  readonly calls: readonly UserCall[];
  /** Fences that submissions put into sync objects, by `sync` and by `sync:point`. */
  readonly points: Readonly<Record<string, readonly string[]>>;
  /** Timeline entries, those before and behind the trace's own included. */
  readonly entries: number;
}

/** Why there is no observation: the trace asks for the impossible, or the model does not do it. */
export type Failure = "trace" | "defect";

/** An observation, or why there is none. */
export type Observed<O extends Observation = ReplayObservation> =
  | { readonly ok: true; readonly observation: O }
  | { readonly ok: false; readonly reason: string; readonly failure?: Failure };

/** Replays; what the model or the revision does not cover is a reason, not an exception. */
export function observe(scene: Scene, revision: Revision): Observed {
  try {
    return { ok: true, observation: replayAndProject(scene, revision) };
  } catch (error) {
    return notObserved(error);
  }
}

/** What an error of a replay says about it. */
export function notObserved(error: unknown): Observed {
  if (error instanceof TraceRunError) {
    return { ok: false, reason: `line ${error.line}: ${error.detail}`, failure: "trace" };
  }
  return { ok: false, reason: (error as Error).message, failure: "defect" };
}

function replayAndProject(scene: Scene, revision: Revision): ReplayObservation {
  const { trace, profile } = scene;
  return project(scene, revision, replay({ trace, revision, profile }));
}

/**
 * The golden of a replay, with the entry of each of its rows. Nothing of it is masked: it says what
 * the trace does not promise, and comparisons go by that.
 */
export function builtGolden(
  { trace, profileName, declared = declaredRows(trace) }: Scene,
  revision: Revision,
  { rec, from, to }: ReplayResult,
): BuiltGolden {
  const header = {
    format: goldenFormat,
    trace: trace.name,
    traceDigest: "",
    revision: revision.id,
    profile: profileName,
    seed: trace.seed,
  };
  const built = buildGolden(rec, header, makeRegisterNames(), from, to);
  return declared.length === 0 ? built : { ...built, declared };
}

/** What predicates ask about a replay. */
export function project(scene: Scene, revision: Revision, result: ReplayResult): ReplayObservation {
  const { rec, from, to, end } = result;
  const built = builtGolden(scene, revision, result);
  const { header, fences, registers, log, declared = [] } = built;
  const unmet = result.unmet.map(
    (u) => `line ${u.line}: ${u.event}: ${u.what} is ${u.got}, expected ${u.expected}`,
  );
  const promises = brokenPromises(scene.trace.promises, fences, result.log.fences).map(
    ({ line, text }) => `line ${line}: ${text}`,
  );
  const findings = [...unmet, ...promises, ...result.findings.map(describeFinding)];
  if (end.kind === "deadlock") findings.push(`deadlock: ${end.report[0] ?? "nothing can run"}`);
  if (end.kind === "budget") findings.push(end.detail);
  return {
    golden: { header, fences, registers, log, declared },
    works: tallyEntries(rec, from, to, K.workqueue_queue_work, "function"),
    interrupts: tallyEntries(rec, from, to, K.irq_handler_entry, "name"),
    locks: result.locks,
    kinds: kindsOf(rec),
    digest: timelineDigest(rec),
    ...(declared.length === 0
      ? {}
      : { promised: promisedDigest(rec, built, declarationsOf(built)) }),
    findings,
    checks: [...new Set(result.findings.map((f) => f.check))],
    unmet,
    end: end.kind,
    calls: userCalls(rec),
    points: pointsOf(result.log.fences),
    entries: rec.length,
  };
}

/** Fences by `sync:point`, and all of a sync object by its name. */
function pointsOf(fences: ReadonlyMap<string, readonly string[]>): Record<string, string[]> {
  const out = new Map<string, string[]>();
  for (const [point, names] of fences) {
    for (const key of new Set([point, point.split(":")[0]])) {
      const known = out.get(key);
      if (known === undefined) out.set(key, [...names]);
      else known.push(...names.filter((name) => !known.includes(name)));
    }
  }
  return Object.fromEntries(out);
}

/** Entries of the whole timeline by kind, what the device tells of itself by what it is. */
function kindsOf(rec: Recorder): Record<string, number> {
  const counts = kindNames.map(() => 0);
  for (let i = rec.first; i < rec.length; i++) counts[rec.kind(i)]++;
  const { dev_state: states, ...rest } = Object.fromEntries(
    kindNames.map((name, kind) => [name, counts[kind]] as const),
  );
  if (states === 0) return rest;
  const byState = tallyEntries(rec, rec.first, rec.length, K.dev_state, "state");
  return Object.fromEntries([
    ...Object.entries(rest),
    ...Object.entries(byState).map(([state, n]) => [`dev_state ${state}`, n] as const),
  ]);
}

/** Entries of a kind by the value of a field. */
function tallyEntries(
  rec: Recorder,
  from: number,
  to: number,
  kind: number,
  field: string,
): Record<string, number> {
  const counts = new Map<string, number>();
  for (let i = from; i < to; i++) {
    if (rec.kind(i) !== kind) continue;
    const name = String(rec.field(i, field));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
