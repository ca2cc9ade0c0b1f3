// Replays the matrix of a manifest on workers, judges each replay by its golden, and reports the
// goldens that nothing names. Writes nothing.

import { writeFileSync } from "node:fs";
import { type CheckFormat, type GateInfo, printGate } from "../report/formats.ts";
import { fails, type GateCase } from "../report/gate.ts";
import { ansiStyle, noStyle } from "../report/text.ts";
import { exitCode, gravest } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { readManifest } from "./manifest.ts";
import { caseOf, cellsOf, obsoleteGoldens, replayCells, unusedDeclarations } from "./matrix.ts";
import { wantsColour } from "./output.ts";
import { project } from "./project.ts";
import { reasonOf } from "./read-text.ts";
import { sourceOf } from "./source.ts";

export interface CheckOptions {
  readonly manifest: string;
  readonly goldenRoot: string;
  readonly format: CheckFormat;
  /** Reports written to files besides. */
  readonly outputs: readonly { readonly format: CheckFormat; readonly file: string }[];
}

/** Runs and prints; the exit code is the gravest of all cases'. */
export async function runCheck(o: CheckOptions): Promise<number> {
  const { goldenRoot, format, outputs } = o;
  const formats = [format, ...outputs.map((output) => output.format)];
  const cells = cellsOf(readManifest(o.manifest), goldenRoot);
  const colour = formats.every((f) => f === "text") && outputs.length === 0 && wantsColour();
  const places = formats.some((f) => f === "sarif" || f === "github");
  const markdown = formats.includes("markdown");
  const request = { golden: "check", goldenRoot, colour, places, markdown } as const;
  const outcomes = await replayCells(cells, request);
  const cases: GateCase[] = [
    ...cells.map((cell, i) => caseOf(cell, outcomes[i])),
    ...obsoleteGoldens(goldenRoot, new Set(cells.map((c) => c.golden))),
    ...unusedDeclarations(cells, outcomes),
  ];
  const info: GateInfo = {
    style: colour ? ansiStyle : noStyle,
    origin: project().origin,
    source: formats.some((f) => f === "kcidb" || f === "sarif") ? sourceOf() : null,
  };
  for (const output of outputs) {
    writeReport(output.file, printGate(output.format, cases, info));
  }
  process.stdout.write(`${printGate(format, cases, info).join("\n")}\n`);
  const failed = cases.some(fails) ? exitCode.differs : exitCode.agrees;
  return gravest([failed, ...outcomes.map((outcome) => outcome.exitCode)]);
}

function writeReport(file: string, lines: readonly string[]): void {
  try {
    writeFileSync(file, `${lines.join("\n")}\n`);
  } catch (error) {
    throw new InputError(`${file}:1:1: cannot be written: ${reasonOf(error)}`);
  }
}
