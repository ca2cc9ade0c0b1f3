// Reviewing pending differences with the built command line: what is shown, asked, written and
// remembered.

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { parseAnswer } from "../../src/cli/answers.ts";
import { gateProject, rk3588Golden, zeroCostGolden } from "./gate-project.ts";
import { cli, type CliResult } from "./run-cli.ts";

function start(cwd: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const own: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", ...env };
  if (!("CI" in env)) delete own["CI"];
  return spawn(process.execPath, [inject("cli"), "review"], { cwd, env: own });
}

function end(child: ChildProcess): Promise<CliResult> {
  let out = "";
  let err = "";
  child.stdout!.on("data", (b: Buffer) => (out += b.toString("utf8")));
  child.stderr!.on("data", (b: Buffer) => (err += b.toString("utf8")));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

function review(cwd: string, answers: string, env?: Readonly<Record<string, string>>) {
  const child = start(cwd, env);
  child.stdin!.end(answers);
  return end(child);
}

describe("review", () => {
  it("walks through what is pending, writes what is accepted, remembers what is rejected", async () => {
    const p = gateProject(["zero-cost", "rk3588"]);
    const right = p.read(zeroCostGolden);
    p.edit(zeroCostGolden, (t) => t.replace("error=0", "error=-62"));
    cpSync(join(p.dir, zeroCostGolden), join(p.dir, "golden/linux-7.3/zero-cost/gone.golden"));
    rmSync(join(p.dir, rk3588Golden));
    const first = await review(p.dir, "hm\na\nreject: costs are not known yet\naccept\n");
    expect(first.err).toBe("");
    expect(first.code).toBe(1);
    expect(first.out).toContain("[1/3] linux-7.3/zero-cost/single-job: differs\n");
    expect(first.out).toContain("differs: 1 other error");
    // The typed difference comes before the question; what is no answer is explained.
    const question = first.out.indexOf("accept, reject, skip, quit? ");
    expect(first.out.indexOf("first divergence")).toBeLessThan(question);
    expect(first.out.slice(question)).toContain("accept, reject, skip, quit? hm\n  a, accept ");
    expect(first.out).toContain("[2/3] linux-7.3/rk3588/single-job: no golden\n");
    expect(first.out).toContain("[3/3] linux-7.3/zero-cost/gone: obsolete\n");
    expect(first.out).toContain(
      "\nrejected  linux-7.3/rk3588/single-job: costs are not known yet\n" +
        "          npm run replay -- traces/single-job.yaml --revision linux-7.3 --profile rk3588\n" +
        "2 accepted, 1 rejected, 0 skipped\n",
    );
    expect(p.read(zeroCostGolden)).toBe(right);
    expect(p.files("golden")).toEqual(["manifest.yaml", "single-job.golden"]);
    const second = await review(p.dir, "a\n");
    expect(second.code).toBe(0);
    expect(p.read(rk3588Golden)).toContain("\n# profile: rk3588\n");
    const third = await review(p.dir, "");
    expect(third).toEqual({ code: 0, out: "nothing is pending\n", err: "" });
  });

  it("writes nothing for skip, quit and the end of the answers, and nothing in CI", async () => {
    const p = gateProject();
    p.edit(zeroCostGolden, (t) => t.replace("error=0", "error=-62"));
    const wrong = p.read(zeroCostGolden);
    for (const [answers, counts] of [
      ["s\n", "0 accepted, 0 rejected, 1 skipped"],
      ["q\n", "0 accepted, 0 rejected, 0 skipped, 1 not looked at"],
      ["", "0 accepted, 0 rejected, 0 skipped, 1 not looked at"],
    ]) {
      const run = await review(p.dir, answers);
      expect([run.code, run.out.trimEnd().split("\n").at(-1)]).toEqual([1, counts]);
      expect(p.read(zeroCostGolden)).toBe(wrong);
    }
    const ci = await review(p.dir, "a\n", { CI: "true" });
    expect(ci).toEqual({
      code: 129,
      out: "",
      err: "panthor-replay: review: CI only checks; run it where goldens may be written\n",
    });
    expect(p.read(zeroCostGolden)).toBe(wrong);
  });

  it("does not write over a golden that has changed since it was compared", async () => {
    const p = gateProject();
    p.edit(zeroCostGolden, (t) => t.replace("error=0", "error=-62"));
    const child = start(p.dir);
    const ended = end(child);
    await new Promise<void>((resolve) => {
      child.stdout!.on("data", (b: Buffer) => {
        if (b.toString("utf8").includes("quit? ")) resolve();
      });
    });
    p.edit(zeroCostGolden, (t) => t.replace("error=-62", "error=-5"));
    const other = p.read(zeroCostGolden);
    child.stdin!.end("a\n");
    const { code, out } = await ended;
    expect(code).toBe(1);
    expect(out).toContain("the golden has changed since it was compared; nothing written");
    expect(p.read(zeroCostGolden)).toBe(other);
  });

  it("offers nothing to accept where no golden would help", async () => {
    const p = gateProject();
    p.edit("traces/single-job.yaml", (t) =>
      t.replace("streams:\n", "promises:\n  - every job signalled, by hardirq\nstreams:\n"),
    );
    const run = await review(p.dir, "a\nr\n");
    expect(run.code).toBe(1);
    expect(run.out).toContain("[1/1] linux-7.3/zero-cost/single-job: finding\n");
    expect(run.out).toContain("reject, skip, quit? a\nthere is no golden that would change this");
    expect(run.out).toContain("0 accepted, 1 rejected, 0 skipped\n");
    const bad = await cli(["review", "--manifest", "none.yaml"], { cwd: p.dir });
    expect(bad.code).toBe(129);
    expect(bad.err).toContain("none.yaml:1:1: cannot be read");
  });

  it.each([
    ["a", { choice: "accept", remark: "" }],
    [" Accept ", { choice: "accept", remark: "" }],
    ["r it is late", { choice: "reject", remark: "it is late" }],
    ["reject: it is late", { choice: "reject", remark: "it is late" }],
    ["?", { choice: "help", remark: "" }],
    ["", null],
    ["acc", null],
    ["1", null],
  ])("%j is read as an answer", (line, answer) => {
    expect(parseAnswer(line)).toEqual(answer);
  });
});
