// What a replay's golden says about it: compared, or accepted.

import { createHash } from "node:crypto";
import { goldenSide, replaySide } from "../diff/side.ts";
import { diffPromised, type PromisedDifference } from "../diff/promised.ts";
import type { BuiltGolden } from "../golden/build.ts";
import { type Declarations, maskGolden } from "../golden/incidental.ts";
import type { Golden } from "../golden/model.ts";
import { GoldenError } from "../golden/golden-error.ts";
import { parseGolden } from "../golden/parse.ts";
import { printGolden } from "../golden/print.ts";
import { goldenPath, readGoldenText, writeGoldenText } from "../golden/store.ts";
import { differenceReport, differenceSummary } from "../report/difference.ts";
import { differenceMarkdown } from "../report/markdown.ts";
import { notPromised, unusedDeclarations } from "../report/declared.ts";
import type { Style } from "../report/text.ts";
import type { EventLog } from "../replay/user/event-log.ts";
import type { Recorder } from "../timeline/recorder.ts";
import { isCi } from "./ci.ts";
import { exitCode } from "./exit-codes.ts";
import { type Place, placesOf } from "./places.ts";
import { acceptCommand, reproduceCommand } from "./project.ts";

/** What is done with the golden; `review` compares and keeps what would be accepted. */
export type GoldenMode = "check" | "skip" | "accept" | "review";

export interface VerdictRequest {
  /** Path of the trace, as the user gave it. */
  readonly path: string;
  readonly golden: GoldenMode;
  readonly goldenRoot: string;
  /** Instead of the trace's, where given. */
  readonly revision?: string | null;
  readonly profile?: string | null;
  /** Say where each difference is. */
  readonly places?: boolean;
  /** Tell the difference as Markdown too. */
  readonly markdown?: boolean;
}

/** A golden that would be written, were it accepted. */
export interface Proposal {
  readonly path: string;
  readonly text: string;
  /** Identifies the file that it was compared with; null: there was none. */
  readonly instead: string | null;
}

export interface Verdict {
  readonly code: number;
  /** One word or two: `agrees`, `differs`, `no golden`. */
  readonly word: string;
  readonly lines: readonly string[];
  /** What differs, in one sentence. */
  readonly summary?: string;
  readonly differences: PromisedDifference["diff"]["differences"];
  readonly places: readonly Place[];
  /** The difference, where it was asked for. */
  readonly markdown: readonly string[];
  readonly proposal: Proposal | null;
  /** Declarations that match nothing, as `line:what`. */
  readonly unused: readonly string[];
}

/** What was replayed. */
export interface Replayed {
  /** Everything, before what is not promised is taken out. */
  readonly built: BuiltGolden;
  /** What the trace does not promise. */
  readonly declarations: Declarations;
  readonly rec: Recorder;
  readonly log: EventLog;
}

/** Judges a replay by its golden. Throws `GoldenError` and `GoldenFileError`. */
export function judge(request: VerdictRequest, replayed: Replayed, style: Style): Verdict {
  const none = { differences: [], places: [], markdown: [], proposal: null, unused: [] };
  if (request.golden === "skip") {
    return { ...none, code: 0, word: "not compared", lines: ["golden: not compared"] };
  }
  const judgement = new Judgement(request, replayed, style);
  return request.golden === "accept" ? judgement.accept() : judgement.compare();
}

/** The text that identifies a golden file's content. */
export const contentDigest = (text: string): string =>
  createHash("sha256").update(text).digest("hex");

/** The options that say what was replayed, as they were given. */
function given({ revision, profile }: VerdictRequest): string {
  const option = (name: string, value: string | null | undefined): string =>
    value == null ? "" : ` --${name} ${value}`;
  return option("revision", revision) + option("profile", profile);
}

const at = (_: unknown, i: number): number => i;

class Judgement {
  private readonly path: string;
  private readonly actual: BuiltGolden;
  private readonly counts: readonly number[];

  constructor(
    private readonly request: VerdictRequest,
    private readonly replayed: Replayed,
    private readonly style: Style,
  ) {
    const { built, declarations } = replayed;
    this.path = goldenPath(request.goldenRoot, built.header);
    const masked = maskGolden(built, declarations);
    this.actual = masked.golden;
    this.counts = masked.counts;
  }

  compare(): Verdict {
    const { path, request, style, actual } = this;
    const text = readGoldenText(path);
    if (text === null) {
      return {
        code: exitCode.differs,
        word: "no golden",
        lines: [
          `golden: ${style.red("missing")} (${path})`,
          `        read the timeline, then accept it: ${acceptCommand(request.path, given(request))}`,
        ],
        differences: [],
        places: [],
        markdown: [],
        proposal: this.proposal(null),
        unused: this.difference(actual).unused,
      };
    }
    const golden = parseGolden(text, path);
    const { diff, expected, lines, unused } = this.difference(golden);
    const agrees = diff.first === null;
    const report = agrees
      ? [`golden: ${style.green("agrees")} (${path})`]
      : [`golden: ${path}`, ...this.report(diff, expected)];
    report.push(...lines);
    if (golden.header.traceDigest !== actual.header.traceDigest) {
      report.push("note: the trace has changed since this golden was accepted");
    }
    const { rec, log } = this.replayed;
    const { differences } = diff;
    return {
      code: agrees ? exitCode.agrees : exitCode.differs,
      word: agrees ? "agrees" : "differs",
      lines: report,
      ...(agrees ? {} : { summary: differenceSummary(diff, expected, actual, rec) }),
      differences,
      places:
        request.places === true ? placesOf({ differences, text, expected, actual, rec, log }) : [],
      markdown:
        request.markdown === true
          ? differenceMarkdown(diff, goldenSide(expected, ""), replaySide(actual, rec, ""))
          : [],
      proposal: agrees ? null : this.proposal(text),
      unused,
    };
  }

  accept(): Verdict {
    const { path, style, actual } = this;
    const { golden, problem } = this.readForAccept();
    const compared = golden === null ? null : this.difference(golden);
    const changed =
      compared?.diff.first !== null ||
      JSON.stringify(golden?.header) !== JSON.stringify(actual.header);
    const lines = problem === null ? [] : [`golden: cannot be used and is replaced: ${problem}`];
    if (compared === null) {
      if (problem === null) lines.push(`golden: new (${path})`);
    } else if (compared.diff.first === null) {
      lines.push(`golden: ${changed ? "header changed" : "unchanged"} (${path})`);
    } else lines.push(...this.report(compared.diff, compared.expected));
    const differences = compared?.diff.differences ?? [];
    const own = compared ?? this.difference(actual);
    lines.push(...own.lines);
    const rest = { differences, places: [], markdown: [], proposal: null, unused: own.unused };
    if (isCi()) {
      const ci = "golden: nothing written: CI only checks";
      const code = changed ? exitCode.differs : exitCode.agrees;
      return { ...rest, code, word: changed ? "not accepted" : "agrees", lines: [...lines, ci] };
    }
    if (!changed) return { ...rest, code: exitCode.agrees, word: "agrees", lines };
    writeGoldenText(path, this.text());
    lines.push(`golden: ${style.green("accepted")} (${path})`);
    return { ...rest, code: exitCode.agrees, word: "accepted", lines };
  }

  /** The difference in what is promised, and what is said about what is not. */
  private difference(golden: Golden) {
    const { declarations } = this.replayed;
    // Its rows keep their place in the file.
    const index = { fences: golden.fences.map(at), registers: golden.registers.map(at) };
    const indexed: BuiltGolden = { ...golden, index };
    const { golden: expected, counts: expectedCounts } = maskGolden(indexed, declarations);
    const { diff, reordered } = diffPromised(expected, this.actual, declarations);
    const used = this.counts.map((n, i) => n + (expectedCounts[i] ?? 0));
    const unused = unusedDeclarations(declarations, used, reordered);
    const lines = [
      ...notPromised(declarations, this.counts, reordered),
      ...unused.map((what) => `warning: ${this.request.path}:${what}: matches nothing`),
    ];
    return { diff, expected, lines, unused };
  }

  private report(diff: PromisedDifference["diff"], expected: Golden): string[] {
    return differenceReport(diff, expected, this.actual, this.replayed.rec, this.style);
  }

  /** The golden that would be written. */
  private text(): string {
    const { revision, profile } = this.actual.header;
    const options = `--revision ${revision} --profile ${profile}`;
    return printGolden(this.actual, reproduceCommand(this.request.path, options));
  }

  private proposal(before: string | null): Proposal | null {
    if (this.request.golden !== "review") return null;
    const instead = before === null ? null : contentDigest(before);
    return { path: this.path, text: this.text(), instead };
  }

  /** A golden that is damaged or of another format is there to be replaced. */
  private readForAccept(): { golden: Golden | null; problem: string | null } {
    try {
      const text = readGoldenText(this.path);
      return { golden: text === null ? null : parseGolden(text, this.path), problem: null };
    } catch (error) {
      if (error instanceof GoldenError) return { golden: null, problem: error.message };
      throw error;
    }
  }
}
