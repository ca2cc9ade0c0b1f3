// Judges the recordings of a set on workers and prints the table of agreement.

import { basename } from "node:path";
import type { FirstDifference } from "../conformance/compare.ts";
import { readRecordingSet, RecordingSetError } from "../conformance/recording-set.ts";
import {
  conformanceJson,
  conformanceNote,
  concernedRows,
  conformanceRows,
  firstConcernedDifference,
  firstDifference,
  leftOutNote,
  type ScenarioResult,
} from "../conformance/report.ts";
import { recordedStates as atomicPtStates } from "../revision/atomic-pt/recorded.ts";
import { recordedStates } from "../revision/irq-latency/series.ts";
import { recordedStates as userSubmissionStates } from "../revision/user-submission/recorded.ts";
import { columns } from "../report/text.ts";
import { formatSeconds } from "../timeline/describe.ts";
import { exitCode } from "./exit-codes.ts";
import type { JudgeRequest } from "./judge.ts";
import { runPool } from "./pool.ts";
import { makeProgress } from "./progress.ts";
import { findTraces } from "./traces.ts";

export interface ConformanceOptions {
  readonly recordings: string;
  readonly traces: string;
  readonly scenario: string | null;
  readonly flavour: string | null;
  readonly revision: string | null;
  readonly json: boolean;
}

/** Runs and prints; 0 when all agree or what differs is explained, 1 otherwise. */
export async function runConformance(o: ConformanceOptions): Promise<number> {
  const entries = readRecordingSet(o.recordings).filter(
    (e) =>
      (o.scenario === null || e.scenario.startsWith(o.scenario)) &&
      (o.flavour === null || e.flavour.name === o.flavour),
  );
  if (entries.length === 0) {
    throw new RecordingSetError(`${o.recordings}: no recording matches; see its index.json`);
  }
  const byScenario = new Map(
    findTraces([o.traces]).map((path) => [basename(path).replace(/\.ya?ml$/, ""), path]),
  );
  const jobs = entries.map((recording): JudgeRequest => ({
    recording,
    trace: byScenario.get(recording.scenario) ?? null,
    revision:
      o.revision ??
      recordedStates[recording.state] ??
      userSubmissionStates(recording) ??
      atomicPtStates(recording) ??
      "linux-7.3",
  }));
  const progress = makeProgress();
  const results = await runPool<JudgeRequest, ScenarioResult>(jobs, {
    worker: new URL("./worker.js", import.meta.url),
    onResult: (r, _, done) => progress.update(`${done}/${jobs.length} ${r.scenario}`),
  });
  progress.end();
  const text = o.json
    ? JSON.stringify(conformanceJson(results), null, 2)
    : textLines(results).join("\n");
  process.stdout.write(`${text}\n`);
  return results.some((r) => unexplained(r)) ? exitCode.differs : exitCode.agrees;
}

function unexplained(r: ScenarioResult): boolean {
  return (r.error !== null || firstOf(r) !== null) && r.explanation === null;
}

function firstOf({ agreement, concerned }: ScenarioResult): FirstDifference | null {
  if (concerned !== undefined) return firstConcernedDifference(concerned);
  return agreement === null ? null : firstDifference(agreement);
}

function textLines(results: readonly ScenarioResult[]): string[] {
  const concerned = results.filter((r) => r.order === "concerned");
  const whole = results.filter((r) => r.order !== "concerned");
  const lines: string[] = [];
  if (whole.length > 0) lines.push(...columns(conformanceRows(whole)));
  if (concerned.length > 0) {
    if (whole.length > 0) lines.push("");
    lines.push(`Made on an older kernel, compared as far as a series concerns it:`, "");
    lines.push(...columns(concernedRows(concerned)));
    const leftOut = leftOutNote(concerned);
    if (leftOut !== null) lines.push("", leftOut);
  }
  const note = conformanceNote(results);
  if (note !== null) lines.push("", note);
  for (const r of results) {
    const name = `${r.scenario} (${r.flavour})`;
    if (r.error !== null) lines.push("", `${name}: ${r.error}`);
    const d = firstOf(r);
    if (d === null) continue;
    const at = (o: { time: number; key: string } | null): string =>
      o === null ? "nothing" : `${o.key} at ${formatSeconds(o.time)}`;
    lines.push(
      "",
      `${name}: first difference in ${d.aspect}, after ${d.after} that agree`,
      `  recorded: ${at(d.recorded)}`,
      `  replayed: ${at(d.replayed)}`,
    );
    if (r.explanation !== null) lines.push(`  because ${r.explanation}`);
  }
  return lines;
}
