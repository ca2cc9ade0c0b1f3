// The project that the command line works on: a repository with a config file, or the working
// directory with the usual places. It is opened once, before the first command runs, and in every
// worker; what it adds to the catalogue of revisions is there for all commands.

import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { catalog, registerRevisions } from "../revision/catalog.ts";
import { nearest } from "../trace/suggest.ts";
import { type Config, readConfig } from "./config.ts";
import { loadOverlays } from "./overlay-modules.ts";

export interface Project {
  /** The config file, null for none. */
  readonly config: string | null;
  /** Folder of the goldens. */
  readonly goldens: string;
  /** null: `manifest.yaml` in the folder of the goldens. */
  readonly manifest: string | null;
  /** Folder where a trace named without its path is looked up. */
  readonly traces: string | null;
  /** Origin of KCIDB objects. */
  readonly origin: string;
}

const defaults: Project = {
  config: null,
  goldens: "golden",
  manifest: null,
  traces: null,
  origin: "panthor_replay",
};

// One for a process: set by openProject before anything is replayed.
let current = defaults;

/** The open project. */
export const project = (): Project => current;

/** True if the project has modules of its own, which a precompiled replay cannot take on. */
export const hasOverlays = (config: Config): boolean => config.overlays.length > 0;

/** Opens a project. `checked` looks at its modules more closely. Throws `InputError`. */
export async function openProject(config: string, checked = true): Promise<Project> {
  const { goldens, manifest, traces, origin, overlays } = readConfig(config);
  registerRevisions(await loadOverlays(overlays, catalog, checked));
  current = { config, goldens, manifest, traces, origin: origin ?? defaults.origin };
  return current;
}

/** The manifest for a folder of goldens. */
export function manifestFor(goldens: string): string {
  return (goldens === current.goldens ? current.manifest : null) ?? join(goldens, "manifest.yaml");
}

/**
 * The file that a user means by a trace: the path itself, or a trace of the project's folder by its
 * name; null where there is neither.
 */
export function tracePath(arg: string): string | null {
  if (existsSync(arg)) return arg;
  if (current.traces === null) return null;
  const names = ["", ".yaml", ".yml"].map((ending) => join(current.traces!, `${arg}${ending}`));
  return names.find((path) => existsSync(path)) ?? null;
}

/** `; did you mean single-job?`, empty where no trace of the project is near. */
export function traceHint(arg: string): string {
  if (current.traces === null) return "";
  try {
    const names = readdirSync(current.traces).map((name) => name.replace(/\.ya?ml$/, ""));
    const near = nearest(arg.replace(/\.ya?ml$/, ""), names);
    return near === undefined ? "" : `; did you mean ${near}?`;
  } catch {
    return "";
  }
}

/** The command that accepts a trace, with `options` behind it. */
export function acceptCommand(path: string, options = ""): string {
  const command = current.config === null ? "npm run accept --" : "panthor-replay accept";
  return `${command} ${path}${options}`;
}

/** The command that replays a trace, from the working directory. */
export function replayCommandOf(path: string, options: string): string {
  const command = current.config === null ? "npm run replay --" : "panthor-replay replay";
  return `${command} ${path} ${options}`;
}

/** The command that replays a trace, for whoever reads a golden. */
export function reproduceCommand(path: string, options: string): string {
  const { config } = current;
  if (config === null) return `npm run replay -- ${relative(".", path)} ${options}`;
  return `panthor-replay replay ${relative(dirname(config) || ".", path)} ${options}`;
}
