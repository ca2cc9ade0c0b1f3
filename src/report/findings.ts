// The table of all findings: as text, as Markdown, and its totals.

import type { FindingResult, FindingVerdict } from "../findings/judge.ts";
import { columns } from "./text.ts";

const header = ["finding", "trace", "has it", "has it not", "caught by", "status", "result"];

/** Findings one a line, what is wrong and why some cannot show, totals. */
export function findingsText(results: readonly FindingResult[]): string[] {
  const lines = columns([header, ...results.flatMap(rows)]);
  const notes = readings(results).flatMap(problems);
  const silent = results
    .filter((r) => r.verdict === "cannot show")
    .map((r) => `${r.id} cannot show: ${r.reason}`);
  const candidates = readings(results).flatMap((r) =>
    r.candidate === null ? [] : [`${r.id} is a candidate: ${r.candidate}`],
  );
  const parts = readings(results).flatMap((r) =>
    r.part === null ? [] : [`${r.id} is shown in part: ${r.part}`],
  );
  for (const part of [candidates, parts, silent, notes])
    if (part.length > 0) lines.push("", ...part);
  return [...lines, "", ...totalsText(results)];
}

/** The same as a Markdown document. */
export function findingsMarkdown(results: readonly FindingResult[]): string[] {
  const cells = (items: readonly string[]): string =>
    `| ${items.map((item) => item.replaceAll("|", "\\|")).join(" | ")} |`;
  const head = ["finding", "what", ...header.slice(1)];
  const table = [
    cells(head),
    cells(head.map(() => "---")),
    ...results.flatMap((r) =>
      rows(r).map(([id, ...rest], i) => cells([id, i === 0 ? r.title : "", ...rest])),
    ),
  ];
  const list = (title: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : ["", `**${title}**`, "", ...items.map((item) => `- ${item}`)];
  const silent = results.filter((r) => r.verdict === "cannot show");
  const candidates = readings(results).filter((r) => r.candidate !== null);
  const parts = readings(results).filter((r) => r.part !== null);
  return [
    ...table,
    ...list(
      "Modelled as a candidate",
      candidates.map((r) => `${r.id}: ${r.candidate}`),
    ),
    ...list(
      "Shown in part",
      parts.map((r) => `${r.id}: ${r.part}`),
    ),
    ...list(
      "Cannot show in a timeline",
      silent.map((r) => `${r.id}: ${r.reason}`),
    ),
    ...list("To be looked at", readings(results).flatMap(problems)),
    "",
    ...totalsText(results),
  ];
}

/** Every reading of every finding. */
const readings = (results: readonly FindingResult[]): FindingResult[] =>
  results.flatMap((r) => [r, ...r.others]);

/** The finding, and its other readings below it. */
const rows = (r: FindingResult): string[][] => [
  row(r),
  ...r.others.map((other) => ["", ...row(other).slice(1)]),
];

function row(r: FindingResult): string[] {
  const by = [...new Set(r.catches.filter((c) => c.found !== null).map((c) => c.by))];
  const dash = (text: string | null): string => text ?? "-";
  const candidate = r.candidate !== null && r.verdict === "caught" ? ", candidate" : "";
  const profile = r.profile === null ? "" : ` (${r.profile})`;
  return [
    r.id,
    r.trace === null ? "-" : `${r.trace}${profile}`,
    dash(r.has),
    dash(r.hasNot),
    by.join(", ") || "-",
    r.status,
    `${r.verdict}${candidate}`,
  ];
}

/** What keeps a finding from being caught and quiet. */
function problems(r: FindingResult): string[] {
  switch (r.verdict) {
    case "error":
      return [`${r.id}: cannot be judged: ${r.reason}`];
    case "missed":
      return r.catches.length === 0
        ? [`${r.id}: nothing is declared to catch it`]
        : r.catches.flatMap((c) => (c.found === null ? [`${r.id}: not caught by ${c.by}`] : []));
    case "not quiet":
      return r.noise.map((line) => `${r.id}: ${r.hasNot} is not quiet: ${line}`);
    case "caught":
    case "cannot show":
      return [];
  }
}

export type FindingTotals = Readonly<Record<FindingVerdict, number>> & { readonly all: number };

export function findingTotals(results: readonly FindingResult[]): FindingTotals {
  const count = (verdict: FindingVerdict): number =>
    results.filter((r) => r.verdict === verdict).length;
  return {
    all: results.length,
    caught: count("caught"),
    missed: count("missed"),
    "not quiet": count("not quiet"),
    "cannot show": count("cannot show"),
    error: count("error"),
  };
}

/** Everything that can show is caught where it is and quiet where it is not. */
export function findingsPass(results: readonly FindingResult[]): boolean {
  const t = findingTotals(results);
  return t.caught + t["cannot show"] === t.all;
}

function totalsText(results: readonly FindingResult[]): string[] {
  return [...new Set(results.map((r) => r.series))].map((series) => {
    const t = findingTotals(results.filter((r) => r.series === series));
    const can = t.all - t["cannot show"];
    const rest = (["missed", "not quiet", "error"] as const)
      .filter((verdict) => t[verdict] > 0)
      .map((verdict) => `, ${t[verdict]} ${verdict}`)
      .join("");
    const silent = t["cannot show"] === 0 ? "" : `, ${t["cannot show"]} cannot show`;
    return `${series}: ${t.caught} of ${can} caught and quiet${rest}${silent}`;
  });
}
