// The golden gate as GitHub workflow commands: an annotation at the file of each case that fails.

import { fails, gateCounts, type GateCase } from "./gate.ts";

/** GitHub cuts what is longer. */
const messageMax = 4000;

/** One workflow command for each failing case, then the counts as plain text. */
export function githubAnnotations(cases: readonly GateCase[]): string[] {
  const lines = cases.filter(fails).map((c) => {
    const title = `${c.verdict}: ${c.name}`;
    const text = [c.summary, ...c.lines].filter((l, i) => i > 0 || l !== "").join("\n");
    const place = `file=${property(c.file)},line=1`;
    return `::error ${place},title=${property(title)}::${data(text.slice(0, messageMax))}`;
  });
  return [...lines, gateCounts(cases)];
}

function data(text: string): string {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function property(text: string): string {
  return data(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
