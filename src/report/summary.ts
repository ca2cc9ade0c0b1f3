// The summary of a replay, as a driver author reads it.

import type { BuiltGolden } from "../golden/build.ts";
import type { FenceRow } from "../golden/model.ts";
import { formatUs } from "../golden/print.ts";
import { jobFences, latencyTable, stageLine, stageStatistics } from "./latency.ts";
import { columns, plural, type Style } from "./text.ts";

export interface SummaryInput {
  readonly golden: BuiltGolden;
  readonly entries: number;
  readonly digest: string;
  /** Virtual time that the replay took, ns. */
  readonly durationNs: number;
  /** Deadlock, budget, unmet expectations: one line each. */
  readonly findings: readonly string[];
}

/** Jobs listed one by one; more become a table of statistics. */
const jobsListedMax = 4;
const logLinesMax = 20;

/** The lines of a summary, without the verdict against the golden. */
export function summaryLines(input: SummaryInput, style: Style): string[] {
  const { golden } = input;
  const { header } = golden;
  const jobs = jobFences(golden.fences);
  const pending = golden.fences.filter((f) => f.signalled < 0).length;
  const failed = jobs.filter((f) => f.error !== 0).length;
  const rows = [
    ["jobs", jobsText(jobs, failed)],
    [
      "fences",
      `${golden.fences.length - pending} signalled${pending > 0 ? `, ${pending} pending` : ""}`,
    ],
    ["registers", registersText(golden)],
    ["contexts", contextsText(golden)],
    ["time", `${formatUs(input.durationNs)} us virtual, ${plural(input.entries, "entry")}`],
    ["digest", input.digest],
  ];
  const lines = [
    `${style.bold(header.trace)}  ${header.revision}  ${header.profile}  seed ${header.seed}`,
    ...columns(rows).map((l) => `  ${l}`),
    ...latencyLines(jobs),
  ];
  for (const finding of input.findings) lines.push(`  ${style.red("finding")}    ${finding}`);
  lines.push(...logLines(golden, style));
  return lines;
}

function jobsText(jobs: readonly FenceRow[], failed: number): string {
  const done = jobs.filter((f) => f.signalled >= 0 && f.error === 0).length;
  const waiting = jobs.length - done - failed;
  const parts = [`${done} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (waiting > 0) parts.push(`${waiting} not signalled`);
  return parts.join(", ");
}

function registersText(golden: BuiltGolden): string {
  const reads = golden.registers.filter((r) => r.direction === "R").length;
  return `${plural(reads, "read")}, ${plural(golden.registers.length - reads, "write")}`;
}

function contextsText(golden: BuiltGolden): string {
  const counts = new Map<string, number>();
  for (const r of golden.registers) counts.set(r.context, (counts.get(r.context) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = sorted.slice(0, 6).map(([context, n]) => `${context} ${n}`);
  if (sorted.length > 6) shown.push(`and ${sorted.length - 6} more`);
  return shown.join(", ");
}

function latencyLines(jobs: readonly FenceRow[]): string[] {
  const timed = jobs.filter((f) => f.stages.length > 0);
  if (timed.length === 0) return [];
  const lines = ["", "  latency, us"];
  if (timed.length <= jobsListedMax) {
    for (const f of timed) lines.push(`  ${f.fence.padEnd(8)} ${stageLine(f)} by ${f.by}`);
  } else lines.push(...latencyTable(stageStatistics(timed)).map((l) => `  ${l}`));
  return lines;
}

function logLines(golden: BuiltGolden, style: Style): string[] {
  const { log } = golden;
  if (log.length === 0) return ["", `  kernel log: ${style.green("no warnings")}`];
  const lines = ["", `  kernel log: ${style.yellow(plural(log.length, "line"))}`];
  for (const l of log.slice(0, logLinesMax)) {
    lines.push(`  ${formatUs(l.time).padStart(12)}  ${l.level.padEnd(4)}  ${l.text}`);
  }
  if (log.length > logLinesMax) lines.push(`  and ${log.length - logLinesMax} more`);
  return lines;
}
