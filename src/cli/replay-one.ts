// Replays one trace for the command line: read, parse, run, compare with its golden, report.
// Runs on the main thread for one trace and on workers for many; the outcome is plain data.

import { createHash } from "node:crypto";
import { describeFinding } from "../check/checks.ts";
import { checkCauses } from "./check-causes.ts";
import { type BuiltGolden, buildGolden } from "../golden/build.ts";
import { goldenFormat } from "../golden/model.ts";
import { printFence, printRegister } from "../golden/print.ts";
import { brokenPromises } from "../replay/promises.ts";
import { makeRegisterNames } from "../replay/register-names.ts";
import { replay, type ReplayEnd, type ReplayResult } from "../replay/replay.ts";
import { TraceRunError } from "../replay/user/env.ts";
import { stageStatistics } from "../report/latency.ts";
import { summaryLines } from "../report/summary.ts";
import { ansiStyle, noStyle } from "../report/text.ts";
import { describeEntry } from "../timeline/describe.ts";
import { timelineDigest } from "../timeline/digest.ts";
import { printTrace } from "../trace/print.ts";
import type { Trace } from "../trace/trace.ts";
import { choose } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { isInputError } from "./input-error.ts";
import { type GoldenMode, judge, type Proposal } from "./verdict.ts";

export interface ReplayRequest {
  /** Path of the trace, as the user gave it. */
  readonly path: string;
  /** Instead of the trace's. */
  readonly revision: string | null;
  readonly profile: string | null;
  readonly seed: number | null;
  readonly golden: GoldenMode;
  readonly goldenRoot: string;
  /** Timeline to print. */
  readonly timeline: "none" | "fences" | "registers" | "all";
  readonly colour: boolean;
  /** Say where each difference is, in the golden and in the trace. */
  readonly places?: boolean;
  /** Tell the difference as Markdown too. */
  readonly markdown?: boolean;
}

export interface ReplayOutcome {
  readonly path: string;
  readonly exitCode: number;
  /** One word for a list: agrees, differs, no golden, … */
  readonly verdict: string;
  /** The report for a person; errors too. */
  readonly lines: readonly string[];
  /** The same for a machine. */
  readonly json: Readonly<Record<string, unknown>>;
  /** What accepting would write; only for `golden: "review"`, where something is pending. */
  readonly proposal?: Proposal | null;
}

/** Replays a trace. Never throws: what goes wrong is in the outcome. */
export function replayOne(request: ReplayRequest): ReplayOutcome {
  try {
    return run(request);
  } catch (error) {
    return failure(request, error);
  }
}

function failure({ path }: ReplayRequest, error: unknown): ReplayOutcome {
  const e = error as Error;
  const outcome = (code: number, verdict: string, lines: readonly string[]): ReplayOutcome => ({
    path,
    exitCode: code,
    verdict,
    lines,
    json: { trace: path, verdict, error: lines.join("\n") },
  });
  if (isInputError(error)) {
    return outcome(exitCode.badInput, "bad input", error.message.split("\n"));
  }
  if (e instanceof TraceRunError) {
    return outcome(exitCode.badInput, "bad input", [`${path}:${e.line}:1: BadTrace: ${e.detail}`]);
  }
  // A patch without one that it builds on (Effect wraps the name).
  if (e.name.includes("PatchDoesNotApply")) {
    return outcome(exitCode.cannotJudge, "does not apply", [`${path}: ${e.message}`]);
  }
  return outcome(exitCode.defect, "defect", [
    `${path}: this is a defect of panthor-replay, not of the driver: ${e.message}`,
    "Please report it with the trace and the command line.",
    ...(e.stack ?? "").split("\n").slice(1, 6),
  ]);
}

function run(request: ReplayRequest): ReplayOutcome {
  const style = request.colour ? ansiStyle : noStyle;
  const { trace, revision, profileName, profile } = choose(request);
  const seed = request.seed ?? trace.seed;
  const result = replay({ trace, revision, profile, seed });
  const actual = buildGolden(
    result.rec,
    {
      format: goldenFormat,
      trace: trace.name,
      traceDigest: traceDigest(trace),
      revision: revision.id,
      profile: profileName,
      seed,
    },
    makeRegisterNames(),
    result.from,
    result.to,
  );
  const findings = [
    ...findingsOf(result),
    ...brokenPromises(trace.promises, actual.fences, result.log.fences).map(
      ({ line, text }) => `line ${line}: ${text}`,
    ),
  ];
  const digest = timelineDigest(result.rec);
  const lines = summaryLines(
    {
      golden: actual,
      entries: result.to - result.from,
      digest,
      durationNs:
        result.endNs - (result.from < result.rec.length ? result.rec.time(result.from) : 0),
      findings,
    },
    style,
  );
  lines.push(...checkCauses(result.rec, result.from, result.to));
  const timeline = timelineLines(request.timeline, actual, result);
  if (timeline !== null) {
    lines.push("");
    // Not as arguments of one call: a timeline may have more entries than a call may have.
    for (const line of timeline) lines.push(line);
  }
  const { rec, log } = result;
  const verdict = judge(request, { built: actual, declarations: trace, rec, log }, style);
  lines.push("", ...verdict.lines);
  const code = findings.length > 0 ? exitCode.differs : exitCode.agrees;
  return {
    path: request.path,
    exitCode: Math.max(code, verdict.code),
    verdict: findings.length > 0 ? "finding" : verdict.word,
    lines,
    proposal: verdict.proposal,
    json: {
      trace: trace.name,
      revision: revision.id,
      profile: profileName,
      seed,
      digest,
      entries: result.to - result.from,
      fences: actual.fences,
      registers: actual.registers.length,
      latency: stageStatistics(actual.fences),
      log: actual.log,
      findings,
      verdict: verdict.word,
      ...(verdict.summary === undefined ? {} : { summary: verdict.summary }),
      differences: verdict.differences,
      ...(verdict.places.length === 0 ? {} : { places: verdict.places }),
      ...(verdict.markdown.length === 0 ? {} : { markdown: verdict.markdown }),
      ...(verdict.unused.length === 0 ? {} : { unused: verdict.unused }),
      ...(timeline === null ? {} : { timeline }),
    },
  };
}

/** Identifies a trace by its content: comments and layout do not count. */
function traceDigest(trace: Trace): string {
  return createHash("sha256").update(printTrace(trace)).digest("hex").slice(0, 16);
}

function findingsOf(result: ReplayResult): string[] {
  const findings = result.unmet.map(
    (u) => `line ${u.line}: ${u.event}: ${u.what} is ${u.got}, expected ${u.expected}`,
  );
  findings.push(...result.findings.map(describeFinding));
  findings.push(...endFinding(result.end));
  return findings;
}

function endFinding(end: ReplayEnd): readonly string[] {
  switch (end.kind) {
    case "finished":
      return [];
    case "deadlock":
      return ["deadlock: nothing can run any more", ...end.report];
    case "budget":
      return [end.detail];
  }
}

/** The timeline that was asked for, one entry a line; null for none. */
function timelineLines(
  which: ReplayRequest["timeline"],
  golden: BuiltGolden,
  result: ReplayResult,
): string[] | null {
  switch (which) {
    case "none":
      return null;
    case "fences":
      return golden.fences.map(printFence);
    case "registers":
      return golden.registers.map(printRegister);
    case "all": {
      const lines: string[] = [];
      for (let i = result.from; i < result.to; i++) lines.push(describeEntry(result.rec, i));
      return lines;
    }
  }
}
