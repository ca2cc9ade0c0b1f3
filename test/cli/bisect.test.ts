// `bisect` of the built command line: the patch of a series, the event of a trace, and the commit of
// a repository that uses the tool.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { Repository } from "../bisect/repository.ts";
import { config, overlayModule } from "./foreign-project.ts";
import { cli, root, startCli, temporaryFolder, trace } from "./run-cli.ts";

const series = ["--series", "irq-latency-v3", "--good", "irq-latency-v3@4"];

describe("bisecting a series", () => {
  it("finds the patch, the same with any number of threads", async () => {
    const runs = await Promise.all(
      ["1", "3"].map((jobs) => cli(["bisect", trace, ...series, "--jobs", jobs, "--json"])),
    );
    for (const run of runs) expect([run.code, run.err]).toEqual([0, ""]);
    const [one, many] = runs.map((run) => JSON.parse(run.out) as Record<string, unknown>);
    expect(many).toEqual(one);
    expect(one).toMatchObject({
      patch: 5,
      title: "Don't defer job completion checks",
      certainty: "confirmed by leaving it out and alone",
      judged: [
        [4, "good"],
        [5, "bad"],
        [6, "bad"],
        [7, "bad"],
      ],
    });
  });

  it("says what the patch does, where the timelines part, and how sure it is", async () => {
    const predicate = ["--predicate", "fence done:1 by process_fw_events_work"];
    const run = await cli(["bisect", trace, ...series, "--bad", "irq-latency-v3@5", ...predicate]);
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^patch 5 of irq-latency-v3 signals fence done:1 by/);
    expect(run.out).toContain("source: e17b176bf3a4");
    expect(run.out).toContain("causes at irq-latency-v3@5:");
    // v3 has the fence signalled by the interrupt thread in the end.
    expect(run.out).toContain("Sure that it does it");
    expect(run.out).toContain("the whole series is good again");
  });

  it("finds nothing where nothing is, exit code 1", async () => {
    const run = await cli(["bisect", trace, "--series", "irq-latency-v3", "--warning", "no such"]);
    expect([run.code, run.err]).toEqual([1, ""]);
    expect(run.out).toContain("no patch of irq-latency-v3@0..@7");
  });
});

describe("bisecting inside a trace", () => {
  it("names the event by file, line and column", async () => {
    const ends = ["--good", "irq-latency-v3@4", "--bad", "irq-latency-v3@5"];
    const run = await cli(["bisect", trace, "--inside", ...ends, "--json"]);
    expect([run.code, run.err]).toEqual([0, ""]);
    const line = (event: string): number =>
      readFileSync(join(root, trace), "utf8")
        .split("\n")
        .findIndex((l) => l.includes(event)) + 1;
    expect(JSON.parse(run.out)).toMatchObject({
      number: 11,
      count: 21,
      event: { place: `${trace}:${line("syncobj_timeline_wait")}:5` },
      origin: { place: `${trace}:${line("group_submit")}:5` },
    });
  });
});

/** A repository that uses the tool, with its overlay as it was at five commits. */
function foreignHistory(): { readonly repository: Repository; readonly setup: string } {
  const r = new Repository();
  const installed = join(temporaryFolder(), "node_modules");
  mkdirSync(join(installed, "panthor-replay"), { recursive: true });
  symlinkSync(join(root, "package.json"), join(installed, "panthor-replay/package.json"));
  symlinkSync(dirname(inject("cli")), join(installed, "panthor-replay/dist"));
  const own = readFileSync(join(root, trace), "utf8");
  const overlay = "overlays/early-signal.mjs";
  const harmless = overlayModule.replace("patches: [signalFromEventWork, ", "patches: [");
  r.commitFiles("first", {
    ".gitignore": "node_modules\n",
    "package.json": '{"private": true}\n',
    "panthor-replay.config.yaml": config,
    "scenarios/my-job.yaml": own.replace(
      "name: single-job",
      "name: my-job\nrevision: early-signal",
    ),
    [overlay]: harmless,
  });
  r.git("tag", "v1");
  r.commitFiles("does not load", { [overlay]: `${harmless}\n}` });
  r.commitFiles("loads again", { [overlay]: `${harmless}\n` });
  r.commitFiles("sched: signal from the event work", { [overlay]: overlayModule });
  r.commitFiles("docs", { "README.md": "About.\n" });
  return { repository: r, setup: `ln -s ${installed} node_modules` };
}

describe("bisecting git history", () => {
  it("finds the commit of a repository that uses the tool", async () => {
    const { repository, setup } = foreignHistory();
    const cwd = repository.path;
    execFileSync("sh", ["-c", setup], { cwd });
    const args = ["bisect", "my-job", "--git", "v1..main", "--setup", setup, "--jobs", "2"];
    const run = await cli(args, { cwd, env: { CI: "true" } });
    expect([run.code, run.err]).toEqual([0, ""]);
    expect(run.out).toMatch(/^commit [0-9a-f]+ changes the timeline:/);
    expect(run.out).toContain("sched: signal from the event work");
    expect(run.out).toContain("is signalled by process_fw_events_work");
    expect(run.out).toContain("Confirmed by reverting it and by it alone.");
    expect(repository.git("status", "--porcelain")).toBe("");
    expect(repository.git("worktree", "list").split("\n").length).toBe(1);

    // What docs/bisect.md says of git's own bisection.
    const panthor = "node node_modules/panthor-replay/dist/panthor-replay.js";
    const goldens = join(temporaryFolder(), "goldens");
    repository.git("checkout", "--quiet", "v1");
    const accepted = await cli(["accept", "my-job", "--golden-root", goldens], { cwd });
    expect(accepted.code).toBe(0);
    repository.git("bisect", "start", "main", "v1");
    const judge =
      `${panthor} replay my-job --golden-root ${goldens}; ` +
      "code=$?; test $code -gt 125 && exit 125; exit $code";
    const told = repository.git("bisect", "run", "sh", "-c", judge);
    const culprit = repository.git("rev-parse", "main~1");
    expect(told).toContain(`${culprit} is the first bad commit`);
  });

  it("says which end is no commit", async () => {
    const repository = new Repository();
    repository.commit("one", "good");
    const args = ["bisect", trace, "--git", "nothing..main", "--repo", repository.path];
    const run = await cli(args);
    expect(run.err).toContain("--git nothing..main: nothing: no such commit");
    expect(run.code).toBe(129);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const repository = new Repository();
    repository.commit("one", "good");
    repository.commit("two", "bad");
    const folder = temporaryFolder();
    const args = ["bisect", trace, "--git", "main~1..main", "--repo", repository.path];
    const child = startCli([...args, "--run", `touch ${folder}/began; sleep 60`], {
      env: { TMPDIR: folder },
    });
    while (!readdirSync(folder).includes("began")) await new Promise((r) => setTimeout(r, 20));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual(["began"]);
    expect(repository.git("worktree", "list").split("\n").length).toBe(1);
  });
});

describe("bisect refuses", () => {
  const git = ["--git", "HEAD~1..HEAD"];

  it.each([
    [["--good", "linux-7.3"], "give --series NAME, or --good REV and --bad REV"],
    [["--series", "irq-latency-v4"], "did you mean irq-latency-v"],
    [["--good", "irq-latency-v3@5", "--bad", "irq-latency-v3@2"], "is not before"],
    [["--good", "irq-latency-v3~5", "--bad", "irq-latency-v3"], "expected linux-7.3"],
    [["--series", "irq-latency-v3", "--fence-later", "soon"], "--fence-later soon"],
    [["--series", "irq-latency-v3", "--predicate", "fense any later"], "did you mean fence?"],
    [["--series", "irq-latency-v3", "--predicate", "fence out0 later"], "expected one of done:1"],
    [["--series", "irq-latency-v3", "--jobs", "none"], "--jobs none: expected a number"],
    [["--inside", "--good", "linux-7.3"], "give --good REV and --bad REV"],
    [["--series", "irq-latency-v3", "--run", "true"], "--run: only with --git"],
    [["--git", "HEAD"], "expected GOOD..BAD"],
    [[...git, "--repo", "/proc"], "--repo /proc: not a git repository"],
    [[...git, "--inside"], "--inside: not with --git"],
    [[...git, "--timeout", "soon"], "--timeout soon: expected a time such as 90s"],
    [[...git, "--cache", "package.json/no"], "--cache package.json/no: cannot be written"],
    [[...git, "--cache", "/tmp", "--no-cache"], "--cache: not with --no-cache"],
    [["--series", "irq-latency-v3", "--build-reads", "src"], "--build-reads: only with --git"],
    [[...git, "--run", "true", "--warning", "x"], "--run judges by its exit code"],
  ])("%j", async (args, message) => {
    const run = await cli(["bisect", trace, ...args]);
    expect(run.err).toContain(message);
    expect(run.code).toBe(129);
  });
});
