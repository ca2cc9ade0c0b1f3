// A worker thread: replays or judges what it is sent, answers with plain data. Replays run in the
// precompiled script, like a single one on the main thread; what else there is is loaded when the
// first job of its kind comes.

import { parentPort, workerData } from "node:worker_threads";
import type { OtherJob } from "./jobs.ts";
import { replayScript, type ReplayScript } from "./precompiled.ts";
import type { ReplayRequest } from "./replay-one.ts";

/** A job is a replay, the judging of a recording or of a finding, or a part of the corpus. */
export type Job = ReplayRequest | OtherJob;

const config = (workerData as { readonly config: string | null } | null)?.config ?? null;
let script: Promise<ReplayScript> | undefined;
let jobs: Promise<typeof import("./jobs.ts")> | undefined;

async function loadJobs(): Promise<typeof import("./jobs.ts")> {
  const loaded = await import("./jobs.ts");
  if (config !== null) await loaded.openProject(config, false);
  return loaded;
}

const isReplay = (job: Job): job is ReplayRequest => "golden" in job && "timeline" in job;

async function perform(job: Job): Promise<unknown> {
  if (isReplay(job)) return (await (script ??= replayScript(config, false))).replayOne(job);
  return (await (jobs ??= loadJobs())).perform(job);
}

/** Answers in the order of the jobs. */
let last: Promise<void> = Promise.resolve();
parentPort!.on("message", ({ index, job }: { index: number; job: Job }) => {
  last = last.then(async () => {
    parentPort!.postMessage({ index, result: await perform(job) });
  });
});
