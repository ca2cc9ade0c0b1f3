// The matrix of a manifest: which replays it asks for, replaying them on workers, and what became of
// each as a case of the gate. `check` and `review` share it.

import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { goldenPath } from "../golden/store.ts";
import { type GateCase, type GateVerdict, gateVerdicts } from "../report/gate.ts";
import { choose } from "./choose.ts";
import { InputError } from "./input-error.ts";
import type { ManifestRow } from "./manifest.ts";
import { runPool } from "./pool.ts";
import { makeProgress } from "./progress.ts";
import { acceptCommand } from "./project.ts";
import { reasonOf } from "./read-text.ts";
import type { ReplayOutcome, ReplayRequest } from "./replay-one.ts";

/** One replay of the matrix. */
export interface Cell {
  /** `<revision>/<profile>/<trace>`. */
  readonly name: string;
  /** The trace's file. */
  readonly path: string;
  readonly golden: string;
  readonly trace: string;
  readonly revision: string;
  readonly profile: string;
}

/** The replays that a manifest asks for, each once however many rows name it. */
export function cellsOf(rows: readonly ManifestRow[], goldenRoot: string): Cell[] {
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
    ...id,
    name: `${id.revision}/${id.profile}/${id.trace}`,
    path,
    golden: goldenPath(goldenRoot, id),
  };
}

/** How the replays of a matrix are asked for. */
export type MatrixRequest = Pick<
  ReplayRequest,
  "golden" | "goldenRoot" | "colour" | "places" | "markdown"
>;

/** Replays the cells on workers, with progress; outcomes in the order of the cells. */
export async function replayCells(
  cells: readonly Cell[],
  request: MatrixRequest,
): Promise<ReplayOutcome[]> {
  const requests = cells.map(({ path, revision, profile }): ReplayRequest => ({
    ...request,
    path,
    revision,
    profile,
    seed: null,
    timeline: "none",
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

/** What became of a cell. */
export function caseOf(cell: Cell, outcome: ReplayOutcome): GateCase {
  const { name, path: file, golden, trace, revision, profile } = cell;
  const verdict = gateVerdicts.find((v) => v === outcome.verdict) ?? "defect";
  const summary = summaryOf(verdict, golden, outcome);
  const { digest, findings, differences, places, markdown, error } =
    outcome.json as Partial<GateCase>;
  return {
    ...{ name, file, golden, trace, revision, profile, verdict, summary },
    lines: linesOf(verdict, cell, outcome),
    ...{ digest, findings, differences, places, markdown, error },
  };
}

function linesOf(verdict: GateVerdict, cell: Cell, { lines }: ReplayOutcome): readonly string[] {
  if (verdict === "agrees") return [];
  if (verdict !== "no golden") return lines;
  const options = ` --revision ${cell.revision} --profile ${cell.profile}`;
  return [
    `${cell.golden}: missing; read the timeline, then accept it:`,
    `  ${acceptCommand(cell.path, options)}`,
  ];
}

function summaryOf(verdict: GateVerdict, golden: string, { json, lines }: ReplayOutcome): string {
  switch (verdict) {
    case "agrees":
      return "";
    case "no golden":
      return `${golden} is missing`;
    case "differs": {
      if (typeof json["summary"] === "string") return json["summary"];
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
export function obsoleteGoldens(goldenRoot: string, named: ReadonlySet<string>): GateCase[] {
  return goldenFiles(goldenRoot)
    .filter((path) => !named.has(path))
    .map((path) => ({
      name: relative(goldenRoot, path).replace(/\.golden$/, ""),
      file: path,
      golden: path,
      verdict: "obsolete" as const,
      summary: "no row of the manifest names this golden",
      lines: [`${path}: obsolete: no row of the manifest names it; remove it or add a row`],
    }));
}

/**
 * Declarations of traces that match nothing in any replay of the matrix: they hide nothing, so they
 * are misspelled or out of date.
 */
export function unusedDeclarations(
  cells: readonly Cell[],
  outcomes: readonly ReplayOutcome[],
): GateCase[] {
  const unused = new Map<string, Set<string>>();
  cells.forEach(({ path }, i) => {
    const { verdict, json } = outcomes[i];
    // Nothing can be said where there was no comparison.
    if (!["agrees", "differs", "finding"].includes(verdict)) return;
    const here = (json["unused"] ?? []) as readonly string[];
    const before = unused.get(path);
    unused.set(path, new Set(before === undefined ? here : here.filter((u) => before.has(u))));
  });
  return [...unused].flatMap(([path, list]) => {
    if (list.size === 0) return [];
    const lines = [...list].map((what) => `${path}:${what}: declared, and matches nothing`);
    const name = `declarations/${path.replace(/^.*\//, "").replace(/\.ya?ml$/, "")}`;
    return [{ name, file: path, verdict: "unused declaration", summary: lines[0], lines }];
  });
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
