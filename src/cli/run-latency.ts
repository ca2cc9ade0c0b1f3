// Measures the designs of a series on workers and prints their latencies, or plots them.

import { renameSync, writeFileSync } from "node:fs";
import { profiles } from "../device/profile/index.ts";
import { latencySvg } from "../report/latency-plot.ts";
import { latencyMarkdown, type LatencyScene, latencyText } from "../report/latency-table.ts";
import { traceBytesMax } from "../trace/limits.ts";
import { nearest } from "../trace/suggest.ts";
import { readTrace } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError, OptionArgumentError } from "./input-error.ts";
import { type LatencyJob, type LatencyJobResult } from "./latency-job.ts";
import { designsOf, type Situation, waitingClient } from "./latency-scenes.ts";
import { runPool } from "./pool.ts";
import { makeProgress } from "./progress.ts";
import { readText } from "./read-text.ts";
import { findSeries } from "./run-series.ts";
import { findTraces } from "./traces.ts";

export interface LatencyOptions {
  readonly series: string;
  /** Instead of a client that waits for each of its jobs. */
  readonly traces: readonly string[];
  readonly profile: string;
  readonly jobs: number;
  readonly hogs: number;
  readonly json: boolean;
  readonly markdown: boolean;
  /** File for the plot. */
  readonly output: string | null;
}

/** Runs and prints; 0, or 125 where a design could not be measured. */
export async function runLatency(o: LatencyOptions): Promise<number> {
  checkOptions(o);
  const designs = designsOf(findSeries(o.series));
  const situations = situationsOf(o);
  const cells = situations.flatMap((s) => designs.map((d) => [s, d] as const));
  const jobs = cells.map(([{ text, path }, { revision, threadirqs }]): LatencyJob => ({
    latencyOf: revision,
    text,
    path,
    threadirqs,
    profile: o.profile,
  }));
  const progress = makeProgress();
  const results = await runPool<LatencyJob, LatencyJobResult>(jobs, {
    worker: new URL("./worker.js", import.meta.url),
    onResult: (_, i, done) => progress.update(`${done}/${jobs.length} ${cells[i][1].name}`),
  });
  progress.end();
  for (let i = 0; i < cells.length; i++) {
    const result = results[i];
    if (result.ok) continue;
    process.stderr.write(`latency: ${cells[i][1].name}: ${result.reason}\n`);
    return exitCode.cannotJudge;
  }
  const scenes = situations.map(({ title }, s): LatencyScene => ({
    title,
    designs: designs.map(({ name, revision }, d) => {
      const result = results[s * designs.length + d];
      if (!result.ok) throw new Error(result.reason);
      return { design: name, revision, samples: result.samples };
    }),
  }));
  const title = `${o.series}: latency of job completion, profile ${o.profile}`;
  if (o.output !== null) write(o.output, latencySvg(title, scenes));
  const text = o.json
    ? JSON.stringify({ series: o.series, profile: o.profile, scenes }, null, 2)
    : (o.markdown ? latencyMarkdown : latencyText)(title, scenes).join("\n");
  process.stdout.write(`${text}\n`);
  return exitCode.agrees;
}

function checkOptions({ profile, jobs, hogs }: LatencyOptions): void {
  if (!Object.hasOwn(profiles, profile)) {
    const names = Object.keys(profiles);
    const near = nearest(profile, names);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    const problem = `expected one of ${names.join(", ")}${hint}`;
    throw new OptionArgumentError(`--profile ${profile}: ${problem}`);
  }
  if (jobs < 1 || jobs > 100_000) {
    throw new OptionArgumentError(`--jobs ${jobs}: expected 1 to 100000`);
  }
  if (hogs < 0 || hogs > 64) throw new OptionArgumentError(`--hogs ${hogs}: expected 0 to 64`);
}

function situationsOf({ traces, jobs, hogs }: LatencyOptions): Situation[] {
  if (traces.length > 0) {
    return findTraces(traces).map((path) => {
      const text = readText(path, traceBytesMax);
      return { title: readTrace(text, path).name, text, path };
    });
  }
  const idle = waitingClient(jobs, 0);
  return hogs === 0 ? [idle] : [idle, waitingClient(jobs, hogs)];
}

/** A reader of the file sees the old or the new plot, never half of one. */
function write(path: string, text: string): void {
  const temporary = `${path}.tmp-${process.pid}`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    throw new InputError(`${path}: cannot be written: ${(error as Error).message}`);
  }
}
