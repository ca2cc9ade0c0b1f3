// Commands of a bisection over git history: git itself, and what installs, builds and judges a
// commit. Each runs in a process group of its own, so that an interrupted bisection ends them all.

import { spawn, type ChildProcess } from "node:child_process";

export interface CommandResult {
  /** Exit code; 128 + signal number where a signal ended it is not told apart from a code. */
  readonly code: number;
  /** It did not end in time, and was ended. */
  readonly timedOut: boolean;
  readonly out: string;
  /** The last lines of what it wrote on both streams. */
  readonly tail: string;
}

/** Bytes of output that are kept. */
const outputMax = 32 * 1024 * 1024;
const tailLines = 40;
/** How long what a command leaves running may hold on to its output, ms. */
const leftoversMs = 1000;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long it may take; as long as it wants where left out. */
  readonly timeoutMs?: number;
}

/** A git command that failed. */
export class GitError extends Error {
  override readonly name = "GitError";
}

/** Runs commands and ends those that still run. */
export class Commands {
  /** Those that run, with the signal that ends them. */
  private readonly running = new Map<ChildProcess, NodeJS.Signals>();
  private ended = false;

  /** Runs a program; never throws for an exit code. */
  run(
    program: string,
    args: readonly string[],
    cwd: string,
    { env = {}, timeoutMs = Infinity }: RunOptions = {},
  ): Promise<CommandResult> {
    if (this.ended) return Promise.reject(new Error("interrupted"));
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd,
        env: { ...environment(), ...env },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
      // git takes back what it has begun, such as half a worktree, where it is asked to end.
      const signal = program === "git" ? "SIGTERM" : "SIGKILL";
      this.running.set(child, signal);
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
      let timedOut = false;
      let timer: NodeJS.Timeout | undefined;
      /** Ends the group after a time; what left it keeps no hold on us by the output it inherited. */
      const endAfter = (ms: number, late: boolean): void => {
        clearTimeout(timer);
        if (!Number.isFinite(ms)) return;
        const end = (): void => {
          timedOut ||= late;
          endGroup(child, "SIGKILL");
          child.stdout.destroy();
          child.stderr.destroy();
        };
        // What it has written is read first, should we be the ones that are late.
        timer = setTimeout(() => setImmediate(end), ms);
      };
      endAfter(timeoutMs, true);
      child.on("error", (error) => {
        clearTimeout(timer);
        this.running.delete(child);
        reject(error);
      });
      child.on("exit", () => {
        if (!timedOut) endAfter(leftoversMs, false);
      });
      child.on("close", (code, by) => {
        clearTimeout(timer);
        this.running.delete(child);
        if (this.ended) reject(new Error("interrupted"));
        const text = Buffer.concat(out).toString("utf8");
        const lines = Buffer.concat(all).toString("utf8").trim().split("\n");
        const tail = lines.slice(-tailLines).join("\n");
        resolve({ code: code ?? (by === null ? 1 : 128), timedOut, out: text, tail });
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
    const gone = [...this.running].map(([child, signal]) => {
      const closed = new Promise<void>((resolve) => {
        child.once("close", () => resolve());
        child.once("error", () => resolve());
      });
      endGroup(child, signal);
      return closed;
    });
    await Promise.all(gone);
  }
}

/** Ends a command with all that it has started. */
function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    // The group: a shell's children too.
    process.kill(-child.pid!, signal);
  } catch {
    // It has ended by itself.
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
