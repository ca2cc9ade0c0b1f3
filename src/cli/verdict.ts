// What a replay's golden says about it: compared, or accepted.

import { diffGoldens } from "../diff/typed.ts";
import type { BuiltGolden } from "../golden/build.ts";
import type { Golden } from "../golden/model.ts";
import { GoldenError } from "../golden/parse.ts";
import { goldenPath, readGolden, writeGolden } from "../golden/store.ts";
import { differenceReport } from "../report/difference.ts";
import type { Style } from "../report/text.ts";
import type { Recorder } from "../timeline/recorder.ts";
import { isCi } from "./ci.ts";
import { exitCode } from "./exit-codes.ts";

/** What is done with the golden. */
export type GoldenMode = "check" | "skip" | "accept";

export interface VerdictRequest {
  /** Path of the trace, as the user gave it. */
  readonly path: string;
  readonly golden: GoldenMode;
  readonly goldenRoot: string;
}

export interface Verdict {
  readonly code: number;
  /** One word or two: `agrees`, `differs`, `no golden`. */
  readonly word: string;
  readonly lines: readonly string[];
  readonly differences: unknown;
}

/** Judges a replay by its golden. Throws `GoldenError` and `GoldenFileError`. */
export function judge(
  request: VerdictRequest,
  actual: BuiltGolden,
  rec: Recorder,
  style: Style,
): Verdict {
  if (request.golden === "skip") {
    return { code: 0, word: "not compared", lines: ["golden: not compared"], differences: [] };
  }
  const path = goldenPath(request.goldenRoot, actual.header);
  if (request.golden === "accept") return accept(path, actual, rec, style);
  const expected = readGolden(path);
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
  const lines =
    diff.first === null
      ? [`golden: ${style.green("agrees")} (${path})`]
      : [`golden: ${path}`, ...differenceReport(diff, expected, actual, rec, style)];
  if (expected.header.traceDigest !== actual.header.traceDigest) {
    lines.push("note: the trace has changed since this golden was accepted");
  }
  return {
    code: diff.first === null ? exitCode.agrees : exitCode.differs,
    word: diff.first === null ? "agrees" : "differs",
    lines,
    differences: diff.differences,
  };
}

function accept(path: string, actual: BuiltGolden, rec: Recorder, style: Style): Verdict {
  const { expected, problem } = readForAccept(path);
  const diff = expected === null ? null : diffGoldens(expected, actual);
  const changed =
    diff?.first !== null || JSON.stringify(expected?.header) !== JSON.stringify(actual.header);
  const lines = problem === null ? [] : [`golden: cannot be used and is replaced: ${problem}`];
  if (diff === null || expected === null) {
    if (problem === null) lines.push(`golden: new (${path})`);
  } else if (diff.first === null) {
    lines.push(`golden: ${changed ? "header changed" : "unchanged"} (${path})`);
  } else lines.push(...differenceReport(diff, expected, actual, rec, style));
  const differences = diff?.differences ?? [];
  if (isCi()) {
    return {
      code: changed ? exitCode.differs : exitCode.agrees,
      word: changed ? "not accepted" : "agrees",
      lines: [...lines, "golden: nothing written: CI only checks"],
      differences,
    };
  }
  if (!changed) return { code: exitCode.agrees, word: "agrees", lines, differences };
  writeGolden(path, actual);
  lines.push(`golden: ${style.green("accepted")} (${path})`);
  return { code: exitCode.agrees, word: "accepted", lines, differences };
}

/** A golden that is damaged or of another format is there to be replaced. */
function readForAccept(path: string): { expected: Golden | null; problem: string | null } {
  try {
    return { expected: readGolden(path), problem: null };
  } catch (error) {
    if (error instanceof GoldenError) return { expected: null, problem: error.message };
    throw error;
  }
}
