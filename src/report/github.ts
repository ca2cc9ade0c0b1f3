// The golden gate as GitHub workflow commands: an annotation at the file of each case that fails.

import { fails, findingLine, gateCounts, type GateCase, placeOf } from "./gate.ts";

/** GitHub cuts what is longer. */
const messageMax = 4000;

/** One workflow command for each failing case, then the counts as plain text. */
export function githubAnnotations(cases: readonly GateCase[]): string[] {
  const lines = cases.filter(fails).map((c) => {
    const title = `${c.verdict}: ${c.name}`;
    const text = [c.summary, ...c.lines].filter((l, i) => i > 0 || l !== "").join("\n");
    const { file, line } = annotated(c);
    const place = `file=${property(file)},line=${line}`;
    return `::error ${place},title=${property(title)}::${data(text.slice(0, messageMax))}`;
  });
  return [...lines, gateCounts(cases)];
}

/** Where the first thing that is wrong is: in the golden, else in the trace. */
function annotated(c: GateCase): { readonly file: string; readonly line: number } {
  const { file, golden, findings = [], places = [], lines } = c;
  const finding = findings.length > 0 ? findingLine(findings[0]) : null;
  if (finding !== null) return { file, line: finding };
  const place = places.find((p) => p.golden !== null || p.trace !== null);
  if (place?.golden != null && golden !== undefined) return { file: golden, line: place.golden };
  return { file, line: place?.trace ?? placeOf(lines[0] ?? "")?.line ?? 1 };
}

function data(text: string): string {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function property(text: string): string {
  return data(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
