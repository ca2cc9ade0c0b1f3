// Runs the built command line as a user's shell does.

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject, onTestFinished } from "vitest";

export const root = new URL("../../", import.meta.url).pathname;

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Another Node. */
  readonly node?: string;
  readonly nodeArgs?: readonly string[];
  /** As another user. */
  readonly uid?: number;
}

export interface CliResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The environment of every run: that of the tests without what changes the output. */
function environment(extra: CliOptions["env"]): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...extra };
  for (const name of ["CI", "NO_COLOR", "FORCE_COLOR", "NODE_OPTIONS"]) {
    if (extra === undefined || !(name in extra)) delete env[name];
  }
  return env;
}

/** Starts the command line; for tests that kill it or close its pipes. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const { cwd = root, env, node = process.execPath, nodeArgs = [], uid } = options;
  return spawn(node, [...nodeArgs, inject("cli"), ...args], {
    cwd,
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid }),
  });
}

/** Runs the command line to its end. */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout!.on("data", (b: Buffer) => out.push(b));
  child.stderr!.on("data", (b: Buffer) => err.push(b));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({
        code,
        out: Buffer.concat(out).toString("utf8"),
        err: Buffer.concat(err).toString("utf8"),
      });
    });
  });
}

/** A folder for the running test, gone with it. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "panthor-replay-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A small trace that replays in a moment. */
export const trace = "traces/single-job.yaml";
export const probeTrace = "traces/01-probe.yaml";

/** The golden of `trace`, accepted once. */
let acceptedText: Promise<string> | undefined;

async function accept(): Promise<string> {
  const goldens = mkdtempSync(join(tmpdir(), "panthor-replay-"));
  try {
    const { code, err } = await cli(["accept", trace, "--golden-root", goldens]);
    if (code !== 0) throw new Error(`accept failed: ${err}`);
    return readFileSync(join(goldens, goldenFile), "utf8");
  } finally {
    rmSync(goldens, { recursive: true });
  }
}

/** Where the golden of `trace` is below the golden root. */
export const goldenFile = "linux-7.3/zero-cost/single-job.golden";

/** A folder of goldens for `trace`, as the command line accepts it. */
export async function acceptedGoldens(): Promise<{ goldens: string; file: string }> {
  const text = await (acceptedText ??= accept());
  const goldens = temporaryFolder();
  const file = join(goldens, goldenFile);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return { goldens, file };
}

/** A folder with copies of traces under other names. */
export function tracesFolder(files: Readonly<Record<string, string>>): string {
  const dir = temporaryFolder();
  for (const [name, from] of Object.entries(files)) {
    cpSync(join(root, from), join(dir, name), { recursive: true });
  }
  return dir;
}
