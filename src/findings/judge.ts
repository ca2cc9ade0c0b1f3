// Judges a finding: its trace is replayed at the revision that has it and at the one that does not.
// It must be caught at the first, by everything that is declared to catch it, and the second must be
// quiet: a clean end, every expectation met, no invariant violated, no such warning.

import * as Effect from "effect/Effect";
import { catchText, type CatchResult, Evidence } from "../corpus/judge.ts";
import { type CorpusRun, loadTrace, runRevision } from "../corpus/run.ts";
import { tracePath } from "../corpus/trace-path.ts";
import { catalog } from "../revision/catalog.ts";
import type { Catch } from "../revision/catch.ts";
import type { Finding, Shown } from "../revision/finding.ts";
import { parseRevision } from "../revision/revision.ts";

export type FindingVerdict =
  /** Caught where it is, quiet where it is not. */
  | "caught"
  /** Something that is declared to catch it does not. */
  | "missed"
  /** The revision that should not have it raises something, too. */
  | "not quiet"
  | "cannot show"
  /** It cannot be judged: the trace or a revision does not exist, a defect of the model. */
  | "error";

export interface FindingResult {
  readonly id: string;
  readonly series: string;
  readonly title: string;
  readonly status: string;
  readonly verdict: FindingVerdict;
  readonly trace: string | null;
  readonly has: string | null;
  readonly hasNot: string | null;
  readonly profile: string | null;
  /** The sources leave the mechanism open: what was modelled. */
  readonly candidate: string | null;
  /** Which part of the finding the trace shows; null: all of it. */
  readonly part: string | null;
  readonly catches: readonly CatchResult[];
  /** What the revision without the finding raises; empty when it is quiet. */
  readonly noise: readonly string[];
  /** Why no timeline can show it, or why it cannot be judged. */
  readonly reason: string | null;
  /** Other readings of its mechanism; the verdict above is theirs as well where one fails. */
  readonly others: readonly FindingResult[];
}

/** Judges one finding on the traces of a folder, with all its readings. Never throws. */
export function judgeFinding(finding: Finding, series: string, traces: string): FindingResult {
  const first = judgeReading(finding, series, traces);
  const others = (finding.others ?? []).map((exposure) =>
    judgeReading({ ...finding, exposure }, series, traces),
  );
  const failed = others.find(({ verdict }) => verdict !== "caught");
  const verdict = first.verdict === "caught" ? (failed?.verdict ?? "caught") : first.verdict;
  return { ...first, verdict, others };
}

function judgeReading(finding: Finding, series: string, traces: string): FindingResult {
  const { id, title, status, exposure } = finding;
  const about = { id, series, title, status, others: [] };
  if (exposure.kind === "cannot show") {
    return {
      ...about,
      verdict: "cannot show",
      trace: null,
      has: null,
      hasNot: null,
      profile: null,
      candidate: null,
      part: null,
      catches: [],
      noise: [],
      reason: exposure.reason,
    };
  }
  const { trace, has, hasNot, profile = null, candidate = null, part = null } = exposure;
  const where = { ...about, trace, has, hasNot, profile, candidate, part };
  try {
    const { catches, noise } = judgeShown(exposure, traces);
    const caught = catches.length > 0 && catches.every((c) => c.found !== null);
    const verdict = !caught ? "missed" : noise.length > 0 ? "not quiet" : "caught";
    return { ...where, catches, noise, verdict, reason: null };
  } catch (error) {
    const reason = (error as Error).message;
    return { ...where, catches: [], noise: [], verdict: "error", reason };
  }
}

function judgeShown(exposure: Shown, traces: string) {
  const script = loadTrace(tracePath(traces, exposure.trace));
  const at = (name: string): CorpusRun =>
    runRevision(script, Effect.runSync(parseRevision(name, catalog)), exposure.profile);
  const without = at(exposure.hasNot);
  const evidence = new Evidence(without, at(exposure.has));
  const catches = exposure.catches.map((c) => ({ by: catchText(c), found: evidence.find(c) }));
  return { catches, noise: noiseOf(without, exposure.catches) };
}

/** What should not be in a replay of a revision that does not have a finding. */
function noiseOf(run: CorpusRun, catches: readonly Catch[]): string[] {
  const warnings = catches.flatMap((c) => (c.by === "warning" ? [c.of] : []));
  return [
    ...run.end.slice(0, 1),
    ...run.unmet,
    ...run.violated.map((name) => `check ${name}`),
    ...run.log.filter((line) => warnings.some((of) => of.test(line))),
  ];
}
