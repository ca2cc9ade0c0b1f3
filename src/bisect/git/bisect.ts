// Bisects a range of commits: both ends first, then the search, then the commit taken back on the
// bad end and put on the good end alone.

import type { Observed } from "../observe.ts";
import type { Predicate } from "../predicate.ts";
import type { Judgement } from "../search.ts";
import { evidenceOf, judgementOf } from "../series.ts";
import type { Trial } from "../verify.ts";
import type { Commit, GitHistory } from "./history.ts";
import type { Outcome } from "./judge.ts";
import { searchHistory } from "./search.ts";
import type { TreeSpec } from "./worktree.ts";

export interface GitBisectRequest {
  readonly history: GitHistory;
  /** Names of commits. */
  readonly good: string;
  readonly bad: string;
  readonly outcome: (spec: TreeSpec) => Promise<Outcome>;
  /** For replays; commands judge by themselves. */
  readonly predicate: Predicate;
  readonly hands: number;
  readonly onStep?: (text: string) => void;
}

export interface JudgedCommit {
  readonly commit: Commit;
  readonly judgement: Judgement;
  /** What shows that it is bad, or why it cannot be judged. */
  readonly line: string;
}

export interface GitBisectResult {
  readonly certainty: "found" | "narrowed" | "none" | "cannot be judged";
  /** The first bad commit is one of these: one where it is found. */
  readonly suspects: readonly Commit[];
  readonly evidence: string;
  /** The commit reverted on the bad end, and picked onto the good end. */
  readonly trials: { readonly reverted: Trial; readonly picked: Trial } | null;
  readonly reasons: readonly string[];
  /** In the order in which they were asked about. */
  readonly judged: readonly JudgedCommit[];
  /** Commits in the range. */
  readonly count: number;
}

interface Verdict {
  readonly judgement: Judgement;
  readonly line: string;
}

/** Finds the first bad commit. Throws `GitError`. */
export async function bisectGit(request: GitBisectRequest): Promise<GitBisectResult> {
  const { history, hands, onStep = () => undefined } = request;
  const good = await history.resolve(request.good);
  const bad = await history.resolve(request.bad);
  const judge = new Judge(request, good);
  const count = (await history.candidates(bad, [good])).length;
  const asked: string[] = [];
  const ask = async (commit: string): Promise<Verdict> => {
    if (!asked.includes(commit)) asked.push(commit);
    return judge.of({ commit });
  };
  const result = async (more: Partial<GitBisectResult>): Promise<GitBisectResult> => {
    const judged: JudgedCommit[] = [];
    for (const id of asked) {
      judged.push({ commit: await history.commit(id), ...(await judge.of({ commit: id })) });
    }
    const none = { suspects: [], evidence: "", trials: null, reasons: [] };
    return { certainty: "none", ...none, count, ...more, judged };
  };
  if (count === 0) {
    return result({
      reasons: [`${request.bad} has no commits that ${request.good} does not have`],
    });
  }
  onStep(`${count} commits, both ends first`);
  void judge.of({ commit: bad }).catch(() => {});
  for (const [name, commit, expected] of [
    [request.good, good, "good"],
    [request.bad, bad, "bad"],
  ] as const) {
    const { judgement, line } = await ask(commit);
    if (judgement === expected) continue;
    if (judgement === "skip") {
      const reasons = [`${name} cannot be judged: ${line}`];
      return result({ certainty: "cannot be judged", reasons });
    }
    if (expected === "bad") return result({ reasons: [`${name} is good`] });
    const reasons = [`${name} is bad already${line === "" ? "" : `: ${line}`}`];
    return result({ certainty: "cannot be judged", reasons });
  }
  const reasons: string[] = [];
  if (!(await history.isAncestor(good, bad))) {
    for (const base of await history.mergeBases(good, bad)) {
      const { judgement, line } = await ask(base);
      const { short } = await history.commit(base);
      if (judgement === "bad") {
        const told = `the merge base ${short} is bad: ${request.good} fixes it, rather than ${request.bad} breaking it`;
        return result({ reasons: [told] });
      }
      if (judgement === "skip") {
        reasons.push(`the merge base ${short} cannot be judged (${line}): it may be bad already`);
      }
    }
  }
  const { suspects, judged } = await searchHistory({
    history,
    good,
    bad,
    hands,
    judge: async (commit) => (await judge.of({ commit })).judgement,
    onStep: (commit, left) => onStep(`${commit.slice(0, 10)}, ${left} commits left`),
  });
  asked.push(...[...judged.keys()].filter((commit) => !asked.includes(commit)));
  const commits = await Promise.all(suspects.map((id) => history.commit(id)));
  const { line: evidence } = await judge.of({ commit: suspects[0] });
  if (commits.length > 1) {
    reasons.push(`${commits.length - 1} of the commits that may be it cannot be judged`);
    return result({ certainty: "narrowed", suspects: commits, evidence, reasons });
  }
  onStep(`${commits[0].short} left out, and alone`);
  const trials = await tryOut(judge, commits[0], good, bad);
  reasons.push(trials.reverted.reason, trials.picked.reason);
  return result({ certainty: "found", suspects: commits, evidence, trials, reasons });
}

/** Remembers what was judged. */
class Judge {
  private readonly verdicts = new Map<string, Promise<Verdict>>();

  constructor(
    private readonly request: GitBisectRequest,
    private readonly good: string,
  ) {}

  of(spec: TreeSpec): Promise<Verdict> {
    const key = `${spec.commit} ${spec.change?.how ?? ""}`;
    const known = this.verdicts.get(key) ?? this.judge(spec);
    this.verdicts.set(key, known);
    return known;
  }

  private async judge(spec: TreeSpec): Promise<Verdict> {
    const { outcome, predicate } = this.request;
    const result = await this.outcomeOf(spec, outcome);
    if (result.kind === "cannot") return { judgement: "skip", line: result.reason };
    if (result.kind === "command") {
      return { judgement: result.bad ? "bad" : "good", line: result.bad ? result.line : "" };
    }
    const reference = await this.reference(outcome);
    if (reference === null) return { judgement: "skip", line: "the good end cannot be replayed" };
    const judgement = judgementOf(predicate, reference, result.observed);
    return { judgement, line: evidenceOf(predicate, reference, result.observed) ?? "" };
  }

  private readonly outcomes = new Map<string, Promise<Outcome>>();

  private outcomeOf(
    spec: TreeSpec,
    outcome: (spec: TreeSpec) => Promise<Outcome>,
  ): Promise<Outcome> {
    const key = `${spec.commit} ${spec.change?.how ?? ""}`;
    const known = this.outcomes.get(key) ?? outcome(spec);
    this.outcomes.set(key, known);
    return known;
  }

  private async reference(outcome: (spec: TreeSpec) => Promise<Outcome>): Promise<Observed | null> {
    const end = await this.outcomeOf({ commit: this.good }, outcome);
    return end.kind === "replay" ? end.observed : null;
  }
}

/** The commit taken back on the bad end, and put on the good end. */
async function tryOut(
  judge: Judge,
  { id, short, parents }: Commit,
  good: string,
  bad: string,
): Promise<{ readonly reverted: Trial; readonly picked: Trial }> {
  const merge = parents.length > 1;
  const trial = async (
    commit: string,
    how: "revert" | "cherry-pick",
    name: string,
    confirming: Judgement,
  ): Promise<Trial> => {
    const { judgement, line } = await judge.of({ commit, change: { how, commit: id, merge } });
    if (judgement === "skip") {
      return { outcome: "cannot be judged", reason: `${name} cannot be judged: ${line}` };
    }
    const outcome = judgement === confirming ? "confirms" : "does not confirm";
    return { outcome, reason: `${name} is ${judgement}` };
  };
  const [reverted, picked] = await Promise.all([
    trial(bad, "revert", `the bad end with ${short} reverted`, "good"),
    trial(good, "cherry-pick", `the good end with ${short} alone`, "bad"),
  ]);
  return { reverted, picked };
}
