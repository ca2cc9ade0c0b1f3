// A worker thread: replays or judges what it is sent, answers with plain data.

import { parentPort } from "node:worker_threads";
import { type CorpusJob, runCorpusJob } from "../corpus/job.ts";
import { judgeRecording, type JudgeRequest } from "./judge.ts";
import { replayOne, type ReplayRequest } from "./replay-one.ts";

/** A job is a replay, the judging of a recording, or a part of the corpus. */
export type Job = ReplayRequest | JudgeRequest | CorpusJob;

function perform(job: Job): unknown {
  if ("recording" in job) return judgeRecording(job);
  return "corpus" in job ? runCorpusJob(job) : replayOne(job);
}

parentPort!.on("message", ({ index, job }: { index: number; job: Job }) => {
  parentPort!.postMessage({ index, result: perform(job) });
});
