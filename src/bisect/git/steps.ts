// Installs and builds commits. Both are done once for all trees that are alike in what they read:
// for a setup the lock files, for a build what git tracks and the installation. What they leave in
// the worktree is kept, a setup's `node_modules` and all of a build's files.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { CommandResult } from "./command.ts";
import { mark } from "./mark.ts";
import { type EntryKind, Store } from "./store.ts";
import type { Prepared, Worktree } from "./worktree.ts";

/** Folders that setups install into. */
export const installed = "node_modules";

const lockFiles = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"];

/** What no build is taken to read, as pathspecs of git. */
const notRead = ["md", "markdown", "rst", "adoc"].map((end) => `:(exclude,icase,glob)**/*.${end}`);

/** Paths that one command line takes. */
const argumentsMax = 500;

export interface StepsOptions {
  /** Folder of this bisection alone. */
  readonly folder: string;
  /** Folder of what is kept for the next one; null: nothing is. */
  readonly cache: string | null;
  /** What builds read, as pathspecs of git; empty: all but texts for people. */
  readonly reads: readonly string[];
}

/** How often something was done, and taken from what was kept. */
export interface StepCounts {
  setups: number;
  builds: number;
  setupsKept: number;
  buildsKept: number;
}

export class Steps {
  readonly counts: StepCounts = { setups: 0, builds: 0, setupsKept: 0, buildsKept: 0 };
  private readonly own: Store;
  private readonly kept: Store;
  /** What is being done or has been done, by key: others wait for it. */
  private readonly begun = new Map<string, Promise<Prepared>>();

  constructor(private readonly options: StepsOptions) {
    this.own = new Store(join(options.folder, "kept"));
    this.kept = options.cache === null ? this.own : new Store(options.cache);
  }

  /** Installs into `tree` what its lock files ask for. */
  async install(tree: Worktree, command: string): Promise<Prepared> {
    const { key, locked } = setupKey(tree.path, command);
    if (tree.installed === key) return { ok: true };
    if (tree.installed !== null) await removeInstalled(tree);
    tree.installed = null;
    if (command === "") return { ok: true };
    // Without a lock file the same manifest may install something else tomorrow.
    const store = locked ? this.kept : this.own;
    const setUp = async (): Promise<Prepared> => {
      this.counts.setups++;
      const done = await tree.shell(command);
      if (!succeeded(done)) return { ok: false, reason: failure("setup", command, done) };
      const left = (await untracked(tree)).filter((path) => basename(path) === installed);
      if (left.length === 0) return { ok: true };
      await store.publish("setups", key, (folder) => copyOut(tree, left, folder));
      // Commits whose installation is copied have nothing else of the setup: nor has this one.
      await tree.clean();
      return { ok: true };
    };
    const prepared = await this.once(tree, store, "setups", key, setUp);
    if (prepared.ok) tree.installed = key;
    return prepared;
  }

  /** Builds `tree`. */
  async build(tree: Worktree, command: string): Promise<Prepared> {
    if (command === "") return { ok: true };
    const key = await this.buildKey(tree, command);
    const build = async (): Promise<Prepared> => {
      this.counts.builds++;
      const begun = join(this.options.folder, `mark-${key}-${basename(tree.path)}`);
      await mark(begun);
      const done = await tree.shell(command);
      if (!succeeded(done)) return { ok: false, reason: failure("build", command, done) };
      const paths = await built(tree, begun);
      if (paths !== null) {
        await this.kept.publish("builds", key, (folder) => copyOut(tree, paths, folder));
      }
      return { ok: true };
    };
    return this.once(tree, this.kept, "builds", key, build);
  }

  /** Takes what is kept or does it; waits where another worktree has begun with it. */
  private async once(
    tree: Worktree,
    store: Store,
    kind: EntryKind,
    key: string,
    perform: () => Promise<Prepared>,
  ): Promise<Prepared> {
    const take = async (): Promise<Prepared> =>
      (await this.restore(tree, store, kind, key)) ? { ok: true } : perform();
    const begun = this.begun.get(`${kind} ${key}`);
    if (begun === undefined) {
      const doing = take();
      this.begun.set(`${kind} ${key}`, doing);
      return doing;
    }
    const prepared = await begun;
    // What left nothing that can be kept is done in every worktree.
    return prepared.ok ? take() : prepared;
  }

  private async restore(
    tree: Worktree,
    store: Store,
    kind: EntryKind,
    key: string,
  ): Promise<boolean> {
    const entry = store.find(kind, key);
    if (entry === null) return false;
    const copied = await tree.run("cp", ["-a", `${entry}/.`, tree.path]);
    // Another process may have removed it meanwhile.
    if (copied.code !== 0) return false;
    this.counts[kind === "setups" ? "setupsKept" : "buildsKept"]++;
    return true;
  }

  private async buildKey(tree: Worktree, command: string): Promise<string> {
    const { reads } = this.options;
    const paths = reads.length === 0 ? [".", ...notRead] : reads;
    // The index and not the commit: a change may be put on it or taken out.
    const listing = await tree.git("ls-files", "--stage", "-z", "--", ...paths);
    return digest("build", command, tree.installed ?? "", listing);
  }
}

function setupKey(path: string, command: string): { readonly key: string; locked: boolean } {
  const locks = lockFiles.filter((name) => existsSync(join(path, name)));
  // Beside a lock file the manifest says nothing new.
  const read = locks.length > 0 ? locks : ["package.json"].filter((n) => existsSync(join(path, n)));
  const contents = read.flatMap((name) => [name, readFileSync(join(path, name), "utf8")]);
  return { key: digest("setup", command, ...contents), locked: locks.length > 0 };
}

/** Identifies what a step reads, the system and the Node that it runs with included. */
function digest(...parts: readonly string[]): string {
  const { platform, arch, version } = process;
  const hash = createHash("sha256").update([platform, arch, version].join(" "));
  for (const part of parts) hash.update("\0").update(String(part.length)).update("\0").update(part);
  return hash.digest("hex").slice(0, 32);
}

/** Paths that git does not track, folders of nothing else in one. */
async function untracked(tree: Worktree): Promise<string[]> {
  return (await status(tree)).flatMap(({ code, path }) => (/\?\?|!!/.test(code) ? [path] : []));
}

async function status(tree: Worktree): Promise<{ readonly code: string; readonly path: string }[]> {
  const what = ["--porcelain=v1", "-z", "--ignored", "--untracked-files=normal", "--no-renames"];
  const out = await tree.git("status", ...what);
  return out.split("\0").flatMap((row) => {
    if (row === "") return [];
    return [{ code: row.slice(0, 2), path: row.slice(3).replace(/\/$/, "") }];
  });
}

/** What a build has left, null where that is more than can be put into another worktree. */
async function built(tree: Worktree, begun: string): Promise<string[] | null> {
  const rows = await status(tree);
  // In the second column: changed against the index, to which a revert belongs.
  if (rows.some(({ code }) => /^[^?!][MDT]$/.test(code))) return null;
  const paths = rows.flatMap(({ code, path }) => (/\?\?|!!/.test(code) ? [path] : []));
  for (const path of paths.filter((p) => basename(p) === installed)) {
    // Generated code and the like inside of an installation; caches of tools do not count.
    const cache = ["(", "-name", ".cache", "-o", "-name", ".vite*", ")", "-prune", "-o"];
    const test = ["-type", "f", "-newer", begun, "-print"];
    const found = await tree.run("find", ["-H", path, "-mindepth", "1", ...cache, ...test]);
    if (found.out !== "" || found.code !== 0) return null;
  }
  return paths.filter((path) => basename(path) !== installed);
}

async function removeInstalled(tree: Worktree): Promise<void> {
  for (const path of await untracked(tree)) {
    if (basename(path) !== installed) continue;
    rmSync(join(tree.path, path), { recursive: true, force: true });
  }
}

/** Copies paths of a worktree into a folder. */
async function copyOut(tree: Worktree, paths: readonly string[], folder: string): Promise<boolean> {
  const byFolder = new Map<string, string[]>();
  for (const path of paths) {
    byFolder.set(dirname(path), [...(byFolder.get(dirname(path)) ?? []), path]);
  }
  for (const [to, all] of byFolder) {
    mkdirSync(join(folder, to), { recursive: true });
    for (let at = 0; at < all.length; at += argumentsMax) {
      const some = all.slice(at, at + argumentsMax).map((path) => join(tree.path, path));
      const copied = await tree.run("cp", ["-a", ...some, join(folder, to)]);
      if (copied.code !== 0) return false;
    }
  }
  return true;
}

const succeeded = ({ code, timedOut }: CommandResult): boolean => code === 0 && !timedOut;

/** Why a command that should have succeeded did not, in one line. */
export function failure(
  what: string,
  command: string,
  { code, tail, timedOut }: CommandResult,
): string {
  if (timedOut) return `${what} (${command}) did not end in time (--timeout) and was ended`;
  const lines = tail.split("\n").filter((line) => line.trim() !== "");
  // What ends a report is seldom what happened: a version, an advice, a log's name.
  const last = lines.find((line) => /error|fatal|cannot|not found/i.test(line)) ?? lines.at(-1);
  return `${what} (${command}) ended with ${code}${last === undefined ? "" : `: ${last.trim()}`}`;
}
