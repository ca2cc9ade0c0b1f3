// A worker thread: replays or judges what it is sent, answers with plain data.

import { parentPort, workerData } from "node:worker_threads";
import { type CorpusJob, runCorpusJob } from "../corpus/job.ts";
import { type FindingJob, runFindingJob } from "../findings/job.ts";
import { type ObserveJob, runObserveJob } from "./bisect-job.ts";
import { judgeRecording, type JudgeRequest } from "./judge.ts";
import { type LatencyJob, runLatencyJob } from "./latency-job.ts";
import { openProject } from "./project.ts";
import { type HoldsJob, runHoldsJob } from "./reduce-job.ts";
import { replayOne, type ReplayRequest } from "./replay-one.ts";
import { runSeriesJob, type SeriesJob } from "./series-job.ts";

/** A job is a replay, the judging of a recording or of a finding, or a part of the corpus. */
export type Job =
  | ReplayRequest
  | JudgeRequest
  | CorpusJob
  | FindingJob
  | ObserveJob
  | HoldsJob
  | SeriesJob
  | LatencyJob;

function perform(job: Job): unknown {
  if ("recording" in job) return judgeRecording(job);
  if ("bisect" in job) return job.bisect === "holds" ? runHoldsJob(job) : runObserveJob(job);
  if ("finding" in job) return runFindingJob(job);
  if ("order" in job) return runSeriesJob(job);
  if ("latencyOf" in job) return runLatencyJob(job);
  return "corpus" in job ? runCorpusJob(job) : replayOne(job);
}

const config = (workerData as { readonly config: string | null } | null)?.config ?? null;
if (config !== null) await openProject(config, false);

parentPort!.on("message", ({ index, job }: { index: number; job: Job }) => {
  parentPort!.postMessage({ index, result: perform(job) });
});
