// `panthor-replay replay RECORDING…`: replays each recording from itself and reports agreement.

import { describeFinding } from "../check/checks.ts";
import { aspects } from "../conformance/project.ts";
import { firstDifference, jsonName } from "../conformance/report.ts";
import { openRecording } from "../recording/recording.ts";
import { TraceRunError } from "../replay/user/env.ts";
import { exitCode, gravest } from "./exit-codes.ts";
import { NotPerformable } from "./fit-start.ts";
import { InputError } from "./input-error.ts";
import { makeProgress } from "./progress.ts";
import { recordingName } from "./recording-name.ts";
import {
  differences,
  recordingReport,
  type RecordingReplay,
  replayRecording,
  revisionNamed,
  unmetLines,
} from "./replay-recording.ts";

export interface ReplayRecordingOptions {
  readonly revision: string | null;
  readonly json: boolean;
}

interface Outcome {
  readonly code: number;
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
}

/** Replays and prints; returns the exit code. */
export async function runReplayRecordings(
  paths: readonly string[],
  o: ReplayRecordingOptions,
): Promise<number> {
  const outcomes: Outcome[] = [];
  const progress = makeProgress();
  for (const path of paths) {
    progress.update(`${outcomes.length}/${paths.length} ${path}`);
    const outcome = await replayPath(path, o.revision ?? "linux-7.3");
    outcomes.push(outcome);
    if (o.json) continue;
    progress.end();
    const out = outcome.code >= exitCode.badInput ? process.stderr : process.stdout;
    out.write(`${outcome.lines.join("\n")}\n${paths.length > 1 ? "\n" : ""}`);
  }
  progress.end();
  if (o.json) {
    const data = outcomes.map(({ json }) => json);
    process.stdout.write(`${JSON.stringify(data.length === 1 ? data[0] : data, null, 2)}\n`);
  } else if (outcomes.length > 1) {
    const agree = outcomes.filter(({ code }) => code === exitCode.agrees).length;
    process.stdout.write(`${outcomes.length} recordings: ${agree} agree\n`);
  }
  return gravest(outcomes.map(({ code }) => code));
}

async function replayPath(path: string, revision: string): Promise<Outcome> {
  const driver = revisionNamed(revision);
  const recording = await openRecording(path);
  const name = recordingName(path);
  try {
    const r = replayRecording(recording, name, driver);
    const head = `${name}  ${driver.id}  from its recording`;
    const json = jsonOf(r, path, driver.id);
    if (r.stimuli.calls === 0) {
      const line =
        `${path}: cannot be judged: it holds no calls of programs; ` +
        "record them with scripts/record (docs/recordings.md)";
      return { code: exitCode.cannotJudge, lines: [line], json: { ...json, error: line } };
    }
    const findings = r.result.findings.map(describeFinding);
    const agrees =
      differences(r.agreement) === 0 && unmetLines(r).length === 0 && findings.length === 0;
    return {
      code: agrees ? exitCode.agrees : exitCode.differs,
      lines: [head, ...recordingReport(r), ...findings.map((text) => `  finding  ${text}`)],
      json,
    };
  } catch (error) {
    if (!(error instanceof TraceRunError || error instanceof NotPerformable)) throw error;
    const line = `${path}: cannot be judged: its calls cannot be performed: ${error.message}`;
    return { code: exitCode.cannotJudge, lines: [line], json: { recording: path, error: line } };
  } finally {
    recording.close();
  }
}

function jsonOf(r: RecordingReplay, path: string, revision: string): Record<string, unknown> {
  const { stimuli } = r;
  return {
    recording: path,
    revision,
    events: stimuli.facts.events,
    cpus: stimuli.cpus,
    hz: stimuli.hz,
    clock: stimuli.virtualClock ? "virtual" : "real",
    calls: stimuli.calls,
    notes: stimuli.notes,
    incomplete: r.incomplete,
    aligned: r.timed.aligned,
    unmet: unmetLines(r),
    findings: r.result.findings.map(describeFinding),
    order: r.order,
    fence_times: r.fenceTimes,
    aspects: Object.fromEntries(aspects.map((a) => [jsonName(a), r.agreement.aspects[a]])),
    first_difference: firstDifference(r.agreement),
  };
}

/** Options of `replay` that say nothing about a recording. Throws `InputError`. */
export function refuseForRecordings(path: string, given: Readonly<Record<string, boolean>>): void {
  for (const [option, set] of Object.entries(given)) {
    if (set) throw new InputError(`${path}: is a recording; --${option} is for traces`);
  }
}
