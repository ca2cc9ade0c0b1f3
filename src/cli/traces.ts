// Which trace files the arguments of a command name.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { nearest } from "../trace/suggest.ts";
import { InputError } from "./input-error.ts";
import { project, traceHint, tracePath } from "./project.ts";
import { reasonOf } from "./read-text.ts";

/** Options that may be meant where an argument begins with a dash and is no file. */
const optionNames = [
  "--revision",
  "--profile",
  "--seed",
  "--json",
  "--timeline",
  "--no-golden",
  "--accept",
  "--golden-root",
  "--config",
  "--help",
];

/** Expands files and folders (recursively, `*.yaml` and `*.yml`), in a fixed order. */
export function findTraces(args: readonly string[]): string[] {
  const out: string[] = [];
  for (const given of args) {
    const arg = tracePath(given) ?? given;
    if (!isFolder(arg)) {
      out.push(arg);
      continue;
    }
    const found = walk(arg);
    if (found.length === 0) {
      throw new InputError(`${arg}: holds no traces; expected files named *.yaml`);
    }
    out.push(...found);
  }
  return [...new Set(out)];
}

function isFolder(arg: string): boolean {
  try {
    return statSync(arg).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw new InputError(`${arg}: ${reasonOf(error)}`);
    }
    if (arg.startsWith("-")) {
      const near = nearest(arg.split("=")[0], optionNames);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      throw new InputError(`${arg}: unknown option; see panthor-replay --help${hint}`);
    }
    const { traces } = project();
    const where = `traces are under ${traces ?? "traces/"}${traceHint(arg)}`;
    throw new InputError(`${arg}: no such file or folder; ${where}`);
  }
}

function walk(dir: string): string[] {
  let entries;
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    throw new InputError(`${dir}: ${reasonOf(error)}`);
  }
  // Code unit order: the same on every machine, whatever its locale.
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return entries.flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return walk(path);
    return /\.ya?ml$/.test(entry.name) ? [path] : [];
  });
}
