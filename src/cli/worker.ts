// A worker thread: replays or judges what it is sent, answers with plain data.

import { parentPort } from "node:worker_threads";
import { judgeRecording, type JudgeRequest } from "./judge.ts";
import { replayOne, type ReplayRequest } from "./replay-one.ts";

/** A job is a replay, or the judging of a recording. */
export type Job = ReplayRequest | JudgeRequest;

parentPort!.on("message", ({ index, job }: { index: number; job: Job }) => {
  const result = "recording" in job ? judgeRecording(job) : replayOne(job);
  parentPort!.postMessage({ index, result });
});
