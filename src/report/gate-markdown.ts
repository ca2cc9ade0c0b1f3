// The golden gate as Markdown, for a comment on a pull request or a job's summary: what fails in a
// table, then each difference as a person reads it. It stays within what a comment may hold.

import { fails, gateCounts, type GateCase } from "./gate.ts";
import { cell, code, escape, fenced, folded } from "./markdown.ts";
import { plural } from "./text.ts";

/** GitHub refuses comments of more than 65536 characters. */
export const markdownMax = 65_000;
/** Failing cases in the table; the rest is counted. */
const rowsMax = 100;
const summaryMax = 200;
/** Lines of a report that is not a difference. */
const linesMax = 40;

/** The lines of the comment. Sections that do not fit are named by the table, and counted. */
export function gateMarkdown(cases: readonly GateCase[]): string[] {
  const failing = cases.filter(fails);
  const lines = [
    `### Golden gate: ${failing.length === 0 ? "passes" : "fails"}`,
    "",
    gateCounts(cases),
    ...table(failing),
    ...(failing.some((c) => c.markdown !== undefined)
      ? ["", "A: the golden, B: this replay."]
      : []),
  ];
  let left = markdownMax - size(lines);
  let omitted = 0;
  for (const one of failing) {
    const told = section(one);
    // Room for the line that counts what is left out.
    if (size(told) + summaryMax > left) {
      omitted++;
      continue;
    }
    left -= size(told);
    lines.push(...told);
  }
  if (omitted > 0) {
    const them = omitted === 1 ? "is" : "are";
    lines.push("", `The details of ${plural(omitted, "case")} ${them} left out for length.`);
  }
  return lines;
}

const size = (lines: readonly string[]): number => lines.reduce((n, l) => n + l.length + 1, 0);

function table(failing: readonly GateCase[]): string[] {
  if (failing.length === 0) return [];
  const rows = failing.slice(0, rowsMax).map(({ verdict, name, summary }) => {
    const [line] = summary.split("\n");
    const what = line.length > summaryMax ? `${line.slice(0, summaryMax)}...` : line;
    return `| ${verdict} | ${code(name)} | ${cell(what)} |`;
  });
  const rest = failing.length - rowsMax;
  const more = rest > 0 ? ["", `and ${rest} more`] : [];
  return ["", "| verdict | case | what |", "| --- | --- | --- |", ...rows, ...more];
}

function section({ name, verdict, findings = [], markdown = [], lines }: GateCase): string[] {
  const head = ["", `#### ${escape(verdict)}: ${code(name)}`];
  const found = findings.map((f) => `- ${escape(f).replaceAll("\n", "<br>")}`);
  if (found.length > 0) head.push("", ...found);
  if (markdown.length > 0) return [...head, ...markdown];
  if (found.length > 0) return head;
  const rest = lines.length - linesMax;
  const more = rest > 0 ? [`and ${plural(rest, "more line")}`] : [];
  return [...head, "", ...folded("Report", fenced([...lines.slice(0, linesMax), ...more]))];
}
