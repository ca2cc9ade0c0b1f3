// Worktrees in which commits are installed, built and judged. What the setup installs
// (`node_modules`) is kept by the content of the lock files: the next commit with the same ones
// gets a copy.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, type Commands, GitError } from "./command.ts";

const lockFiles = [
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "package.json",
];

/** Where setups put what they install. */
const installed = "node_modules";

/** How a tree came to be: it is checked out and changed by these git commands. */
export interface TreeSpec {
  readonly commit: string;
  /** Puts changes of a commit on it or takes them out, without a commit of its own. */
  readonly change?: {
    readonly how: "revert" | "cherry-pick";
    readonly commit: string;
    readonly merge: boolean;
  };
}

/** What became of preparing a tree. */
export type Prepared = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export class Worktrees {
  /** Folder of everything temporary. */
  readonly folder: string;
  private readonly free: Worktree[] = [];
  private readonly all: Worktree[] = [];
  private readonly waiting: ((tree: Worktree) => void)[] = [];
  /** Installations by the digest of the lock files. */
  private readonly setups = new Map<string, Promise<Prepared>>();

  constructor(
    readonly commands: Commands,
    readonly repo: string,
    private readonly max: number,
  ) {
    this.folder = mkdtempSync(join(tmpdir(), "panthor-replay-bisect-"));
  }

  /** Does `work` in a worktree of its own. */
  async use<A>(work: (tree: Worktree) => Promise<A>): Promise<A> {
    const tree = await this.take();
    try {
      return await work(tree);
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free.push(tree);
      else next(tree);
    }
  }

  /** Removes all worktrees and the folder. */
  async remove(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    // A new one: those that ran before may have been ended for good.
    const { spawnSync } = await import("node:child_process");
    spawnSync("git", ["worktree", "prune"], { cwd: this.repo, stdio: "ignore" });
  }

  private take(): Promise<Worktree> {
    const tree = this.free.pop();
    if (tree !== undefined) return Promise.resolve(tree);
    if (this.all.length < this.max) {
      const made = new Worktree(this, join(this.folder, `tree-${this.all.length}`));
      this.all.push(made);
      return Promise.resolve(made);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Installs into `tree` what its lock files ask for, once for each content of them. */
  async install(tree: Worktree, command: string): Promise<Prepared> {
    const key = digestOf(tree.path, command);
    if (tree.installed === key) return { ok: true };
    rmSync(join(tree.path, installed), { recursive: true, force: true });
    tree.installed = null;
    const cache = join(this.folder, "installed", key);
    const known = this.setups.get(key);
    const setup = known ?? this.setUp(tree, command, cache);
    this.setups.set(key, setup);
    const prepared = await setup;
    if (!prepared.ok) return prepared;
    const kept = join(cache, installed);
    if (existsSync(kept)) {
      const copied = await this.commands.run("cp", ["-a", kept, tree.path], tree.path);
      if (copied.code !== 0) return { ok: false, reason: `copying ${installed}: ${copied.tail}` };
    } else if (known !== undefined) {
      // It installs somewhere else: every worktree needs it done.
      const again = await tree.shell(command);
      if (again.code !== 0) return { ok: false, reason: failure("setup", command, again) };
    }
    tree.installed = key;
    return prepared;
  }

  private async setUp(tree: Worktree, command: string, cache: string): Promise<Prepared> {
    const done = await tree.shell(command);
    if (done.code !== 0) return { ok: false, reason: failure("setup", command, done) };
    const from = join(tree.path, installed);
    if (existsSync(from)) {
      mkdirSync(cache, { recursive: true });
      renameSync(from, join(cache, installed));
    }
    return { ok: true };
  }
}

export class Worktree {
  /** Digest of the lock files that were installed here. */
  installed: string | null = null;
  private made = false;

  constructor(
    private readonly trees: Worktrees,
    readonly path: string,
  ) {}

  /** Checks a tree out, without anything that is left of the one before but its installation. */
  async checkOut({ commit, change }: TreeSpec): Promise<Prepared> {
    const { commands, repo } = this.trees;
    try {
      if (this.made) {
        await commands.git(this.path, "reset", "--quiet", "--hard");
        await commands.git(this.path, "checkout", "--quiet", "--force", "--detach", commit);
        await commands.git(this.path, "clean", "-ffdxq", "-e", installed);
      } else {
        const quiet = ["worktree", "add", "--quiet", "--force", "--detach"];
        await commands.git(repo, ...quiet, this.path, commit);
        this.made = true;
      }
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      return { ok: false, reason: error.message };
    }
    if (change === undefined) return { ok: true };
    const parent = change.merge ? ["-m", "1"] : [];
    const args = [change.how, "--no-commit", ...parent, change.commit];
    const changed = await commands.run("git", args, this.path);
    if (changed.code === 0) return { ok: true };
    return { ok: false, reason: `git ${change.how} does not apply to ${commit.slice(0, 12)}` };
  }

  /** Runs a shell command in the worktree. */
  shell(command: string, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return this.trees.commands.run("sh", ["-c", command], this.path, env);
  }
}

/** Why a command that should have succeeded did not, in one line. */
export function failure(what: string, command: string, { code, tail }: CommandResult): string {
  const lines = tail.split("\n").filter((line) => line.trim() !== "");
  // What ends a report is seldom what happened: a version, an advice, a log's name.
  const last = lines.find((line) => /error|fatal|cannot|not found/i.test(line)) ?? lines.at(-1);
  return `${what} (${command}) ended with ${code}${last === undefined ? "" : `: ${last.trim()}`}`;
}

function digestOf(path: string, command: string): string {
  const hash = createHash("sha256").update(command);
  const found = lockFiles.filter((name) => existsSync(join(path, name)));
  // Beside a lock file the manifest says nothing new.
  const locks = found.length > 1 ? found.filter((name) => name !== "package.json") : found;
  for (const name of locks) hash.update(`\0${name}\0`).update(readFileSync(join(path, name)));
  return hash.digest("hex").slice(0, 16);
}
