// Golden files on disk: where they are, reading, and writing all or nothing.

import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Golden } from "./model.ts";
import { GoldenError, goldenLimits, parseGolden } from "./parse.ts";
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
  let text: string;
  try {
    // Before it is in memory: a line of `parseGolden` would come too late.
    if (statSync(path).size > goldenLimits.bytesMax) {
      throw new GoldenError(path, 1, 1, `file is larger than ${goldenLimits.bytesMax} bytes`);
    }
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof GoldenError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new GoldenFileError(path, `cannot be read: ${reason(error)}`);
  }
  return parseGolden(text, path);
}

/** Writes a golden: a reader sees the old file or the new one, never a part. */
export function writeGolden(path: string, golden: Golden): void {
  try {
    writeFileAtomic(path, printGolden(golden));
  } catch (error) {
    throw new GoldenFileError(path, `cannot be written: ${reason(error)}`);
  }
}

/** Writes to a temporary file beside `path`, then renames it over `path`. */
export function writeFileAtomic(path: string, text: string): void {
  const dir = dirname(path);
  makeFolder(dir);
  // The name only has to be unused; nothing of it reaches the content.
  const temporary = join(dir, `.${basename(path)}.${randomUUID()}.tmp`);
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
