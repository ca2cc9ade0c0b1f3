// Git repositories made for a test: small histories with branches, whose "replay" is a script that
// reads a file of the commit.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../cli/run-cli.ts";

/** What a commit is like. */
export type State = "good" | "bad" | "broken" | "skipped";

export class Repository {
  readonly path = temporaryFolder();
  private clock = 1_700_000_000;

  constructor() {
    this.git("init", "--quiet", "--initial-branch=main");
  }

  git(...args: readonly string[]): string {
    // The same dates everywhere: ids of commits decide between commits that halve alike.
    const date = `${this.clock++} +0000`;
    const who = { GIT_AUTHOR_NAME: "A U Thor", GIT_AUTHOR_EMAIL: "a@example.org" };
    const commits = { GIT_COMMITTER_NAME: "C O Mitter", GIT_COMMITTER_EMAIL: "c@example.org" };
    return execFileSync("git", args, {
      cwd: this.path,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ...who,
        ...commits,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_DATE: date,
        GIT_CONFIG_GLOBAL: "/dev/null",
      },
    }).trim();
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }

  /** Commits files; its id. */
  commitFiles(subject: string, files: Readonly<Record<string, string>>): string {
    this.write(files);
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "-m", subject);
    return this.git("rev-parse", "HEAD");
  }

  /** Commits a state, and a file that makes every commit another. */
  commit(subject: string, state: State): string {
    return this.commitFiles(subject, { state: `${state}\n`, [`changes/${subject}`]: subject });
  }

  /** Merges a branch into the one that is checked out, as it is with that state. */
  merge(branch: string, subject: string, state: State): string {
    this.git("merge", "--quiet", "--no-commit", "--no-ff", "-s", "ours", branch);
    return this.commit(subject, state);
  }
}

/** Fails to build where the state is broken; cannot judge where it is skipped. */
export const build = "! grep -q broken state";
export const run = "grep -q skipped state && exit 125; grep -q good state";
