// (b) Jobs per second, back to back, with full timelines: a trace like 09c (jobs of 1 us on a
// 64 KiB ring, submitted in batches) replayed once with N and once with 2N jobs. The difference
// leaves out what happens once: probe, set-up and clean-up. Of several runs the fastest counts:
// what else the machine does can only add to a time.

import * as Effect from "effect/Effect";
import * as Either from "effect/Either";
import { profiles } from "../src/device/profile/index.ts";
import { replay, type ReplayResult, type ReplaySpec } from "../src/replay/replay.ts";
import { catalog } from "../src/revision/catalog.ts";
import { parseRevision } from "../src/revision/revision.ts";
import { parseTrace } from "../src/trace/parse.ts";
import type { Repeat, Trace } from "../src/trace/trace.ts";
import { type BenchResult, cpuMs, mainMs } from "./support.ts";

const batch = 500;
const jobs = 20_000;
const runs = 5;

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

/** `reference` is the rate of the bare loop of bench/machine.ts: an entry against an operation. */
export function benchJobs(reference: number): BenchResult[] {
  replayJobs(2 * jobs);
  const best = { one: Infinity, two: Infinity, allOne: Infinity, allTwo: Infinity };
  let entries = 0;
  for (let i = 0; i < runs; i++) {
    let once = 0;
    let twice = 0;
    let one = 0;
    let two = 0;
    const allOne = cpuMs(() => (one = mainMs(() => (once = replayJobs(jobs).rec.length))));
    const allTwo = cpuMs(() => (two = mainMs(() => (twice = replayJobs(2 * jobs).rec.length))));
    best.one = Math.min(best.one, one);
    best.two = Math.min(best.two, two);
    best.allOne = Math.min(best.allOne, allOne);
    best.allTwo = Math.min(best.allTwo, allTwo);
    entries = (twice - once) / jobs;
  }
  const value = (jobs * 1000) / (best.two - best.one);
  const allThreads = (jobs * 1000) / (best.allTwo - best.allOne);
  return [
    {
      name: "jobs/back-to-back",
      value,
      unit: "jobs/s",
      ratio: (value * entries) / reference,
      goal: ">= 30000",
    },
    {
      name: "jobs/back-to-back-all-threads",
      value: allThreads,
      unit: "jobs/s",
      ratio: (allThreads * entries) / reference,
      goal: "-",
    },
    {
      name: "jobs/entries",
      value: value * entries,
      unit: "entries/s",
      ratio: (value * entries) / reference,
      goal: "-",
    },
  ];
}
