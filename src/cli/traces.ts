// Which trace files the arguments of a command name.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file or folder argument that cannot be used. Input error: exit code 129. */
export class TraceArgumentError extends Error {
  override readonly name = "TraceArgumentError";
}

/** Expands files and folders (recursively, `*.yaml` and `*.yml`), in a fixed order. */
export function findTraces(args: readonly string[]): string[] {
  const out: string[] = [];
  for (const arg of args) {
    let stat;
    try {
      stat = statSync(arg);
    } catch {
      throw new TraceArgumentError(`${arg}: no such file or folder; traces are under traces/`);
    }
    if (!stat.isDirectory()) {
      out.push(arg);
      continue;
    }
    const found = walk(arg);
    if (found.length === 0) {
      throw new TraceArgumentError(`${arg}: holds no traces; expected files named *.yaml`);
    }
    out.push(...found);
  }
  return [...new Set(out)];
}

function walk(dir: string): string[] {
  const entries = readdirSync(dir, { withFileTypes: true });
  // Code unit order: the same on every machine, whatever its locale.
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return entries.flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return walk(path);
    return /\.ya?ml$/.test(entry.name) ? [path] : [];
  });
}
