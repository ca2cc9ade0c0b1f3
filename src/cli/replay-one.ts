// Replays one trace for the command line: read, parse, run, compare with its golden, report.
// Runs on the main thread for one trace and on workers for many; the outcome is plain data.

import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import * as Either from "effect/Either";
import * as Effect from "effect/Effect";
import { profiles } from "../device/profile/index.ts";
import { diffGoldens } from "../diff/typed.ts";
import { type BuiltGolden, buildGolden } from "../golden/build.ts";
import { type Golden, goldenFormat } from "../golden/model.ts";
import { GoldenError } from "../golden/parse.ts";
import { printFence, printRegister } from "../golden/print.ts";
import { goldenPath, readGolden, writeGolden } from "../golden/store.ts";
import { makeRegisterNames } from "../replay/register-names.ts";
import { replay, type ReplayEnd, type ReplayResult } from "../replay/replay.ts";
import { TraceRunError } from "../replay/user/env.ts";
import { differenceReport } from "../report/difference.ts";
import { stageStatistics } from "../report/latency.ts";
import { summaryLines } from "../report/summary.ts";
import { ansiStyle, noStyle } from "../report/text.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision } from "../revision/revision.ts";
import { describeEntry } from "../timeline/describe.ts";
import { timelineDigest } from "../timeline/digest.ts";
import { parseTrace } from "../trace/parse.ts";
import { printTrace } from "../trace/print.ts";
import type { Trace } from "../trace/trace.ts";
import { exitCode } from "./exit-codes.ts";

/** What is done with the golden. */
export type GoldenMode = "check" | "skip" | "accept";

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
}

/** A problem that the user can fix; its message is located. */
class InputError extends Error {
  override readonly name = "InputError";
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
    json: { trace: path, verdict, error: lines[0] },
  });
  if (e instanceof InputError || e instanceof GoldenError) {
    return outcome(exitCode.badInput, "bad input", e.message.split("\n"));
  }
  if (e instanceof TraceRunError) {
    return outcome(exitCode.badInput, "bad input", [`${path}:${e.line}:1: BadTrace: ${e.detail}`]);
  }
  return outcome(exitCode.defect, "defect", [
    `${path}: this is a defect of panthor-replay, not of the driver: ${e.message}`,
    "Please report it with the trace and the command line.",
    ...(e.stack ?? "").split("\n").slice(1, 6),
  ]);
}

function run(request: ReplayRequest): ReplayOutcome {
  const style = request.colour ? ansiStyle : noStyle;
  const trace = readTraceFile(request.path);
  const profileName = request.profile ?? trace.profile;
  const profile = profiles[profileName];
  if (profile === undefined) {
    throw new InputError(
      `${request.path}:1:1: UnknownProfile: ${profileName}; expected one of ` +
        `${Object.keys(profiles).join(", ")}`,
    );
  }
  const revisionName = request.revision ?? trace.revision;
  const revision = Effect.runSync(Effect.either(parseRevision(revisionName, catalog)));
  if (Either.isLeft(revision)) {
    throw new InputError(`${request.path}:1:1: UnknownRevision: ${revision.left.message}`);
  }
  const seed = request.seed ?? trace.seed;
  const result = replay({ trace, revision: revision.right, profile });
  const actual = buildGolden(
    result.rec,
    {
      format: goldenFormat,
      trace: trace.name,
      traceDigest: traceDigest(trace),
      revision: revision.right.id,
      profile: profileName,
      seed,
    },
    makeRegisterNames(),
    result.from,
    result.to,
  );
  const findings = findingsOf(result);
  const digest = timelineDigest(result.rec);
  const lines = summaryLines(
    {
      golden: actual,
      entries: result.to - result.from,
      digest,
      durationNs: result.endNs - (result.from < result.rec.length ? result.rec.time(result.from) : 0),
      findings,
    },
    style,
  );
  lines.push(...timelineLines(request.timeline, actual, result));
  const verdict = judge(request, actual, result, style);
  lines.push("", ...verdict.lines);
  const code = findings.length > 0 ? exitCode.differs : exitCode.agrees;
  return {
    path: request.path,
    exitCode: Math.max(code, verdict.code),
    verdict: findings.length > 0 ? "finding" : verdict.word,
    lines,
    json: {
      trace: trace.name,
      revision: revision.right.id,
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
      differences: verdict.differences,
    },
  };
}

function readTraceFile(path: string): Trace {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError(`${path}:1:1: cannot be read: ${(error as Error).message}`);
  }
  const parsed = parseTrace(text, path);
  if (Either.isLeft(parsed)) throw new InputError(parsed.left.message);
  return parsed.right;
}

/** Identifies a trace by its content: comments and layout do not count. */
function traceDigest(trace: Trace): string {
  return createHash("sha256").update(printTrace(trace)).digest("hex").slice(0, 16);
}

function findingsOf(result: ReplayResult): string[] {
  const findings = result.unmet.map(
    (u) => `line ${u.line}: ${u.event}: ${u.what} is ${u.got}, expected ${u.expected}`,
  );
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

function timelineLines(
  which: ReplayRequest["timeline"],
  golden: BuiltGolden,
  result: ReplayResult,
): string[] {
  switch (which) {
    case "none":
      return [];
    case "fences":
      return ["", ...golden.fences.map(printFence)];
    case "registers":
      return ["", ...golden.registers.map(printRegister)];
    case "all": {
      const lines = [""];
      for (let i = result.from; i < result.to; i++) lines.push(describeEntry(result.rec, i));
      return lines;
    }
  }
}

interface Verdict {
  readonly code: number;
  readonly word: string;
  readonly lines: readonly string[];
  readonly differences: unknown;
}

function judge(
  request: ReplayRequest,
  actual: BuiltGolden,
  result: ReplayResult,
  style: typeof noStyle,
): Verdict {
  const { header } = actual;
  if (request.golden === "skip") {
    return { code: 0, word: "not compared", lines: ["golden: not compared"], differences: [] };
  }
  const path = goldenPath(request.goldenRoot, header);
  const expected = readGolden(path);
  if (request.golden === "accept") return accept(path, expected, actual, result, style);
  if (expected === null) {
    return {
      code: exitCode.differs,
      word: "no golden",
      lines: [
        `golden: ${style.red("missing")} (${path})`,
        `        read the timeline, then accept it: npm run accept -- ${request.path}`,
      ],
      differences: [],
    };
  }
  const diff = diffGoldens(expected, actual);
  if (diff.first === null) {
    return {
      code: exitCode.agrees,
      word: "agrees",
      lines: [`golden: ${style.green("agrees")} (${path})`],
      differences: [],
    };
  }
  return {
    code: exitCode.differs,
    word: "differs",
    lines: [`golden: ${path}`, ...differenceReport(diff, expected, actual, result.rec, style)],
    differences: diff.differences,
  };
}

function accept(
  path: string,
  expected: Golden | null,
  actual: BuiltGolden,
  result: ReplayResult,
  style: typeof noStyle,
): Verdict {
  const diff = expected === null ? null : diffGoldens(expected, actual);
  const changed =
    diff?.first !== null || JSON.stringify(expected?.header) !== JSON.stringify(actual.header);
  const lines =
    expected === null
      ? [`golden: new (${path})`]
      : diff!.first === null
        ? [`golden: ${changed ? "header changed" : "unchanged"} (${path})`]
        : differenceReport(diff!, expected, actual, result.rec, style);
  if (process.env["CI"] !== undefined) {
    return {
      code: changed ? exitCode.differs : exitCode.agrees,
      word: changed ? "not accepted" : "agrees",
      lines: [...lines, "golden: nothing written: CI only checks"],
      differences: diff?.differences ?? [],
    };
  }
  if (changed) writeGolden(path, actual);
  return {
    code: exitCode.agrees,
    word: changed ? "accepted" : "agrees",
    lines: changed ? [...lines, `golden: ${style.green("accepted")} (${path})`] : lines,
    differences: diff?.differences ?? [],
  };
}
