// One replay for the corpus: the trace on a revision, as the things that a regression can be caught
// by. Everything that may be compared between two replays is derived here, nothing is judged.

import { readFileSync } from "node:fs";
import * as Either from "effect/Either";
import { project, type Projection } from "../conformance/project.ts";
import { profiles } from "../device/profile/index.ts";
import { type BuiltGolden, buildGolden } from "../golden/build.ts";
import { goldenFormat } from "../golden/model.ts";
import { makeRegisterNames } from "../replay/register-names.ts";
import { replay, type ReplayResult } from "../replay/replay.ts";
import type { Patch } from "../revision/patch.ts";
import type { Revision } from "../revision/revision.ts";
import { linux73 } from "../revision/series.ts";
import { recorderEvents } from "../timeline/event-stream.ts";
import { parseTrace } from "../trace/parse.ts";
import type { Trace } from "../trace/trace.ts";

export interface CorpusRun {
  readonly result: ReplayResult;
  readonly golden: BuiltGolden;
  /** Kernel log below `info`, the exit of the programs and the unbinding included. */
  readonly log: readonly string[];
  /** Expectations of the trace that were not met. */
  readonly unmet: readonly string[];
  /** Names of the invariants that were violated, once each. */
  readonly violated: readonly string[];
  /** Report of a deadlock or of an exhausted budget; empty when the replay finished. */
  readonly end: readonly string[];
}

/** Reads a trace; throws with a located message. */
export function loadTrace(path: string): Trace {
  const parsed = parseTrace(readFileSync(path, "utf8"), path);
  if (Either.isLeft(parsed)) throw new Error(parsed.left.message);
  return parsed.right;
}

/** Replays a trace on the base driver with `patches` on it. */
export function runCorpus(trace: Trace, patches: readonly Patch[]): CorpusRun {
  const id = ["linux-7.3", ...patches.map((p) => p.id)].join(" + ");
  return runRevision(trace, { id, base: linux73, series: null, patches });
}

/** Replays a trace at a revision, on the trace's own profile if none is given. */
export function runRevision(
  trace: Trace,
  revision: Revision,
  profileName = trace.profile,
): CorpusRun {
  const profile = profiles[profileName];
  if (profile === undefined) throw new Error(`${trace.name}: unknown profile ${profileName}`);
  const result = replay({ trace, revision, profile });
  const header = {
    format: goldenFormat,
    trace: trace.name,
    traceDigest: "",
    revision: revision.id,
    profile: profileName,
    seed: trace.seed,
  };
  const { rec, from, to, end } = result;
  const golden = buildGolden(rec, header, makeRegisterNames(), from, to);
  return {
    result,
    golden,
    log: golden.log.map((l) => l.text),
    unmet: result.unmet.map(
      (u) => `line ${u.line}: ${u.event}: ${u.what} is ${u.got}, expected ${u.expected}`,
    ),
    violated: [...new Set(result.findings.map((f) => f.check))],
    end: end.kind === "deadlock" ? end.report : end.kind === "budget" ? [end.detail] : [],
  };
}

/** The sequences of a run that goldens do not have: contexts, work items, request words. */
export function sequences({ result }: CorpusRun): Projection {
  return project(recorderEvents(result.rec, result.from, result.to));
}
