// What workers do besides replaying: judging, and parts of longer work. Each job says by a key of
// its own which it is.

import { type CorpusJob, runCorpusJob } from "../corpus/job.ts";
import { type FindingJob, runFindingJob } from "../findings/job.ts";
import { type ObserveJob, runObserveJob } from "./bisect-job.ts";
import { judgeRecording, type JudgeRequest } from "./judge.ts";
import { type LatencyJob, runLatencyJob } from "./latency-job.ts";
import { type HoldsJob, runHoldsJob } from "./reduce-job.ts";
import { runSeriesJob, type SeriesJob } from "./series-job.ts";

export { openProject } from "./project.ts";

export type OtherJob =
  JudgeRequest | CorpusJob | FindingJob | ObserveJob | HoldsJob | SeriesJob | LatencyJob;

/** Performs a job; what it returns is plain data. */
export function perform(job: OtherJob): unknown {
  if ("recording" in job) return judgeRecording(job);
  if ("bisect" in job) return job.bisect === "holds" ? runHoldsJob(job) : runObserveJob(job);
  if ("finding" in job) return runFindingJob(job);
  if ("order" in job) return runSeriesJob(job);
  if ("latencyOf" in job) return runLatencyJob(job);
  return runCorpusJob(job);
}
