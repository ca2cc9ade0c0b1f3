// Replays the matrix of a manifest on workers, judges each replay by its golden, and reports the
// goldens that nothing names. Writes nothing.

import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { goldenPath } from "../golden/store.ts";
import { fails, type GateCase, gateText, type GateVerdict, gateVerdicts } from "../report/gate.ts";
import { githubAnnotations } from "../report/github.ts";
import { junitXml } from "../report/junit.ts";
import { ktap } from "../report/ktap.ts";
import { ansiStyle, noStyle } from "../report/text.ts";
import type { CheckFormat } from "./check.ts";
import { choose } from "./choose.ts";
import { exitCode, gravest } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { type ManifestRow, readManifest } from "./manifest.ts";
import { wantsColour } from "./output.ts";
import { runPool } from "./pool.ts";
import { makeProgress } from "./progress.ts";
import { reasonOf } from "./read-text.ts";
import type { ReplayOutcome, ReplayRequest } from "./replay-one.ts";

export interface CheckOptions {
  readonly manifest: string;
  readonly goldenRoot: string;
  readonly format: CheckFormat;
}

/** One replay of the matrix. */
interface Cell {
  readonly name: string;
  readonly path: string;
  readonly golden: string;
  readonly revision: string;
  readonly profile: string;
}

/** Runs and prints; the exit code is the gravest of all cases'. */
export async function runCheck({ manifest, goldenRoot, format }: CheckOptions): Promise<number> {
  const cells = cellsOf(readManifest(manifest), goldenRoot);
  const colour = format === "text" && wantsColour();
  const outcomes = await replayAll(cells, goldenRoot, colour);
  const cases = [
    ...cells.map((cell, i) => caseOf(cell, outcomes[i])),
    ...obsoleteGoldens(goldenRoot, new Set(cells.map((c) => c.golden))),
  ];
  const lines =
    format === "json"
      ? [JSON.stringify(checkJson(cells, outcomes, cases), null, 2)]
      : print(format, cases, colour);
  process.stdout.write(`${lines.join("\n")}\n`);
  const obsolete = cases.some(fails) ? exitCode.differs : exitCode.agrees;
  return gravest([obsolete, ...outcomes.map((o) => o.exitCode)]);
}

function print(format: CheckFormat, cases: readonly GateCase[], colour: boolean): string[] {
  if (format === "junit") return junitXml(cases);
  if (format === "ktap") return ktap(cases);
  if (format === "github") return githubAnnotations(cases);
  return gateText(cases, colour ? ansiStyle : noStyle);
}

/** The replays that a manifest asks for, each once however many rows name it. */
function cellsOf(rows: readonly ManifestRow[], goldenRoot: string): Cell[] {
  const cells = new Map<string, Cell>();
  for (const row of rows) {
    for (const path of row.traces) {
      for (const revision of row.revisions) {
        for (const profile of row.profiles) {
          const cell = cellOf(path, revision, profile, goldenRoot);
          const other = cells.get(cell.golden);
          if (other !== undefined && other.path !== path) {
            throw new InputError(
              `${row.place}:1: DuplicateName: ${path} and ${other.path} ` +
                `have the same name and would share ${cell.golden}`,
            );
          }
          cells.set(cell.golden, cell);
        }
      }
    }
  }
  return [...cells.values()];
}

function cellOf(
  path: string,
  wantedRevision: string | null,
  wantedProfile: string | null,
  goldenRoot: string,
): Cell {
  const chosen = choose({ path, revision: wantedRevision, profile: wantedProfile });
  const { trace, revision, profileName } = chosen;
  const id = { revision: revision.id, profile: profileName, trace: trace.name };
  return {
    name: `${id.revision}/${id.profile}/${id.trace}`,
    path,
    golden: goldenPath(goldenRoot, id),
    revision: revision.id,
    profile: profileName,
  };
}

async function replayAll(
  cells: readonly Cell[],
  goldenRoot: string,
  colour: boolean,
): Promise<ReplayOutcome[]> {
  const requests = cells.map(({ path, revision, profile }): ReplayRequest => ({
    path,
    revision,
    profile,
    seed: null,
    golden: "check",
    goldenRoot,
    timeline: "none",
    colour,
  }));
  const progress = makeProgress();
  progress.update(`0/${cells.length}`);
  try {
    return await runPool<ReplayRequest, ReplayOutcome>(requests, {
      worker: new URL("./worker.js", import.meta.url),
      onResult: (outcome, i, done) =>
        progress.update(`${done}/${cells.length} ${cells[i].name} ${outcome.verdict}`),
    });
  } finally {
    progress.end();
  }
}

function caseOf(cell: Cell, outcome: ReplayOutcome): GateCase {
  const { name, path: file, golden } = cell;
  const verdict = gateVerdicts.find((v) => v === outcome.verdict) ?? "defect";
  const summary = summaryOf(verdict, golden, outcome);
  return { name, file, verdict, summary, lines: linesOf(verdict, cell, outcome) };
}

function linesOf(verdict: GateVerdict, cell: Cell, { lines }: ReplayOutcome): readonly string[] {
  if (verdict === "agrees") return [];
  if (verdict !== "no golden") return lines;
  const options = `--revision ${cell.revision} --profile ${cell.profile}`;
  return [
    `${cell.golden}: missing; read the timeline, then accept it:`,
    `  panthor-replay accept ${cell.path} ${options}`,
  ];
}

function summaryOf(verdict: GateVerdict, golden: string, { json, lines }: ReplayOutcome): string {
  switch (verdict) {
    case "agrees":
      return "";
    case "no golden":
      return `${golden} is missing`;
    case "differs": {
      const differences = json["differences"] as readonly { readonly detail: string }[];
      const more = differences.length > 1 ? `, and ${differences.length - 1} more` : "";
      return `${differences[0]?.detail ?? "differs"}${more}`;
    }
    case "finding":
      return (json["findings"] as readonly string[])[0] ?? "";
    default:
      return lines[0] ?? "";
  }
}

/** Golden files of the folder that no row of the manifest names. */
function obsoleteGoldens(goldenRoot: string, named: ReadonlySet<string>): GateCase[] {
  return goldenFiles(goldenRoot)
    .filter((path) => !named.has(path))
    .map((path) => ({
      name: relative(goldenRoot, path).replace(/\.golden$/, ""),
      file: path,
      verdict: "obsolete" as const,
      summary: "no row of the manifest names this golden",
      lines: [`${path}: obsolete: no row of the manifest names it; remove it or add a row`],
    }));
}

function goldenFiles(dir: string): string[] {
  let entries;
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new InputError(`${dir}: ${reasonOf(error)}`);
  }
  // Code unit order: the same on every machine, whatever its locale.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return goldenFiles(path);
    // What a killed `accept` left behind begins with a dot.
    return entry.name.endsWith(".golden") && !entry.name.startsWith(".") ? [path] : [];
  });
}

function checkJson(
  cells: readonly Cell[],
  outcomes: readonly ReplayOutcome[],
  cases: readonly GateCase[],
): unknown {
  return {
    passes: !cases.some(fails),
    cases: cases.map(({ name, file, verdict, summary }, i) => {
      const { digest, findings, differences, error } = outcomes[i]?.json ?? {};
      const golden = cells[i]?.golden ?? file;
      return { name, file, golden, verdict, summary, digest, findings, differences, error };
    }),
  };
}
