// (d) 100,000 jobs with a streamed timeline: the digest is computed as it goes and nothing is kept,
// so memory must stay flat. Runs in a process of its own, whose memory nobody else has touched.

import { execFileSync } from "node:child_process";
import { Recorder } from "../src/timeline/recorder.ts";
import { TimelineDigest } from "../src/timeline/digest.ts";
import { replayJobs } from "./jobs.ts";
import type { BenchResult } from "./support.ts";

const jobs = 100_000;
const samples = 20;

export interface StreamMeasure {
  readonly digest: string;
  readonly entries: number;
  readonly cpuMs: number;
  /** Heap and resident set at equal distances through the run, MB. */
  readonly heapMb: readonly number[];
  readonly rssMb: readonly number[];
}

const mb = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** The measurement itself, in the present process. */
export function measureStream(count = jobs): StreamMeasure {
  const digest = new TimelineDigest();
  const memory: NodeJS.MemoryUsage[] = [];
  const start = process.cpuUsage();
  const rec = new Recorder({
    onChunk: (chunk) => {
      digest.add(chunk);
      memory.push(process.memoryUsage());
    },
  });
  replayJobs(count, { recorder: rec });
  rec.flush();
  const { user, system } = process.cpuUsage(start);
  const step = Math.max(1, Math.floor(memory.length / samples));
  const sampled = memory.filter((_, i) => i % step === step - 1);
  return {
    digest: digest.finish(rec),
    entries: rec.length,
    cpuMs: (user + system) / 1000,
    heapMb: sampled.map((m) => mb(m.heapUsed + m.external)),
    rssMb: sampled.map((m) => mb(m.rss)),
  };
}

/** `main` is the bundled benchmark, which measures when its argument is `measure-stream`. */
export function benchStream(main: string): BenchResult[] {
  const out = execFileSync(process.execPath, [main, "measure-stream"], { encoding: "utf8" });
  const { rssMb, heapMb, cpuMs } = JSON.parse(out) as StreamMeasure;
  const half = Math.floor(rssMb.length / 2);
  const peak = Math.max(...rssMb);
  const growth = Math.max(...heapMb.slice(half)) / Math.max(...heapMb.slice(0, half));
  return [
    { name: "stream/100k-jobs-rss", value: peak, unit: "MB", ratio: peak / 400, goal: "< 400" },
    {
      name: "stream/heap-second-half",
      value: Math.max(...heapMb.slice(half)),
      unit: "MB",
      ratio: growth,
      goal: "flat: about 1",
    },
    {
      name: "stream/100k-jobs",
      value: (jobs * 1000) / cpuMs,
      unit: "jobs/s",
      ratio: 1,
      goal: "-",
    },
  ];
}
