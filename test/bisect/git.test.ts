// Bisecting git history: the search against a reference that knows every ancestor, and repositories
// made here, with a known culprit, unbuildable commits and merges.

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { bisectGit, type GitBisectResult } from "../../src/bisect/git/bisect.ts";
import { Commands } from "../../src/bisect/git/command.ts";
import { GitHistory } from "../../src/bisect/git/history.ts";
import { CommitJudge, type JudgeOptions } from "../../src/bisect/git/judge.ts";
import { type History, searchHistory } from "../../src/bisect/git/search.ts";
import { Steps } from "../../src/bisect/git/steps.ts";
import { Worktrees } from "../../src/bisect/git/worktree.ts";
import { timelineDiffers } from "../../src/bisect/predicate.ts";
import type { Judgement } from "../../src/bisect/search.ts";
import { temporaryFolder } from "../cli/run-cli.ts";
import { build, Repository, run } from "./repository.ts";

/** Commit 0 is the good end; each other one has parents among those before it. */
interface Graph {
  readonly parents: readonly (readonly number[])[];
}

function ancestors({ parents }: Graph, of: number): Set<number> {
  const seen = new Set<number>();
  const visit = (n: number): void => {
    if (seen.has(n)) return;
    seen.add(n);
    parents[n].forEach(visit);
  };
  visit(of);
  return seen;
}

/** The history as `git rev-list --bisect-all` would list it. */
function historyOf(graph: Graph): History {
  return {
    candidates: async (bad, goods) => {
      const not = new Set(goods.flatMap((g) => [...ancestors(graph, Number(g))]));
      const left = [...ancestors(graph, Number(bad))].filter((n) => !not.has(n));
      const distance = (n: number): number => {
        const reached = [...ancestors(graph, n)].filter((a) => !not.has(a)).length;
        return Math.min(reached, left.length - reached);
      };
      left.sort((a, b) => distance(b) - distance(a) || a - b);
      return left.map(String);
    },
  };
}

const graphs = fc.integer({ min: 1, max: 25 }).chain((count) =>
  fc
    .array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { minLength: count, maxLength: count })
    .map((picks): Graph => ({
      parents: [
        [],
        ...picks.map(([a, b, merge], i) => [...new Set(merge ? [a % (i + 1), b % (i + 1)] : [i])]),
      ],
    })),
);

describe("the search", () => {
  it("finds any planted commit of any history, skips what it has to, whoever helps", async () => {
    const skips = fc.array(fc.boolean(), { minLength: 26, maxLength: 26 });
    await fc.assert(
      fc.asyncProperty(
        graphs,
        fc.nat(),
        skips,
        fc.integer({ min: 2, max: 5 }),
        async (g, p, s, h) => {
          const bad = g.parents.length - 1;
          const reachable = [...ancestors(g, bad)].filter((n) => n !== 0);
          const culprit = reachable[p % reachable.length];
          const truth = (n: number): Judgement =>
            n !== bad && s[n] ? "skip" : ancestors(g, n).has(culprit) ? "bad" : "good";
          const history = historyOf(g);
          const judge = async (id: string): Promise<Judgement> => {
            for (let i = Number(id) % 3; i > 0; i--) await Promise.resolve();
            return truth(Number(id));
          };
          const request = { history, good: "0", bad: String(bad), judge };
          const one = await searchHistory({ ...request, hands: 1 });
          const many = await searchHistory({ ...request, hands: h });
          expect([many.suspects, [...many.judged]]).toEqual([one.suspects, [...one.judged]]);
          const suspects = one.suspects.map(Number);
          expect(suspects).toContain(culprit);
          expect(truth(suspects[0])).toBe("bad");
          for (const n of suspects.slice(1)) expect(truth(n)).toBe("skip");
          if (!reachable.some((n) => truth(n) === "skip")) expect(suspects).toEqual([culprit]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

const opened: { readonly trees: Worktrees; readonly commands: Commands }[] = [];

afterEach(async () => {
  for (const { trees, commands } of opened.splice(0)) {
    await commands.end();
    await trees.remove();
    expect(existsSync(trees.folder)).toBe(false);
  }
});

async function bisect(
  repository: Repository,
  good: string,
  bad: string,
  more: Partial<JudgeOptions> & {
    readonly hands?: number;
    readonly cache?: string;
    readonly reads?: readonly string[];
    readonly timeoutMs?: number;
  } = {},
): Promise<GitBisectResult> {
  const { hands = 2, cache = null, reads = [], timeoutMs = 60_000, ...options } = more;
  const commands = new Commands();
  const trees = new Worktrees(commands, repository.path, { max: hands, timeoutMs });
  opened.push({ trees, commands });
  const steps = new Steps({ folder: trees.folder, cache, reads });
  const judge = new CommitJudge(trees, steps, {
    setup: "",
    build,
    run,
    trace: "/nowhere.yaml",
    profile: null,
    revision: null,
    fallback: [],
    readGoldenIn: () => null,
    ...options,
  });
  return bisectGit({
    history: new GitHistory(commands, repository.path),
    good,
    bad,
    outcome: (spec) => judge.outcome(spec),
    predicate: timelineDiffers,
    hands,
  });
}

/** True for a process that has not ended; one that waits to be reaped has. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

const told = (r: GitBisectResult) => ({
  certainty: r.certainty,
  suspects: r.suspects.map((c) => c.subject),
});

describe("bisecting git history", () => {
  it("finds the culprit past commits that do not build, and takes it back", async () => {
    const r = new Repository();
    const good = r.commit("one", "good");
    r.commit("two", "good");
    r.commit("three", "broken");
    r.commit("four", "good");
    r.commit("culprit", "bad");
    r.commitFiles("six", { other: "six" });
    const result = await bisect(r, good, "HEAD");
    expect(told(result)).toEqual({ certainty: "found", suspects: ["culprit"] });
    expect(result.trials!.reverted).toMatchObject({ outcome: "confirms" });
    expect(result.trials!.picked).toMatchObject({ outcome: "confirms" });
    expect(result.judged.length).toBeLessThanOrEqual(5);
    // The repository itself is as it was.
    expect(r.git("status", "--porcelain")).toBe("");
    expect(r.git("worktree", "list").split("\n").length).toBe(3);
  });

  it("finds a culprit on a merged side branch, with any number of hands", async () => {
    const r = new Repository();
    const good = r.commit("base", "good");
    r.git("checkout", "--quiet", "-b", "side");
    for (const n of [1, 2]) r.commit(`side ${n}`, "good");
    r.commit("culprit", "bad");
    r.commit("side 4", "bad");
    r.git("checkout", "--quiet", "main");
    for (const n of [1, 2, 3]) r.commit(`main ${n}`, "good");
    r.merge("side", "the merge", "bad");
    r.commit("after", "bad");
    const results = [];
    for (const hands of [1, 3]) results.push(await bisect(r, good, "main", { hands }));
    expect(told(results[0])).toEqual({ certainty: "found", suspects: ["culprit"] });
    expect(results[1]).toEqual(results[0]);
  });

  it("finds a merge that is bad itself", async () => {
    const r = new Repository();
    const good = r.commit("base", "good");
    r.git("checkout", "--quiet", "-b", "side");
    r.commit("side", "good");
    r.git("checkout", "--quiet", "main");
    r.commit("main", "good");
    r.merge("side", "the merge", "bad");
    r.commit("after", "bad");
    const result = await bisect(r, good, "main");
    expect(told(result)).toEqual({ certainty: "found", suspects: ["the merge"] });
    expect(result.suspects[0].parents.length).toBe(2);
  });

  it("lists the suspects where the culprit hides among what cannot be judged", async () => {
    const r = new Repository();
    const good = r.commit("one", "good");
    r.commit("two", "broken");
    r.commit("three", "skipped");
    r.commit("four", "bad");
    const result = await bisect(r, good, "HEAD");
    expect(result.certainty).toBe("narrowed");
    expect(result.suspects.map((c) => c.subject).sort()).toEqual(["four", "three", "two"]);
    expect(result.suspects[0].subject).toBe("four");
  });

  it("searches from a good end that is no ancestor, unless it is a fix", async () => {
    const r = new Repository();
    r.commit("base", "good");
    r.git("checkout", "--quiet", "-b", "release");
    r.commit("release", "good");
    r.git("checkout", "--quiet", "main");
    r.commit("culprit", "bad");
    r.commit("later", "bad");
    const result = await bisect(r, "release", "main");
    expect(told(result)).toEqual({ certainty: "found", suspects: ["culprit"] });

    const f = new Repository();
    f.commit("base", "bad");
    f.git("checkout", "--quiet", "-b", "fixed");
    f.commit("fix", "good");
    f.git("checkout", "--quiet", "main");
    f.commit("other", "bad");
    const fixed = await bisect(f, "fixed", "main");
    expect(fixed.certainty).toBe("none");
    expect(fixed.reasons[0]).toContain("fixed fixes it");
  });

  it.each([
    ["good", "good", "none", "HEAD is good"],
    ["bad", "bad", "cannot be judged", "is bad already"],
    ["broken", "bad", "cannot be judged", "cannot be judged: build"],
  ] as const)("says so where the ends are %s and %s", async (first, last, certainty, reason) => {
    const r = new Repository();
    const good = r.commit("one", first);
    r.commit("two", last);
    const result = await bisect(r, good, "HEAD");
    expect(result.certainty).toBe(certainty);
    expect(result.reasons[0]).toContain(reason);
  });

  it("installs once for each content of the lock files", async () => {
    const r = new Repository();
    const lock = (n: number) => ({ "package.json": "{}", "package-lock.json": `{"n": ${n}}` });
    const good = r.commitFiles("one", { state: "good", ...lock(1) });
    for (const n of [2, 3, 4]) r.commitFiles(`${n}`, { state: "good", n: `${n}` });
    r.commitFiles("culprit", { state: "bad", ...lock(2) });
    for (const n of [6, 7]) r.commitFiles(`${n}`, { n: `${n}` });
    const log = join(r.path, ".git", "setups");
    const setup = `mkdir node_modules && cp package-lock.json node_modules/ && echo x >> ${log}`;
    const judge = "cmp -s package-lock.json node_modules/package-lock.json || exit 125;";
    const result = await bisect(r, good, "HEAD", { setup, build: "", run: judge + run });
    expect(told(result)).toEqual({ certainty: "found", suspects: ["culprit"] });
    expect(result.judged.every((j) => j.judgement !== "skip")).toBe(true);
    expect(readFileSync(log, "utf8")).toBe("x\nx\n");
  });

  it("builds once for what a build reads, and not at all the next time", async () => {
    const r = new Repository();
    const source = (n: number) => ({ "src/main": `${n}` });
    const good = r.commitFiles("one", { state: "good", ...source(1) });
    r.commitFiles("docs", { "README.md": "About." });
    r.commitFiles("a file that the build reads", { "src/other": "x" });
    r.commitFiles("back", { "src/other": "", "docs/more.md": "More." });
    r.commitFiles("culprit", { state: "bad" });
    r.commitFiles("more docs", { "README.md": "About it." });
    const log = join(temporaryFolder(), "builds");
    const cache = join(temporaryFolder(), "cache");
    const made = "mkdir -p out && cat state src/* > out/built && touch stamp";
    const counted = `git ls-files -s state src | cksum >> ${log} && ${made}`;
    // Judged by what was built: a build of another commit would be seen.
    const judge = 'test "$(cat state src/*)" = "$(cat out/built)" -a -e stamp || exit 125;';
    const options = { build: counted, run: judge + run, cache };
    const builds = (): string[] =>
      existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
    const first = await bisect(r, good, "HEAD", options);
    expect(told(first)).toEqual({ certainty: "found", suspects: ["culprit"] });
    expect(first.judged.some((j) => j.judgement === "skip")).toBe(false);
    // Commits that differ in their docs share a build.
    expect(new Set(builds()).size).toBe(builds().length);
    expect(builds().length).toBeGreaterThan(1);
    rmSync(log);
    expect(await bisect(r, good, "HEAD", options)).toEqual(first);
    expect(builds()).toEqual([]);
    // Another command is another build, and so is one that reads more.
    const other = await bisect(r, good, "HEAD", { ...options, build: `${counted} && true` });
    expect([other, builds().length > 1]).toEqual([first, true]);
    // To one that reads texts, each is a tree of its own.
    rmSync(log);
    expect(await bisect(r, good, "HEAD", { ...options, reads: ["."] })).toEqual(first);
    expect(new Set(builds()).size).toBeLessThan(builds().length);
    expect(readdirSync(join(cache, "unfinished"))).toEqual([]);
  });

  it("does not keep what a build has changed in the sources or in the installation", async () => {
    for (const changes of ["echo x >> state", "echo x > node_modules/generated"]) {
      const r = new Repository();
      const lock = { "package-lock.json": "{}" };
      const good = r.commitFiles("one", { state: "good", ...lock });
      r.commitFiles("culprit", { state: "bad" });
      r.commitFiles("docs", { "a.md": "a" });
      const log = join(temporaryFolder(), "builds");
      const setup = "mkdir node_modules && touch -d 2001-01-01 node_modules/own";
      const options = { setup, build: `${changes} && echo x >> ${log}`, cache: temporaryFolder() };
      const first = await bisect(r, good, "HEAD", options);
      expect(told(first)).toEqual({ certainty: "found", suspects: ["culprit"] });
      const once = readFileSync(log, "utf8").length;
      await bisect(r, good, "HEAD", options);
      expect(readFileSync(log, "utf8").length).toBe(2 * once);
    }
  });

  it("passes by commits that hang, and ends what they have started", async () => {
    const r = new Repository();
    const good = r.commit("one", "good");
    for (const hangs of ["setup", "build", "run"]) {
      r.commitFiles(`${hangs} hangs`, { state: "good", hangs, "package-lock.json": hangs });
    }
    r.commitFiles("culprit", { state: "bad", hangs: "", "package-lock.json": "" });
    const pids = join(temporaryFolder(), "pids");
    // One in the background that keeps the output, one in front.
    const hang = (step: string): string =>
      `if grep -qs ${step} hangs; then sleep 300 & echo $! >> ${pids}; sleep 300; fi;`;
    const result = await bisect(r, good, "HEAD", {
      setup: hang("setup"),
      build: hang("build"),
      run: `${hang("run")} ${run}`,
      timeoutMs: 1000,
    });
    expect(result.certainty).toBe("narrowed");
    const skipped = result.judged.filter((j) => j.judgement === "skip");
    expect(skipped.map((j) => j.commit.subject).sort()).toEqual(
      ["build hangs", "run hangs", "setup hangs"].sort(),
    );
    for (const { line } of skipped) expect(line).toContain("did not end in time (--timeout)");
    const left = readFileSync(pids, "utf8").trim().split("\n").map(Number);
    expect(left.length).toBe(3);
    for (const pid of left) expect(runs(pid)).toBe(false);
  });

  it("does not wait for what a command leaves in the background", async () => {
    const r = new Repository();
    const good = r.commit("one", "good");
    r.commit("culprit", "bad");
    const result = await bisect(r, good, "HEAD", { build: "sleep 300 & true" });
    expect(told(result)).toEqual({ certainty: "found", suspects: ["culprit"] });
  });

  it("keeps nothing of one commit for the next but the installation", async () => {
    const r = new Repository();
    const good = r.commit("one", "good");
    for (const n of [2, 3]) r.commit(`${n}`, "good");
    r.commit("culprit", "bad");
    const litter = 'test "$(ls left* 2>/dev/null)" = "" || exit 125; touch left.o state.o;';
    const result = await bisect(r, good, "HEAD", { build: litter, hands: 1 });
    expect(told(result)).toEqual({ certainty: "found", suspects: ["culprit"] });
    expect(readdirSync(r.path).sort()).toEqual([".git", "changes", "state"]);
  });
});
