// Judges the findings on workers and prints their table.

import { findingJobs, type FindingJob } from "../findings/job.ts";
import type { FindingResult } from "../findings/judge.ts";
import { findingsMarkdown, findingsPass, findingsText, findingTotals } from "../report/findings.ts";
import { findingLists } from "../revision/findings.ts";
import { nearest } from "../trace/suggest.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { runPool } from "./pool.ts";
import { makeProgress } from "./progress.ts";

export interface FindingsOptions {
  /** Ids or catalogues; empty for all. */
  readonly ids: readonly string[];
  readonly series: string | null;
  readonly traces: string;
  readonly json: boolean;
  readonly markdown: boolean;
}

/** Runs and prints; 0 when all that can show is caught and quiet, 1 otherwise. */
export async function runFindings(o: FindingsOptions): Promise<number> {
  checkNames(o);
  const jobs = findingJobs(o.traces, o);
  const progress = makeProgress();
  const results = await runPool<FindingJob, FindingResult>(jobs, {
    worker: new URL("./worker.js", import.meta.url),
    onResult: ({ id }, _, done) => progress.update(`${done}/${jobs.length} ${id}`),
  });
  progress.end();
  const text = o.json
    ? JSON.stringify({ totals: findingTotals(results), findings: results }, null, 2)
    : (o.markdown ? findingsMarkdown(results) : findingsText(results)).join("\n");
  process.stdout.write(`${text}\n`);
  return findingsPass(results) ? exitCode.agrees : exitCode.differs;
}

/** Throws `InputError` on what names no finding. */
function checkNames({ ids, series }: FindingsOptions): void {
  const known = findingLists.flatMap((l) => [l.prefix, ...l.findings.map((f) => f.id as string)]);
  for (const id of ids) {
    const name = id.toUpperCase();
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new InputError(`findings ${id}: no such finding or catalogue${hint}`);
  }
  const names = findingLists.map((l) => l.series);
  if (series !== null && !names.includes(series)) {
    throw new InputError(`--series ${series}: has no findings; known are ${names.join(", ")}`);
  }
}
