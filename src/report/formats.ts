// The output formats of the golden gate.

import { type GateCase, fails, gateText } from "./gate.ts";
import { gateMarkdown } from "./gate-markdown.ts";
import { githubAnnotations } from "./github.ts";
import { junitXml } from "./junit.ts";
import { type KcidbSource, kcidbReport } from "./kcidb.ts";
import { ktap } from "./ktap.ts";
import { sarifLog } from "./sarif.ts";
import type { Style } from "./text.ts";

export const checkFormats = [
  "text",
  "json",
  "junit",
  "ktap",
  "github",
  "kcidb",
  "sarif",
  "markdown",
] as const;
export type CheckFormat = (typeof checkFormats)[number];

export interface GateInfo {
  readonly style: Style;
  /** Name of the CI system in KCIDB. */
  readonly origin: string;
  /** The commit that was checked, where it is known. */
  readonly source: KcidbSource | null;
}

/** The lines of a report. */
export function printGate(
  format: CheckFormat,
  cases: readonly GateCase[],
  { style, origin, source }: GateInfo,
): string[] {
  switch (format) {
    case "text":
      return gateText(cases, style);
    case "json":
      return [JSON.stringify(gateJson(cases), null, 2)];
    case "junit":
      return junitXml(cases);
    case "ktap":
      return ktap(cases);
    case "github":
      return githubAnnotations(cases);
    case "kcidb":
      return [JSON.stringify(kcidbReport(cases, origin, source), null, 2)];
    case "sarif":
      return [JSON.stringify(sarifLog(cases, source), null, 2)];
    case "markdown":
      return gateMarkdown(cases);
  }
}

function gateJson(cases: readonly GateCase[]): unknown {
  return {
    passes: !cases.some(fails),
    cases: cases.map((c) => {
      const { name, file, golden = file, verdict, summary, digest, findings, differences } = c;
      const { error } = c;
      return { name, file, golden, verdict, summary, digest, findings, differences, error };
    }),
  };
}
