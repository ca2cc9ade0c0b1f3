// Replays the matrix of a manifest on workers, judges each replay by its golden, and reports the
// goldens that nothing names. Writes nothing.

import { type CheckFormat, type GateInfo, printGate } from "../report/formats.ts";
import { fails, type GateCase } from "../report/gate.ts";
import { ansiStyle, noStyle } from "../report/text.ts";
import { exitCode, gravest } from "./exit-codes.ts";
import { readManifest } from "./manifest.ts";
import { caseOf, cellsOf, obsoleteGoldens, replayCells, unusedDeclarations } from "./matrix.ts";
import { wantsColour } from "./output.ts";
import { project } from "./project.ts";
import { sourceOf } from "./source.ts";

export interface CheckOptions {
  readonly manifest: string;
  readonly goldenRoot: string;
  readonly format: CheckFormat;
}

/** Runs and prints; the exit code is the gravest of all cases'. */
export async function runCheck({ manifest, goldenRoot, format }: CheckOptions): Promise<number> {
  const cells = cellsOf(readManifest(manifest), goldenRoot);
  const colour = format === "text" && wantsColour();
  const places = format === "sarif" || format === "github";
  const outcomes = await replayCells(cells, { golden: "check", goldenRoot, colour, places });
  const cases: GateCase[] = [
    ...cells.map((cell, i) => caseOf(cell, outcomes[i])),
    ...obsoleteGoldens(goldenRoot, new Set(cells.map((c) => c.golden))),
    ...unusedDeclarations(cells, outcomes),
  ];
  const info: GateInfo = {
    style: colour ? ansiStyle : noStyle,
    origin: project().origin,
    source: format === "kcidb" || format === "sarif" ? sourceOf() : null,
  };
  process.stdout.write(`${printGate(format, cases, info).join("\n")}\n`);
  const failed = cases.some(fails) ? exitCode.differs : exitCode.agrees;
  return gravest([failed, ...outcomes.map((o) => o.exitCode)]);
}
