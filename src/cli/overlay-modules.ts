// Loads the overlay modules that a config file names and makes bases and series of what they
// define. Whatever is wrong with a module is an error at its entry in the config file.

import { readdirSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { PatchDefinition, SeriesDefinition } from "../overlay/definition.ts";
import type { BaseDefinition, OverlayModule } from "../overlay/definition.ts";
import { baseDriver } from "../replay/base-driver.ts";
import { overlayProblem } from "../replay/check-overlays.ts";
import type { Patch } from "../revision/patch.ts";
import type { Base, Catalog, Series } from "../revision/series.ts";
import { nearest } from "../trace/suggest.ts";
import type { OverlayEntry } from "./config.ts";
import { InputError } from "./input-error.ts";

type Fail = (reason: string) => never;

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;

/** What the modules add to `catalog`. Throws `InputError`. */
export async function loadOverlays(
  entries: readonly OverlayEntry[],
  catalog: Catalog,
  /** Whether the operations are compared with the driver's: takes some milliseconds. */
  checked: boolean,
): Promise<Catalog> {
  const added = { bases: [] as Base[], series: [] as Series[] };
  for (const { path, place } of entries) {
    const fail: Fail = (reason) => {
      throw new InputError(`${place}: BadOverlay: ${path}: ${reason}`);
    };
    const { bases, series } = await importModule(path, fail);
    for (const base of bases ?? []) {
      checkId("base", base, [...catalog.bases, ...added.bases, ...catalog.series], fail);
      added.bases.push({ ...base, patches: patchesOf("base", base, fail) });
    }
    for (const one of series ?? []) {
      checkId("series", one, [...catalog.series, ...added.series, ...catalog.bases], fail);
      const base = one.base ?? "linux-7.3";
      const known = [...catalog.bases, ...added.bases].map(({ id }) => id);
      if (!known.includes(base)) {
        const near = nearest(base, known);
        const hint = near === undefined ? "" : `; did you mean ${near}?`;
        fail(`series ${one.id} is on base ${base}, known are ${known.join(", ")}${hint}`);
      }
      added.series.push({ ...one, base, patches: patchesOf("series", one, fail) });
    }
    if (checked) checkOperations([...(bases ?? []), ...(series ?? [])], fail);
  }
  return added;
}

async function importModule(path: string, fail: Fail): Promise<OverlayModule> {
  if (!isFile(path)) fail(`no such file${hintFor(path)}`);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (error) {
    return fail(`cannot be loaded: ${String((error as Error).message ?? error).split("\n")[0]}`);
  }
  const exported = { ...(module["default"] as object | undefined), ...module };
  const { series, bases } = exported as Readonly<Record<string, unknown>>;
  if (series === undefined && bases === undefined) {
    fail(`exports neither series nor bases; it has ${Object.keys(module).join(", ") || "nothing"}`);
  }
  for (const [name, list] of Object.entries({ series, bases })) {
    if (list !== undefined && !Array.isArray(list)) fail(`its ${name} are no list`);
  }
  return { series, bases } as OverlayModule;
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function hintFor(path: string): string {
  try {
    const near = nearest(basename(path), readdirSync(dirname(path)));
    return near === undefined ? "" : `; did you mean ${near}?`;
  } catch {
    return "";
  }
}

function checkId(
  what: string,
  { id, title }: BaseDefinition | SeriesDefinition,
  others: readonly { readonly id: string }[],
  fail: Fail,
): void {
  if (typeof id !== "string" || !idPattern.test(id)) {
    fail(`${what} ${String(id)}: an id is letters, digits, . _ / and -`);
  }
  if (typeof title !== "string") fail(`${what} ${id} has no title`);
  if (others.some((other) => other.id === id)) fail(`${what} ${id} is there already`);
}

function patchesOf(
  what: string,
  { id, patches }: BaseDefinition | SeriesDefinition,
  fail: Fail,
): Patch[] {
  if (!Array.isArray(patches)) fail(`${what} ${id} has no list of patches`);
  return patches.map((patch: PatchDefinition, i): Patch => {
    const name = `patch ${i + 1} of ${id}`;
    if (typeof patch?.title !== "string") fail(`${name} has no title`);
    if (typeof patch.operations !== "function") fail(`${name} has no function \`operations\``);
    const { title, source = "", observable, operations } = patch;
    const given = { id: patch.id ?? `${id}/${i + 1}`, title, source, observable };
    return { ...given, overlay: operations };
  });
}

function checkOperations(
  definitions: readonly (BaseDefinition | SeriesDefinition)[],
  fail: Fail,
): void {
  const driver = baseDriver();
  for (const { id, patches } of definitions) {
    patches.forEach(({ operations, title }, i) => {
      const name = `patch ${i + 1} of ${id} (${title})`;
      let problem: string | null;
      try {
        problem = overlayProblem(driver, operations);
      } catch (error) {
        problem = `its operations throw: ${(error as Error).message}`;
      }
      if (problem !== null) fail(`${name}: ${problem}`);
    });
  }
}
