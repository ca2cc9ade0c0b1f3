// Judges a commit: checks it out, installs and builds it, and runs what tells good from bad. That
// is a command of the user's, by its exit code as under `git bisect run`, or a replay of the trace
// by the commit's own build, whose golden is compared.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Golden } from "../../golden/model.ts";
import type { Observed, ReplayObservation } from "../observe.ts";
import type { CommandResult } from "./command.ts";
import { failure, type Steps } from "./steps.ts";
import type { TreeSpec, Worktree, Worktrees } from "./worktree.ts";

/** What a commit showed. */
export type Outcome =
  /** A replay, or why there is none. */
  | { readonly kind: "replay"; readonly observed: Observed }
  /** The exit code of the command: 0, or one that means bad. */
  | { readonly kind: "command"; readonly bad: boolean; readonly line: string }
  | { readonly kind: "cannot"; readonly reason: string };

export interface JudgeOptions {
  /** Shell commands; null: what the tree's package.json suggests. Empty: nothing. */
  readonly setup: string | null;
  readonly build: string | null;
  /** null: a replay. */
  readonly run: string | null;
  /** The trace, as an absolute path. */
  readonly trace: string;
  readonly profile: string | null;
  /** Revision of the driver, null for the trace's. */
  readonly revision: string | null;
  /** The command line to replay with where the tree has none of its own. */
  readonly fallback: readonly string[];
  /** Reads the golden of a replay, null where there is none. Throws on a malformed one. */
  readonly readGoldenIn: (folder: string) => Golden | null;
}

/** The exit code that says "not this one", as under `git bisect run`. */
const cannotJudge = 125;
/** From here on shells and programs tell of accidents: signals, bad usage, defects. */
const accidents = 126;

export class CommitJudge {
  constructor(
    private readonly trees: Worktrees,
    private readonly steps: Steps,
    private readonly options: JudgeOptions,
  ) {}

  /** Judges a tree, in the next free worktree. */
  outcome(spec: TreeSpec): Promise<Outcome> {
    return this.trees.use((tree) => this.judge(tree, spec));
  }

  private async judge(tree: Worktree, spec: TreeSpec): Promise<Outcome> {
    const { setup, build, run } = this.options;
    const out = await tree.checkOut(spec);
    if (!out.ok) return cannot(out.reason);
    const scripts = packageOf(tree.path);
    const installed = await this.steps.install(tree, setup ?? scripts.setup);
    if (!installed.ok) return cannot(installed.reason);
    const built = await this.steps.build(tree, build ?? scripts.build);
    if (!built.ok) return cannot(built.reason);
    return run === null ? this.replay(tree, spec) : this.command(tree, spec, run);
  }

  private async command(tree: Worktree, spec: TreeSpec, run: string): Promise<Outcome> {
    const result = await tree.shell(run, this.environment(spec));
    const { code, timedOut } = result;
    if (timedOut || code === cannotJudge || code >= accidents)
      return cannot(failure("it", run, result));
    return { kind: "command", bad: code !== 0, line: lastLine(result) || `exit code ${code}` };
  }

  private environment({ commit }: TreeSpec): Record<string, string> {
    return { PANTHOR_REPLAY_TRACE: this.options.trace, PANTHOR_REPLAY_COMMIT: commit };
  }

  private async replay(tree: Worktree, { commit, change }: TreeSpec): Promise<Outcome> {
    const { trace, profile, revision, fallback, readGoldenIn } = this.options;
    const name = change === undefined ? commit : `${commit}-${change.how}`;
    const goldens = join(this.trees.folder, "goldens", name);
    const [program, ...first] = commandLineOf(tree.path) ?? fallback;
    const args = [...first, "accept", trace, "--golden-root", goldens, "--json"];
    if (profile !== null) args.push("--profile", profile);
    if (revision !== null) args.push("--revision", revision);
    // Where CI is set nothing is written, and here the golden is what the replay is read from.
    const result = await tree.run(program, args, { CI: undefined });
    if (result.timedOut || (result.code !== 0 && result.code !== 1)) {
      return cannot(failure("the replay", "accept", result));
    }
    try {
      const golden = readGoldenIn(goldens);
      if (golden === null) return cannot("the replay wrote no golden");
      const observation = observationOf(golden, findingsOf(result.out));
      return { kind: "replay", observed: { ok: true, observation } };
    } catch (error) {
      return cannot(`its golden cannot be read: ${(error as Error).message}`);
    }
  }
}

const cannot = (reason: string): Outcome => ({ kind: "cannot", reason });

const lastLine = ({ tail }: CommandResult): string =>
  (tail.split("\n").findLast((line) => line.trim() !== "") ?? "").trim();

/** Default commands of a tree: what its package.json can do. */
function packageOf(path: string): { readonly setup: string; readonly build: string } {
  try {
    const json = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as {
      readonly scripts?: Readonly<Record<string, string>>;
    };
    const locked = ["package-lock.json", "npm-shrinkwrap.json"].some((name) =>
      existsSync(join(path, name)),
    );
    return {
      setup: locked ? "npm ci" : "",
      // What npm would do after an installation, which is not done for every commit.
      build: ["build", "prepare"]
        .filter((script) => json.scripts?.[script] !== undefined)
        .map((script) => `npm run ${script}`)
        .slice(0, 1)
        .join(""),
    };
  } catch {
    return { setup: "", build: "" };
  }
}

/** The command line that a tree brings along: built in it, or installed into it. */
function commandLineOf(path: string): readonly string[] | null {
  const built = join(path, "dist", "panthor-replay.js");
  const installed = join(path, "node_modules", "panthor-replay", "dist", "panthor-replay.js");
  const found = [built, installed].find((file) => existsSync(file));
  return found === undefined ? null : [process.execPath, found];
}

/** What `--json` says was found; nothing where it cannot be read. */
function findingsOf(out: string): string[] {
  try {
    const { findings } = JSON.parse(out) as { readonly findings?: unknown };
    return Array.isArray(findings) ? findings.map(String) : [];
  } catch {
    return [];
  }
}

/** A golden and its findings as predicates see a replay. Calls are not in it. */
function observationOf(golden: Golden, findings: readonly string[]): ReplayObservation {
  const checks = golden.log.flatMap(({ text }) => /^check ([\w-]+):/.exec(text)?.[1] ?? []);
  const deadlock = findings.some((f) => f.startsWith("deadlock:"));
  return {
    golden,
    works: {},
    digest: JSON.stringify([golden.fences, golden.registers, golden.log]),
    findings,
    checks: [...new Set(checks)],
    unmet: findings.filter((f) => /^line \d+:/.test(f)),
    end: deadlock ? "deadlock" : "finished",
    calls: [],
    points: {},
    entries: golden.fences.length + golden.registers.length,
  };
}
