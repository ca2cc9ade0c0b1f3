// The config file of a repository that uses panthor-replay: `--config FILE`, or the nearest file of
// its name at or above the working directory. Nothing is read here: most replays have none.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { OptionArgumentError } from "./input-error.ts";

export const configName = "panthor-replay.config.yaml";

/** The config file that counts in a folder, null for none. */
export function findConfig(folder: string): string | null {
  for (let dir = folder; ; dir = dirname(dir)) {
    const path = join(dir, configName);
    if (existsSync(path)) return path;
    if (dirname(dir) === dir) return null;
  }
}

/** Takes `--config FILE` out of a command line: every command has it. */
export function takeConfig(args: readonly string[]): {
  readonly args: readonly string[];
  readonly config: string | null;
} {
  const rest: string[] = [];
  let config: string | null = null;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") return { args: [...rest, ...args.slice(i)], config };
    if (arg !== "--config" && !arg.startsWith("--config=")) {
      rest.push(arg);
      continue;
    }
    const value = arg === "--config" ? args[++i] : arg.slice("--config=".length);
    if (value === undefined || value === "") {
      throw new OptionArgumentError("--config: expected a file");
    }
    if (config !== null) throw new OptionArgumentError(`--config ${value}: given twice`);
    config = value;
  }
  return { args: rest, config };
}
