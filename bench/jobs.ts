// (b) Jobs per second, back to back, with full timelines: a trace like 09c (jobs of 1 us on a
// 64 KiB ring, submitted in batches), measured in windows of a thousand jobs once the code is
// compiled; probe, set-up and clean-up are outside of them. What else the host does can only add to
// a window's time, and on a shared one it does by half: a tenth of the windows is at least as fast
// as the value that counts, and the median is given beside it.

import * as Effect from "effect/Effect";
import * as Either from "effect/Either";
import { profiles } from "../src/device/profile/index.ts";
import { replay, type ReplayResult, type ReplaySpec } from "../src/replay/replay.ts";
import { catalog } from "../src/revision/catalog.ts";
import { parseRevision } from "../src/revision/revision.ts";
import { parseTrace } from "../src/trace/parse.ts";
import type { Repeat, Trace } from "../src/trace/trace.ts";
import { type BenchResult, median, processMs, threadMs } from "./support.ts";

const batch = 500;
const jobs = 60_000;
/** Jobs until nothing is compiled any more. */
const warmUp = 20_000;
/** Batches of a window. */
const windowBatches = 2;

/** A trace of `count` jobs, submitted in batches of 500 with a wait for the last of each. */
export function jobsTrace(count: number): Trace {
  const parsed = parseTrace(
    `version: 1
name: jobs
description: Jobs of 1 us, back to back.
budgets: {entries: 100000000, time: 1000s}
streams:
  work: |
    run 1us
setup:
  - |
    init-1 +0: plug:
    init-1 +0: sleep: for=200ms
    init-1 +0: open:
    init-1 +0: vm_create: vm=vm0
    init-1 +0: bo_create: bo=cs size=64KiB vm=vm0
    init-1 +0: bo_mmap_offset: bo=cs
    init-1 +0: bo_write: bo=cs stream=work
    init-1 +0: vm_bind: vm=vm0 op=map bo=cs va=0x1000000 size=64KiB
    init-1 +0: group_create: group=g1 vm=vm0 queue={ring=64KiB}
    init-1 +0: syncobj_create: sync=s1
events:
  - repeat:
      count: 1
      var: b
      events:
        - repeat:
            count: ${batch - 1}
            events:
              - |
                init-1 +0: group_submit: group=g1 stream=work
        - |
          init-1 +0: group_submit: group=g1 stream=work signal=s1:$(b+1)
          init-1 +0: syncobj_timeline_wait: sync=s1:$(b+1) for_submit timeout=30s
`,
    "jobs.yaml",
  );
  if (Either.isLeft(parsed)) throw new Error(parsed.left.message);
  // Repeated here and not in the text: the limit of events is for what people write.
  const [repeat] = parsed.right.events;
  const events = [{ ...(repeat as Repeat), count: Math.ceil(count / batch) }];
  return { ...parsed.right, events };
}

/** Replays that trace on the recordings' profile. */
export function replayJobs(count: number, more: Partial<ReplaySpec> = {}): ReplayResult {
  const trace = jobsTrace(count);
  const revision = Effect.runSync(parseRevision(trace.revision, catalog));
  const result = replay({ trace, revision, profile: profiles["zero-cost"], ...more });
  if (result.end.kind !== "finished" || result.unmet.length > 0) {
    throw new Error(`the jobs did not finish: ${JSON.stringify([result.end, result.unmet])}`);
  }
  return result;
}

/** What a window took, ms: the thread that replays, and all threads. */
interface Window {
  readonly thread: number;
  readonly all: number;
}

/** The windows of one replay behind its warm-up. */
export function measureWindows(more: Partial<ReplaySpec> = {}): {
  readonly windows: readonly Window[];
  /** Timeline entries of a job. */
  readonly entries: number;
} {
  const windows: Window[] = [];
  let batches = 0;
  let before = { thread: 0, all: 0 };
  const { rec } = replayJobs(jobs, {
    ...more,
    onEvent: ({ action }) => {
      if (action.name !== "syncobj_timeline_wait" || ++batches % windowBatches !== 0) return;
      const now = { thread: threadMs(), all: processMs() };
      if (batches * batch > warmUp) {
        windows.push({ thread: now.thread - before.thread, all: now.all - before.all });
      }
      before = now;
    },
  });
  return { windows, entries: rec.length / jobs };
}

/** Jobs per second where windows take `ms`. */
const rate = (ms: number): number => (windowBatches * batch * 1000) / ms;

/** The rate that a tenth of the windows reaches. */
export const fastTenth = (times: readonly number[]): number =>
  rate(times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)]);

/** `reference` is the rate of the bare loop of bench/machine.ts: an entry against an operation. */
export function benchJobs(reference: number): BenchResult[] {
  const { windows, entries } = measureWindows();
  const threads = windows.map(({ thread }) => thread);
  const value = fastTenth(threads);
  const row = (name: string, jobsPerSecond: number, goal = "-"): BenchResult => ({
    name: `jobs/${name}`,
    value: jobsPerSecond,
    unit: "jobs/s",
    ratio: (jobsPerSecond * entries) / reference,
    goal,
  });
  return [
    row("back-to-back", value, ">= 30000"),
    row("back-to-back-median", rate(median(threads))),
    row("back-to-back-all-threads", fastTenth(windows.map(({ all }) => all))),
    { ...row("entries", value), value: value * entries, unit: "entries/s" },
  ];
}
