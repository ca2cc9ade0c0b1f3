// Golden files on disk: where they are, reading, and writing all or nothing.

import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Golden } from "./model.ts";
import { GoldenError, goldenLimits } from "./golden-error.ts";
import { parseGolden } from "./parse.ts";
import { printGolden } from "./print.ts";

/** A golden file that the system does not let us read or write. Input error: exit code 129. */
export class GoldenFileError extends Error {
  override readonly name = "GoldenFileError";
  constructor(
    readonly file: string,
    readonly problem: string,
  ) {
    super(`${file}:1:1: ${problem}`);
  }
}

/** Path of a golden: one per trace, revision and profile. */
export function goldenPath(
  root: string,
  id: { readonly revision: string; readonly profile: string; readonly trace: string },
): string {
  return join(root, id.revision, id.profile, `${id.trace}.golden`);
}

/**
 * Reads a golden, null when there is none. Throws `GoldenError` on a malformed one and
 * `GoldenFileError` where reading fails.
 */
export function readGolden(path: string): Golden | null {
  const text = readGoldenText(path);
  return text === null ? null : parseGolden(text, path);
}

/** A golden file's text, null when there is none. Throws as `readGolden` does. */
export function readGoldenText(path: string): string | null {
  try {
    // Before it is in memory: a line of `parseGolden` would come too late.
    if (statSync(path).size > goldenLimits.bytesMax) {
      throw new GoldenError(path, 1, 1, `file is larger than ${goldenLimits.bytesMax} bytes`);
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof GoldenError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new GoldenFileError(path, `cannot be read: ${reason(error)}`);
  }
}

/** Writes a golden: a reader sees the old file or the new one, never a part. */
export function writeGolden(path: string, golden: Golden, command?: string): void {
  writeGoldenText(path, printGolden(golden, command));
}

/** Writes a golden that is printed already. */
export function writeGoldenText(path: string, text: string): void {
  try {
    writeFileAtomic(path, text);
  } catch (error) {
    throw new GoldenFileError(path, `cannot be written: ${reason(error)}`);
  }
}

/** Removes a golden that nothing names. */
export function removeGolden(path: string): void {
  try {
    rmSync(path);
  } catch (error) {
    throw new GoldenFileError(path, `cannot be removed: ${reason(error)}`);
  }
}

/** Writes to a temporary file beside `path`, then renames it over `path`. */
export function writeFileAtomic(path: string, text: string): void {
  const dir = dirname(path);
  makeFolder(dir);
  removeLeftovers(dir, basename(path));
  // The name only has to be unused, and to tell whose it is; nothing of it reaches the content.
  const temporary = join(dir, `.${basename(path)}.${writer}.${randomUUID()}.tmp`);
  const fd = openSync(temporary, "wx");
  try {
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** This process: its host, because folders may be shared, and its id. */
const host = hostname().replace(/[^A-Za-z0-9-]/g, "_");
const writer = `${host}.${process.pid}`;

/** Removes what writers of `name` left that were killed: those of this host that are gone. */
function removeLeftovers(dir: string, name: string): void {
  const prefix = `.${name}.${host}.`;
  for (const entry of readdirSync(dir)) {
    if (!entry.startsWith(prefix)) continue;
    const m = /^(\d+)\.[0-9a-f-]{36}\.tmp$/.exec(entry.slice(prefix.length));
    if (m === null || isAlive(Number(m[1]))) continue;
    // Where it cannot be removed, it does no harm either.
    try {
      rmSync(join(dir, entry), { force: true });
    } catch {
      continue;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Not `mkdirSync` with `recursive`: Node's loops for ever where a folder takes no folders (/proc). */
function makeFolder(dir: string): void {
  try {
    mkdirSync(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || existsSync(dirname(dir))) throw error;
    makeFolder(dirname(dir));
    makeFolder(dir);
  }
}

/** A system error's reason, without the temporary name that a call may mention. */
function reason(error: unknown): string {
  return (error as Error).message.replace(/, \w+( '.*)?$/s, "");
}
