// Commands of a bisection over git history: git itself, and what installs, builds and judges a
// commit. Each runs in a process group of its own, so that an interrupted bisection ends them all.

import { spawn, type ChildProcess } from "node:child_process";

export interface CommandResult {
  /** Exit code; 128 + signal number where a signal ended it is not told apart from a code. */
  readonly code: number;
  readonly out: string;
  /** The last lines of what it wrote on both streams. */
  readonly tail: string;
}

/** Bytes of output that are kept. */
const outputMax = 32 * 1024 * 1024;
const tailLines = 40;

/** A git command that failed. */
export class GitError extends Error {
  override readonly name = "GitError";
}

/** Runs commands and ends those that still run. */
export class Commands {
  private readonly running = new Set<ChildProcess>();
  private ended = false;

  /** Runs a program; never throws for an exit code. */
  run(
    program: string,
    args: readonly string[],
    cwd: string,
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<CommandResult> {
    if (this.ended) return Promise.reject(new Error("interrupted"));
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd,
        env: { ...environment(), ...env },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
      this.running.add(child);
      const out: Buffer[] = [];
      const all: Buffer[] = [];
      let bytes = 0;
      const keep = (part: Buffer, own: boolean): void => {
        bytes += part.length;
        if (bytes > outputMax) return;
        if (own) out.push(part);
        all.push(part);
      };
      child.stdout.on("data", (part: Buffer) => keep(part, true));
      child.stderr.on("data", (part: Buffer) => keep(part, false));
      child.on("error", (error) => {
        this.running.delete(child);
        reject(error);
      });
      child.on("close", (code, signal) => {
        this.running.delete(child);
        if (this.ended) reject(new Error("interrupted"));
        const text = Buffer.concat(out).toString("utf8");
        const lines = Buffer.concat(all).toString("utf8").trim().split("\n");
        const tail = lines.slice(-tailLines).join("\n");
        resolve({ code: code ?? (signal === null ? 1 : 128), out: text, tail });
      });
    });
  }

  /** Runs git; its output without the last line end. Throws `GitError`. */
  async git(repo: string, ...args: readonly string[]): Promise<string> {
    // Hooks of the repository are for people who check out.
    const all = ["-c", "core.hooksPath=/dev/null", ...args];
    const { code, out, tail } = await this.run("git", all, repo);
    if (code !== 0) throw new GitError(`git ${args.slice(0, 3).join(" ")}: ${tail}`);
    return out.trimEnd();
  }

  /**
   * Ends everything that runs, and lets nothing begin. When it resolves all have gone: what they
   * were writing can be removed.
   */
  async end(): Promise<void> {
    this.ended = true;
    const gone = [...this.running].map((child) => {
      const closed = new Promise<void>((resolve) => {
        child.once("close", () => resolve());
        child.once("error", () => resolve());
      });
      try {
        // The group: a shell's children too.
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
      return closed;
    });
    await Promise.all(gone);
  }
}

/** The environment without what would point git at another repository. */
function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_TERMINAL_PROMPT: "0" };
  for (const name of Object.keys(env)) {
    if (/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|COMMON_DIR)$/.test(name)) {
      delete env[name];
    }
  }
  return env;
}
