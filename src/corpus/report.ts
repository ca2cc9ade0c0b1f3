// The corpus as a table and as totals.

import type { ControlResult, ObservationResult, RegressionResult } from "./judge.ts";

export interface CorpusResult {
  readonly regressions: readonly RegressionResult[];
  readonly observations: readonly ObservationResult[];
  readonly controls: readonly ControlResult[];
}

/** Rows for columns(): the header first. */
export function corpusRows({ regressions, observations }: CorpusResult): string[][] {
  const rows = [["bug", "trace", "caught by", "status"]];
  for (const r of regressions) {
    const by = r.catches.filter((c) => c.found !== null).map((c) => c.by);
    const status = r.error !== null ? "error" : r.caught ? "caught" : "MISSED";
    rows.push([r.id, r.trace, by.join(", ") || "-", status]);
  }
  for (const o of observations) {
    const status = o.error !== null ? "error" : o.shown !== null ? "shown" : "MISSING";
    rows.push([o.id, o.trace, "seen on 7.3", status]);
  }
  return rows;
}

/** What went wrong, a paragraph each, and the totals. */
export function corpusSummary(result: CorpusResult): string[] {
  const lines: string[] = [];
  for (const r of result.regressions) {
    if (r.error !== null) lines.push(`${r.id}: ${r.error}`);
    for (const c of r.catches) if (c.found === null) lines.push(`${r.id}: not caught by ${c.by}`);
  }
  for (const o of result.observations) {
    if (o.error !== null) lines.push(`${o.id}: ${o.error}`);
    else if (o.shown === null) lines.push(`${o.id}: the model does not show it: ${o.title}`);
  }
  for (const { trace, red, error } of result.controls) {
    if (error !== null) lines.push(`${trace}: ${error}`);
    for (const { control, first } of red) lines.push(`${control} is red on ${trace}: ${first}`);
  }
  if (lines.length > 0) lines.push("");
  const t = corpusTotals(result);
  lines.push(`regressions  ${t.caught}/${t.regressions} caught`);
  lines.push(`behaviour    ${t.shown}/${t.observations} shown by the model`);
  lines.push(`controls     ${t.red}/${t.controls} red`);
  return lines;
}

export interface CorpusTotals {
  readonly caught: number;
  readonly regressions: number;
  readonly shown: number;
  readonly observations: number;
  /** Replays of a control that differ, of all such replays. */
  readonly red: number;
  readonly controls: number;
}

export function corpusTotals({ regressions, observations, controls }: CorpusResult): CorpusTotals {
  const sum = (f: (c: ControlResult) => number): number => controls.reduce((n, c) => n + f(c), 0);
  return {
    caught: regressions.filter((r) => r.caught).length,
    regressions: regressions.length,
    shown: observations.filter((o) => o.shown !== null).length,
    observations: observations.length,
    red: sum((c) => (c.error !== null ? c.total : c.red.length)),
    controls: sum((c) => c.total),
  };
}

/** All caught, all shown, nothing red. */
export function corpusPasses(result: CorpusResult): boolean {
  const t = corpusTotals(result);
  return t.caught === t.regressions && t.shown === t.observations && t.red === 0;
}
