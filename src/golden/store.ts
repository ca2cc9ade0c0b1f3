// Golden files on disk: where they are, reading, and writing all or nothing.

import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync } from "node:fs";
import { rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Golden } from "./model.ts";
import { parseGolden } from "./parse.ts";
import { printGolden } from "./print.ts";

/** Path of a golden: one per trace, revision and profile. */
export function goldenPath(
  root: string,
  id: { readonly revision: string; readonly profile: string; readonly trace: string },
): string {
  return join(root, id.revision, id.profile, `${id.trace}.golden`);
}

/** Reads a golden, null when there is none. Throws `GoldenError` on a malformed one. */
export function readGolden(path: string): Golden | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  return parseGolden(text, path);
}

/** Writes a golden: a reader sees the old file or the new one, never a part. */
export function writeGolden(path: string, golden: Golden): void {
  writeFileAtomic(path, printGolden(golden));
}

/** Writes to a temporary file beside `path`, then renames it over `path`. */
export function writeFileAtomic(path: string, text: string): void {
  const dir = dirname(path);
  mkdirSync(dir, { recursive: true });
  // The name only has to be unused; nothing of it reaches the content.
  const temporary = join(dir, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const fd = openSync(temporary, "wx");
    try {
      writeSync(fd, text);
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
