// The golden gate as KTAP, the kernel's test format (Documentation/dev-tools/ktap.rst): a result
// line for each case, its report before it as diagnostic lines.

import { fails, gateCounts, type GateCase } from "./gate.ts";

/** The lines of a KTAP document. */
export function ktap(cases: readonly GateCase[]): string[] {
  const lines = ["KTAP version 1", `1..${cases.length}`];
  cases.forEach((c, i) => {
    if (fails(c)) lines.push(...c.lines.flatMap((l) => l.split("\n")).map(diagnostic));
    const result = fails(c) ? "not ok" : "ok";
    // A hash would begin a directive.
    const reason = fails(c) ? `: ${c.verdict}` : "";
    lines.push(`${result} ${i + 1} ${c.name.replace(/[#\n\r]/g, "_")}${reason}`);
  });
  lines.push(diagnostic(gateCounts(cases)));
  return lines;
}

function diagnostic(line: string): string {
  return `# ${line}`.trimEnd();
}
