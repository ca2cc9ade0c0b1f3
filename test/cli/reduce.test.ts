// `reduce` of the built command line.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { names, read } from "../reduce/traces.ts";
import { cli, root, startCli, temporaryFolder } from "./run-cli.ts";

const trace = "traces/corpus/resume-fails.yaml";
const sought = [
  ...["--revision", "corpus/resume-error-lost", "--good", "linux-7.3"],
  ...["--predicate", "warning panthor_fw_resume"],
];

describe("reduce", () => {
  it("prints a trace that replays and reduces to itself, and says what it did", async () => {
    const run = await cli(["reduce", trace, ...sought]);
    expect(run.code).toBe(0);
    expect(run.err).toMatch(/20 events reduced to 2 \(\d+ candidates tried, \d+ steps\)/);
    expect(names(read(run.out))).toEqual(["plug", "boot_fail"]);
    expect(run.out).toContain("name: resume-fails-reduced");
    const reduced = join(temporaryFolder(), "reduced.yaml");
    writeFileSync(reduced, run.out);
    const [replayed, again] = await Promise.all([
      cli(["replay", reduced, "--no-golden"]),
      cli(["reduce", reduced, ...sought, "--jobs", "1"]),
    ]);
    expect(replayed.code).toBe(0);
    expect([again.code, again.out]).toEqual([0, run.out]);
    expect(again.err).toContain("2 events reduced to 2");
  });

  it("goes on after it was killed, to the same result", async () => {
    const output = join(temporaryFolder(), "reduced.yaml");
    const args = ["reduce", trace, ...sought, "--output", output, "--jobs", "1"];
    const child = startCli(args);
    const ended = new Promise((resolve) => child.on("close", resolve));
    const judged = (): number =>
      existsSync(`${output}.state`)
        ? readFileSync(`${output}.state`, "utf8").split("\n").length - 2
        : 0;
    while (judged() < 2) await new Promise((r) => setTimeout(r, 5));
    child.kill("SIGKILL");
    await ended;
    expect(existsSync(output)).toBe(false);
    const run = await cli(args);
    expect([run.code, run.err]).toEqual([0, ""]);
    expect(run.out).toMatch(/, \d+ judged before, /);
    expect(names(read(readFileSync(output, "utf8")))).toEqual(["plug", "boot_fail"]);
    expect(existsSync(`${output}.state`)).toBe(false);
  });

  it("asks a command instead", async () => {
    const run = await cli(["reduce", trace, "--run", "grep -q 'group_submit' {}"]);
    expect(run.code).toBe(0);
    expect(names(read(run.out)).at(-1)).toBe("group_submit");
    const never = await cli(["reduce", trace, "--run", "exit 3", "--predicate", "exit 4"]);
    expect([never.code, never.out]).toEqual([1, ""]);
    expect(never.err).toContain("not reduced: the command does not end with 4");
  });

  it("ends a command that hangs, of which it does not hold", async () => {
    const hangs = "grep -q boot_fail {} || sleep 300";
    const run = await cli(["reduce", trace, "--run", hangs, "--timeout", "0.3s", "--jobs", "8"]);
    expect([run.code, names(read(run.out)).includes("boot_fail")]).toEqual([0, true]);
  });

  it("says why the trace as it came does not do, exit code 1", async () => {
    const both = await cli(["reduce", trace, "--good", "linux-7.3", "--predicate", "exit 0"]);
    expect([both.code, both.out]).toEqual([1, ""]);
    expect(both.err).toContain("linux-7.3 shows it too");
  });

  it("does not look for what the trace does not promise", async () => {
    const masked = join(temporaryFolder(), "masked.yaml");
    const reason = "reason: not under test";
    const declared =
      `incidental:\n  - fences: "*:*"\n    what: [time, context]\n    ${reason}\n` +
      `  - registers: "*"\n    what: entry\n    ${reason}\n`;
    const text = readFileSync(join(root, "traces/single-job.yaml"), "utf8");
    writeFileSync(masked, text.replace("streams:\n", `${declared}streams:\n`));
    const ends = ["--revision", "irq-latency-v3", "--good", "linux-7.3"];
    const run = await cli(["reduce", masked, ...ends, "--predicate", "timeline differs"]);
    expect([run.code, run.out]).toEqual([1, ""]);
    expect(run.err).toContain("irq-latency-v3@7 does not show it (changes the timeline)");
  });

  it.each([
    [[], "give --good REV"],
    [["--predicate", "warnin x"], "did you mean warning?"],
    [["--predicate", "fence any pending", "--revision", "linux-7.4"], "did you mean linux-7.3?"],
    [[...sought, "--timeout", "1s"], "--timeout: only with --run"],
    [["--run", "true", "--good", "linux-7.3"], "--good: not with --run"],
    [["--run", "true", "--predicate", "deadlock"], "expected exit N"],
    [[...sought, "--state", "package.json"], "package.json:1:1: is no state of a reduction"],
    [[...sought, "--output", "/proc/no/such"], "/proc/no/such"],
  ])("refuses %j", async (args, message) => {
    const run = await cli(["reduce", join(root, trace), ...args]);
    expect(run.err).toContain(message);
    expect(run.code).toBe(129);
  });
});
