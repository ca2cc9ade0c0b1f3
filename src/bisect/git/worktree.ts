// Worktrees in which commits are installed, built and judged.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, type Commands, GitError } from "./command.ts";
import { installed } from "./steps.ts";

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

export interface WorktreesOptions {
  /** Worktrees at the same time. */
  readonly max: number;
  /** How long a command of the user's may take, ms. */
  readonly timeoutMs: number;
}

export class Worktrees {
  /** Folder of everything temporary. */
  readonly folder: string;
  private readonly free: Worktree[] = [];
  private readonly all: Worktree[] = [];
  private readonly waiting: ((tree: Worktree) => void)[] = [];
  private adding: Promise<unknown> = Promise.resolve();

  constructor(
    readonly commands: Commands,
    readonly repo: string,
    readonly options: WorktreesOptions,
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

  /** Makes a worktree, one at a time: git looks at those that it knows, and fails on half a one. */
  add(path: string, commit: string): Promise<string> {
    const args = ["worktree", "add", "--quiet", "--force", "--detach", path, commit];
    const added = this.adding.then(() => this.commands.git(this.repo, ...args));
    this.adding = added.catch(() => undefined);
    return added;
  }

  private take(): Promise<Worktree> {
    const tree = this.free.pop();
    if (tree !== undefined) return Promise.resolve(tree);
    if (this.all.length < this.options.max) {
      const made = new Worktree(this, join(this.folder, `tree-${this.all.length}`));
      this.all.push(made);
      return Promise.resolve(made);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

export class Worktree {
  /** What `Steps` has installed here, by its key. */
  installed: string | null = null;
  private made = false;

  constructor(
    private readonly trees: Worktrees,
    readonly path: string,
  ) {}

  /** Checks a tree out, without anything that is left of the one before but its installation. */
  async checkOut({ commit, change }: TreeSpec): Promise<Prepared> {
    const { commands } = this.trees;
    try {
      if (this.made) {
        await commands.git(this.path, "reset", "--quiet", "--hard");
        await commands.git(this.path, "checkout", "--quiet", "--force", "--detach", commit);
        await this.clean();
      } else {
        await this.trees.add(this.path, commit);
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

  /** Removes all that git does not track but what is installed. */
  async clean(): Promise<void> {
    await this.git("clean", "-ffdxq", "-e", installed);
  }

  /** Runs git here. Throws `GitError`. */
  git(...args: readonly string[]): Promise<string> {
    return this.trees.commands.git(this.path, ...args);
  }

  /** Runs a command of the user's here. */
  shell(command: string, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return this.run("sh", ["-c", command], env);
  }

  /** Runs a program here, within the time that a command has. */
  run(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<CommandResult> {
    const { commands, options } = this.trees;
    return commands.run(program, args, this.path, { env, timeoutMs: options.timeoutMs });
  }
}
