// Where bisections over git history keep installations and builds for the next one.

import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { InputError } from "./input-error.ts";
import { reasonOf } from "./read-text.ts";

/** The user's cache folder (XDG Base Directory Specification). */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const given = env["XDG_CACHE_HOME"] ?? "";
  const caches = isAbsolute(given) ? given : join(homedir(), ".cache");
  return join(caches, "panthor-replay", "bisect");
}

/** The folder of `--cache`, made where it is not there. Throws `InputError`. */
export function usableCache(folder: string): string {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new InputError(`--cache ${folder}: cannot be written: ${reasonOf(error)}`);
  }
  return path;
}
