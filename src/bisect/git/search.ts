// The first bad commit of a history with branches and merges, as `git bisect` finds it: what is
// asked next is the commit that halves what is left, whatever is good makes its ancestors good.
// Other hands work ahead on what may be asked next; the answers are consumed in one order, so the
// result is the same however many there are.

import type { Judgement } from "../search.ts";

export interface History {
  /**
   * The commits reachable from `bad` and from none of `goods`, `bad` included, the one that halves
   * them first.
   */
  readonly candidates: (bad: string, goods: readonly string[]) => Promise<readonly string[]>;
}

export interface GitSearchRequest {
  readonly history: History;
  readonly good: string;
  readonly bad: string;
  /** Judges a commit. Asked several times for one; the caller remembers. */
  readonly judge: (commit: string) => Promise<Judgement>;
  readonly hands: number;
  /** Told before each question how many commits are left. */
  readonly onStep?: (commit: string, left: number) => void;
}

export interface GitSearchResult {
  /** The first bad commit is one of these; one: it is that. The last known bad one comes first. */
  readonly suspects: readonly string[];
  /** Commits that were judged, in the order in which they were asked about. */
  readonly judged: ReadonlyMap<string, Judgement>;
}

/** Searches between ends that have been judged already. */
export async function searchHistory(request: GitSearchRequest): Promise<GitSearchResult> {
  const { history, judge, hands, onStep } = request;
  const judged = new Map<string, Judgement>();
  const goods = [request.good];
  let { bad } = request;
  const open = async (upTo: string, from: readonly string[]): Promise<string[]> => {
    const list = await history.candidates(upTo, from);
    return list.filter((c) => c !== upTo && judged.get(c) !== "skip");
  };
  for (;;) {
    const left = await open(bad, goods);
    if (left.length === 0) {
      const list = await history.candidates(bad, goods);
      return { suspects: [bad, ...list.filter((c) => c !== bad)], judged };
    }
    const [commit] = left;
    onStep?.(commit, left.length);
    const answer = judge(commit);
    if (hands > 1) await workAhead(open, judge, bad, goods, hands - 1);
    const judgement = await answer;
    judged.set(commit, judgement);
    if (judgement === "bad") bad = commit;
    else if (judgement === "good") goods.push(commit);
  }
}

/** Begins with what may be asked after the next answer, and after that one. */
async function workAhead(
  open: (bad: string, goods: readonly string[]) => Promise<string[]>,
  judge: (commit: string) => Promise<Judgement>,
  bad: string,
  goods: readonly string[],
  count: number,
): Promise<void> {
  const ranges: (readonly [bad: string, goods: readonly string[]])[] = [[bad, goods]];
  const begun: string[] = [];
  for (const [upTo, from] of ranges) {
    const [commit] = await open(upTo, from);
    if (commit === undefined) continue;
    // The first one is the question itself.
    if (begun.length > 0 && !begun.includes(commit)) void judge(commit).catch(() => {});
    begun.push(commit);
    if (begun.length > count) return;
    ranges.push([commit, from], [upTo, [...from, commit]]);
  }
}
