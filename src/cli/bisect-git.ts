// `bisect TRACE --git GOOD..BAD`: the commit of a history that changes the timeline.

import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { bisectGit, type GitBisectResult } from "../bisect/git/bisect.ts";
import { Commands, GitError } from "../bisect/git/command.ts";
import { GitHistory } from "../bisect/git/history.ts";
import { CommitJudge } from "../bisect/git/judge.ts";
import { Steps } from "../bisect/git/steps.ts";
import { Worktrees } from "../bisect/git/worktree.ts";
import type { Golden } from "../golden/model.ts";
import { readGolden } from "../golden/store.ts";
import {
  type BisectOptions,
  goldenOf,
  jobsOf,
  predicateTextOf,
  readPredicate,
} from "./bisect-options.ts";
import { cacheFolder, usableCache } from "./bisect-cache.ts";
import { gitText, keptText } from "./bisect-git-report.ts";
import { choose } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError, OptionArgumentError } from "./input-error.ts";
import { timeoutOf } from "./option-values.ts";
import { makeProgress } from "./progress.ts";
import { readTraceText } from "./trace-text.ts";

/** Each takes an installation, a build and a replay of its own. */
const worktreesMax = 4;
/** What a shell reports for a program that Ctrl-C ended. */
const interrupted = 130;

/** Runs and prints; 0 when a commit is found, 1 when none is, 125 when it cannot be told. */
export async function runGitBisect(o: BisectOptions, range: string): Promise<number> {
  const ends = /^(.+?)\.\.(.+)$/.exec(range);
  if (ends === null || /^\.|\.$/.test(ends[1] + ends[2])) {
    throw new OptionArgumentError(`--git ${range}: expected GOOD..BAD, such as v1.0..HEAD`);
  }
  const [, good, bad] = ends;
  const { path } = readTraceText(o.trace);
  const predicate = readPredicate(predicateTextOf(o), goldenContext(o, path));
  if (o.run !== null && predicateTextOf(o) !== null) {
    throw new OptionArgumentError("--run judges by its exit code; leave the predicate out");
  }
  const { hands } = jobsOf(o.jobs, worktreesMax);
  const timeoutMs = timeoutOf(o.timeout);
  const cache = o.noCache ? null : o.cache === null ? cacheFolder() : usableCache(o.cache);
  const commands = new Commands();
  const repo = await topOf(commands, o.repo);
  const trees = new Worktrees(commands, repo, { max: hands, timeoutMs });
  const steps = new Steps({ folder: trees.folder, cache, reads: o.buildReads });
  const progress = makeProgress();
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    void commands.end();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, stop);
  try {
    const judge = new CommitJudge(trees, steps, {
      setup: o.setup,
      build: o.build,
      run: o.run,
      trace: resolve(path),
      profile: o.profile,
      revision: o.revision,
      fallback: [process.execPath, process.argv[1]],
      readGoldenIn,
    });
    const result = await bisectGit({
      history: new GitHistory(commands, repo),
      good,
      bad,
      outcome: (spec) => judge.outcome(spec),
      predicate,
      hands,
      onStep: (text) => progress.update(`${range}: ${text}`),
    });
    progress.end();
    const says = o.run === null ? predicate.text : `makes "${o.run}" fail`;
    const text = o.json
      ? JSON.stringify({ repo, good, bad, predicate: says, ...result }, null, 2)
      : [...gitText({ good, bad, predicate: says }, result), ...keptText(steps.counts, cache)].join(
          "\n",
        );
    process.stdout.write(`${text}\n`);
    return codeOf(result);
  } catch (error) {
    if (stopped) return interrupted;
    if (error instanceof GitError) throw new InputError(`--git ${range}: ${error.message}`);
    throw error;
  } finally {
    progress.end();
    await commands.end();
    await trees.remove();
    for (const signal of signals) process.off(signal, stop);
  }
}

function codeOf({ certainty }: GitBisectResult): number {
  if (certainty === "found") return exitCode.agrees;
  return certainty === "none" ? exitCode.differs : exitCode.cannotJudge;
}

/** Top folder of the repository. Throws `InputError`. */
async function topOf(commands: Commands, repo: string): Promise<string> {
  try {
    return await commands.git(resolve(repo), "rev-parse", "--show-toplevel");
  } catch (error) {
    const reason = error instanceof GitError ? "not a git repository" : (error as Error).message;
    throw new InputError(`--repo ${repo}: ${reason}`);
  }
}

/** `golden differs`: the golden as it is now, whatever the commits have. */
function goldenContext(o: BisectOptions, path: string) {
  return {
    golden: () => {
      const { trace, revision, profileName } = choose({
        path,
        revision: o.revision,
        profile: o.profile,
      });
      const id = { revision: revision.id, profile: profileName, trace: trace.name };
      return goldenOf(o.goldenRoot, id).golden();
    },
  };
}

/** The only golden below a folder. */
function readGoldenIn(folder: string): Golden | null {
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".golden"))
    .sort();
  return found.length === 0 ? null : readGolden(join(folder, found[0]));
}
