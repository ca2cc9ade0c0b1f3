// The history of a repository, read with git.

import type { Commands } from "./command.ts";
import { GitError } from "./command.ts";
import type { History } from "./search.ts";

export interface Commit {
  readonly id: string;
  readonly short: string;
  readonly subject: string;
  readonly author: string;
  /** Author date, ISO 8601. */
  readonly date: string;
  readonly parents: readonly string[];
}

export class GitHistory implements History {
  private readonly known = new Map<string, Promise<readonly string[]>>();

  constructor(
    private readonly commands: Commands,
    readonly repo: string,
  ) {}

  /** The id of a commit. Throws `GitError` naming it. */
  async resolve(name: string): Promise<string> {
    try {
      return await this.git("rev-parse", "--verify", "--end-of-options", `${name}^{commit}`);
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      throw new GitError(`${name}: no such commit in ${this.repo}`);
    }
  }

  candidates(bad: string, goods: readonly string[]): Promise<readonly string[]> {
    const key = [bad, ...goods].join(" ");
    const known = this.known.get(key) ?? this.revList(bad, goods);
    this.known.set(key, known);
    return known;
  }

  private async revList(bad: string, goods: readonly string[]): Promise<readonly string[]> {
    const out = await this.git("rev-list", "--bisect-all", bad, "--not", ...goods);
    // `id (dist=N, refs)`, the largest distance first.
    return out.split("\n").flatMap((line) => (line === "" ? [] : [line.split(" ")[0]]));
  }

  async isAncestor(ancestor: string, of: string): Promise<boolean> {
    const args = ["merge-base", "--is-ancestor", ancestor, of];
    const { code, tail } = await this.commands.run("git", args, this.repo);
    if (code > 1) throw new GitError(`git merge-base: ${tail}`);
    return code === 0;
  }

  /** Best common ancestors; none for unrelated histories. */
  async mergeBases(a: string, b: string): Promise<readonly string[]> {
    const { out } = await this.commands.run("git", ["merge-base", "--all", a, b], this.repo);
    return out.split("\n").filter((line) => line !== "");
  }

  async commit(id: string): Promise<Commit> {
    const format = "--format=%H%n%h%n%P%n%an%n%aI%n%s";
    const out = await this.git("show", "--no-patch", format, id);
    const [full, short, parents, author, date, subject] = out.split("\n");
    const split = parents === "" ? [] : parents.split(" ");
    return { id: full, short, parents: split, author, date, subject };
  }

  private git(...args: readonly string[]): Promise<string> {
    return this.commands.git(this.repo, ...args);
  }
}
