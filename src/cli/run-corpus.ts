// Judges the corpus of regressions on workers and prints its table.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { corpusJobs, type CorpusJob, type CorpusJobResult } from "../corpus/job.ts";
import {
  corpusPasses,
  type CorpusResult,
  corpusRows,
  corpusSummary,
  corpusTotals,
} from "../corpus/report.ts";
import { columns } from "../report/text.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { runPool } from "./pool.ts";
import { makeProgress } from "./progress.ts";

export interface CorpusOptions {
  readonly traces: string;
  readonly only: string | null;
  readonly json: boolean;
}

/** Runs and prints; 0 when all is caught and shown and no control is red, 1 otherwise. */
export async function runCorpus({ traces, only, json }: CorpusOptions): Promise<number> {
  const jobs = corpusJobs(traces, topLevelTraces(traces)).filter(
    ({ what }) => only === null || what.includes(only),
  );
  if (jobs.length === 0) throw new InputError(`corpus: nothing is called ${only}`);
  const progress = makeProgress();
  const results = await runPool<CorpusJob, CorpusJobResult>(jobs, {
    worker: new URL("./worker.js", import.meta.url),
    onResult: (_, index, done) => progress.update(`${done}/${jobs.length} ${jobs[index].what}`),
  });
  progress.end();
  const result = collect(results);
  const text = json
    ? JSON.stringify({ totals: corpusTotals(result), ...result }, null, 2)
    : [...columns(corpusRows(result)), "", ...corpusSummary(result)].join("\n");
  process.stdout.write(`${text}\n`);
  return corpusPasses(result) ? exitCode.agrees : exitCode.differs;
}

function collect(results: readonly CorpusJobResult[]): CorpusResult {
  return {
    regressions: results.flatMap((r) => (r.corpus === "regression" ? [r.result] : [])),
    observations: results.flatMap((r) => (r.corpus === "observation" ? [r.result] : [])),
    controls: results.flatMap((r) => (r.corpus === "controls" ? [r.result] : [])),
  };
}

/** The traces of the folder itself: what the controls are judged on. */
export function topLevelTraces(traces: string): string[] {
  try {
    return readdirSync(traces)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(traces, name));
  } catch (error) {
    throw new InputError(`${traces}: cannot be read: ${(error as Error).message}`);
  }
}
