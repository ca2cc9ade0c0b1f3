// The commit of the sources that the gate runs on, for reports that name it. Nothing of it reaches a
// replay or a golden.

import { execFileSync } from "node:child_process";

export interface Source {
  /** Full hash. */
  readonly commit: string;
  /** `https://` address of the repository, null where it has none. */
  readonly repository: string | null;
  readonly branch: string | null;
}

/** The commit of the working directory's repository; null outside of one. */
export function sourceOf(env: NodeJS.ProcessEnv = process.env): Source | null {
  const commit = env["GITHUB_SHA"] ?? env["CI_COMMIT_SHA"] ?? git("rev-parse", "HEAD");
  if (commit === null || !/^[0-9a-f]{40}$/.test(commit)) return null;
  const url = git("remote", "get-url", "origin");
  const repository = url?.startsWith("https://") === true ? withoutUser(url) : null;
  const branch =
    env["GITHUB_REF_NAME"] ?? env["CI_COMMIT_REF_NAME"] ?? git("branch", "--show-current");
  return { commit, repository, branch: branch === "" ? null : branch };
}

/** Addresses may hold a password. */
function withoutUser(url: string): string {
  return url.replace(/^https:\/\/[^/@]*@/, "https://");
}

function git(...args: readonly string[]): string | null {
  try {
    return execFileSync("git", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}
