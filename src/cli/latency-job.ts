// One cell of a latency table as a job for a worker: a design in a situation.

import * as Effect from "effect/Effect";
import * as Either from "effect/Either";
import { buildGolden } from "../golden/build.ts";
import { goldenFormat } from "../golden/model.ts";
import { profiles } from "../device/profile/index.ts";
import { makeRegisterNames } from "../replay/register-names.ts";
import { replay } from "../replay/replay.ts";
import { type LatencySamples, latencySamples } from "../report/latency-table.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision } from "../revision/revision.ts";
import { parseTrace } from "../trace/parse.ts";

export interface LatencyJob {
  readonly latencyOf: string;
  readonly text: string;
  readonly path: string;
  /** Run interrupt handlers in threads, whatever the trace says. */
  readonly threadirqs: boolean;
  readonly profile: string;
}

export type LatencyJobResult =
  | { readonly ok: true; readonly samples: LatencySamples }
  | { readonly ok: false; readonly reason: string };

/** Performs a job. Never throws: what goes wrong is a reason. */
export function runLatencyJob({ latencyOf, ...job }: LatencyJob): LatencyJobResult {
  try {
    const parsed = parseTrace(job.text, job.path);
    if (Either.isLeft(parsed)) return { ok: false, reason: parsed.left.message };
    const { options } = parsed.right;
    const threadirqs = job.threadirqs || options.threadirqs;
    const trace = { ...parsed.right, options: { ...options, threadirqs } };
    const revision = Effect.runSync(parseRevision(latencyOf, catalog));
    const { rec, from, to, end } = replay({ trace, revision, profile: profiles[job.profile] });
    if (end.kind !== "finished") return { ok: false, reason: `the replay ends in ${end.kind}` };
    const header = {
      format: goldenFormat,
      trace: trace.name,
      traceDigest: "",
      revision: revision.id,
      profile: job.profile,
      seed: trace.seed,
    };
    const { fences } = buildGolden(rec, header, makeRegisterNames(), from, to);
    return { ok: true, samples: latencySamples(fences) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}
