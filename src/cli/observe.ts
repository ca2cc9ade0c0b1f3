// Replays a trace at a revision for comparison with the same trace at another.

import { describeFinding } from "../check/checks.ts";
import type { Profile } from "../device/profile/index.ts";
import type { Observation } from "../diff/effect.ts";
import { buildGolden } from "../golden/build.ts";
import { goldenFormat } from "../golden/model.ts";
import { makeRegisterNames } from "../replay/register-names.ts";
import { replay } from "../replay/replay.ts";
import { TraceRunError } from "../replay/user/env.ts";
import type { Revision } from "../revision/revision.ts";
import { timelineDigest } from "../timeline/digest.ts";
import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";
import type { Trace } from "../trace/trace.ts";

export interface Scene {
  readonly trace: Trace;
  readonly profileName: string;
  readonly profile: Profile;
}

/** An observation, or why there is none. */
export type Observed =
  | { readonly ok: true; readonly observation: Observation }
  | { readonly ok: false; readonly reason: string };

/** Replays; what the model or the revision does not cover is a reason, not an exception. */
export function observe(scene: Scene, revision: Revision): Observed {
  try {
    return { ok: true, observation: replayAndProject(scene, revision) };
  } catch (error) {
    if (error instanceof TraceRunError) {
      return { ok: false, reason: `line ${error.line}: ${error.detail}` };
    }
    return { ok: false, reason: (error as Error).message };
  }
}

function replayAndProject({ trace, profileName, profile }: Scene, revision: Revision): Observation {
  const result = replay({ trace, revision, profile });
  const { rec, from, to, end } = result;
  const header = {
    format: goldenFormat,
    trace: trace.name,
    traceDigest: "",
    revision: revision.id,
    profile: profileName,
    seed: trace.seed,
  };
  const { fences, registers, log } = buildGolden(rec, header, makeRegisterNames(), from, to);
  const findings = result.unmet.map(
    (u) => `line ${u.line}: ${u.event}: ${u.what} is ${u.got}, expected ${u.expected}`,
  );
  findings.push(...result.findings.map(describeFinding));
  if (end.kind === "deadlock") findings.push(`deadlock: ${end.report[0] ?? "nothing can run"}`);
  if (end.kind === "budget") findings.push(end.detail);
  return {
    golden: { header, fences, registers, log },
    works: queuedWorks(rec, from, to),
    digest: timelineDigest(rec),
    findings,
  };
}

function queuedWorks(rec: Recorder, from: number, to: number): Record<string, number> {
  const counts = new Map<string, number>();
  for (let i = from; i < to; i++) {
    if (rec.kind(i) !== K.workqueue_queue_work) continue;
    const name = String(rec.field(i, "function"));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
