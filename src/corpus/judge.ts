// Judges a regression: replays its trace on the unchanged driver and on the one with the bug, and
// looks for everything that is declared to catch it.

import { align, internKeys } from "../diff/align.ts";
import { without } from "../diff/tally.ts";
import { diffGoldens, type GoldenDifference } from "../diff/typed.ts";
import type { Catch } from "../revision/catch.ts";
import type { Regression } from "../revision/corpus/regression.ts";
import type { Patch } from "../revision/patch.ts";
import { printGolden } from "../golden/print.ts";
import { describeEntry } from "../timeline/describe.ts";
import { longest } from "./measures.ts";
import type { Observation } from "./observations.ts";
import { type CorpusRun, loadTrace, runCorpus, sequences } from "./run.ts";
import { tracePath } from "./trace-path.ts";

/** How a catch is written in tables and reports. */
export function catchText(c: Catch): string {
  switch (c.by) {
    case "difference":
      return `${c.section}: ${c.kind}`;
    case "sequence":
      return `${c.aspect}: ${c.kind}`;
    case "event":
      return `event: ${c.kind}`;
    case "measure":
      return `longest ${c.name}`;
    case "warning":
      return "kernel warning";
    case "check":
      return `check ${c.name}`;
    case "result":
      return "wrong result";
    case "deadlock":
      return "deadlock";
  }
}

/** A catch and what it found. */
export interface CatchResult {
  readonly by: string;
  /** The finding; null: not caught. */
  readonly found: string | null;
}

export interface RegressionResult {
  readonly id: string;
  readonly title: string;
  readonly fix: string;
  readonly trace: string;
  readonly catches: readonly CatchResult[];
  readonly caught: boolean;
  /** Why it cannot be judged: the trace does not parse, the base fails, a defect of the model. */
  readonly error: string | null;
}

/** Judges one regression. Never throws. */
export function judgeRegression(regression: Regression, traces: string): RegressionResult {
  const { patch, trace, catches } = regression;
  const { id, title, source: fix } = patch;
  const about = { id: id.replace(/^corpus\//, ""), title, fix, trace };
  try {
    const script = loadTrace(tracePath(traces, trace));
    const base = runCorpus(script, []);
    const mutant = runCorpus(script, [patch]);
    const look = new Evidence(base, mutant);
    const results = catches.map((c) => ({ by: catchText(c), found: look.find(c) }));
    const caught = results.length > 0 && results.every((r) => r.found !== null);
    return { ...about, catches: results, caught, error: null };
  } catch (error) {
    return { ...about, catches: [], caught: false, error: (error as Error).message };
  }
}

export interface ObservationResult {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly trace: string;
  /** What shows it; null: the model does not. */
  readonly shown: string | null;
  readonly error: string | null;
}

/** Judges behaviour that the unchanged driver must show. Never throws. */
export function judgeObservation(observation: Observation, traces: string): ObservationResult {
  const { id, title, source, trace, show } = observation;
  const about = { id, title, source, trace };
  try {
    const run = runCorpus(loadTrace(tracePath(traces, trace)), []);
    return { ...about, shown: show(run), error: null };
  } catch (error) {
    return { ...about, shown: null, error: (error as Error).message };
  }
}

export interface ControlResult {
  readonly trace: string;
  /** Controls whose golden differs, with the first difference. */
  readonly red: readonly { readonly control: string; readonly first: string }[];
  /** Controls that were judged. */
  readonly total: number;
  readonly error: string | null;
}

/** Judges all controls on one trace: their goldens are the base's, byte for byte. Never throws. */
export function judgeControls(controls: readonly Patch[], path: string): ControlResult {
  const total = controls.length;
  try {
    const script = loadTrace(path);
    const base = runCorpus(script, []);
    const text = printGolden(base.golden);
    const red: { control: string; first: string }[] = [];
    for (const control of controls) {
      const { golden } = runCorpus(script, [control]);
      if (printGolden({ ...golden, header: base.golden.header }) === text) continue;
      const { first } = diffGoldens(base.golden, golden);
      red.push({ control: control.id, first: first?.detail ?? "the text differs" });
    }
    return { trace: script.name, red, total, error: null };
  } catch (error) {
    return { trace: path, red: [], total, error: (error as Error).message };
  }
}

/** What two replays of a trace differ in; computed when first asked for. */
export class Evidence {
  private diff: GoldenDifference | null = null;

  constructor(
    private readonly base: CorpusRun,
    private readonly mutant: CorpusRun,
  ) {}

  /** The first thing that the catch matches, as text; null when there is none. */
  find(c: Catch): string | null {
    switch (c.by) {
      case "difference": {
        this.diff ??= diffGoldens(this.base.golden, this.mutant.golden);
        const d = this.diff.differences.find(
          (x) => x.section === c.section && x.kind === c.kind && c.of.test(x.detail),
        );
        return d?.detail ?? null;
      }
      case "sequence":
        return this.inSequence(c);
      case "event":
        return this.inTimeline(c);
      case "measure": {
        const [was, is] = [this.base, this.mutant].map((run) => longest(run, c.name));
        const found =
          "times" in c ? was > 0 && is >= c.times * was : is > c.above && was <= c.above;
        return found ? `${c.name} ${is} ns, was ${was} ns` : null;
      }
      case "warning":
        return without(this.mutant.log, this.base.log).find((l) => c.of.test(l)) ?? null;
      case "check":
        return this.mutant.violated.includes(c.name) && !this.base.violated.includes(c.name)
          ? c.name
          : null;
      case "result":
        return without(this.mutant.unmet, this.base.unmet).find((l) => c.of.test(l)) ?? null;
      case "deadlock":
        if (this.base.end.length > 0) return null;
        return this.mutant.end.find((l) => c.of.test(l)) ?? null;
    }
  }

  private inTimeline(c: Extract<Catch, { by: "event" }>): string | null {
    const [has, lacks] = c.kind === "extra" ? [this.mutant, this.base] : [this.base, this.mutant];
    return firstEntry(lacks, c.of) === null ? firstEntry(has, c.of) : null;
  }

  private inSequence(c: Extract<Catch, { by: "sequence" }>): string | null {
    const a = sequences(this.base)[c.aspect].map((o) => o.key);
    const b = sequences(this.mutant)[c.aspect].map((o) => o.key);
    const [ka, kb] = internKeys(a, b);
    const { left, right } = align(ka, kb);
    const only =
      c.kind === "missing" ? a.filter((_, i) => left[i] < 0) : b.filter((_, i) => right[i] < 0);
    return only.find((key) => c.of.test(key)) ?? null;
  }
}

/** The first entry of the timeline that matches, as text. */
function firstEntry({ result: { rec, from, to } }: CorpusRun, of: RegExp): string | null {
  for (let i = from; i < to; i++) {
    const text = describeEntry(rec, i);
    if (of.test(text)) return text.trim();
  }
  return null;
}
