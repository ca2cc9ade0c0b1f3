// `replay` end to end: exit codes, verdicts, timelines, JSON.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { acceptedGoldens, cli, temporaryFolder, trace } from "./run-cli.ts";

describe("replay", () => {
  it("exits with 0 where golden and replay agree", async () => {
    const { goldens, file } = await acceptedGoldens();
    const { code, out, err } = await cli(["replay", trace, "--golden-root", goldens]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain(`golden: agrees (${file})`);
    expect(out).toMatch(/^single-job {2}linux-7\.3 {2}zero-cost {2}seed 0$/m);
    expect(out).toMatch(/^ {2}jobs +1 done$/m);
    expect(out).toMatch(/^ {2}digest +[0-9a-f]{16}$/m);
    expect(out).toMatch(/gpu done -> .* irq raised -> .* work running -> .* signalled/);
  });

  it("exits with 1 and tells the first divergence with its causes where they differ", async () => {
    const { goldens, file } = await acceptedGoldens();
    const golden = readFileSync(file, "utf8");
    const changed = golden.replace(/^(7:1 .*)by=group_sync_upd_work /m, "$1by=irq/66-panthor- ");
    expect(changed).not.toBe(golden);
    writeFileSync(file, changed);
    const { code, out } = await cli(["replay", trace, "--golden-root", goldens]);
    expect(code).toBe(1);
    expect(out).toContain("differs: 1 other context");
    expect(out).toMatch(/^first divergence at [\d.]+ us \(fences\): other context$/m);
    expect(out).toMatch(
      /^ {2}fence 7:1 is signalled by group_sync_upd_work.*, expected irq\/66-panthor-/m,
    );
    expect(out).toMatch(/^ {2}- 7:1 .*by=irq\/66-panthor- /m);
    expect(out).toMatch(/^ {2}\+ 7:1 .*by=group_sync_upd_work /m);
    const chain = out.slice(out.indexOf("what led there in this replay, nearest first:"));
    const places = [
      "dma_fence_signaled",
      "workqueue_execute_start",
      "workqueue_queue_work",
      "irq_handler_entry",
      "irq_raise",
      "sync_write",
    ].map((name) => chain.indexOf(`: ${name}: `));
    expect(places.every((at) => at > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(out).toMatch(/^in the golden:\n {2}signalled at [\d.]+ by irq\/66-panthor- < /m);
    // Back to the GPU on this side too, from the thread on, which ran in the replay as well.
    const from = out.indexOf("  and irq/66-panthor-, as in the replay:\n");
    const shared = out.slice(from, out.indexOf("what led there in this replay"));
    const told = [...shared.matchAll(/^ {4}.*: (\w+): /gm)].map((m) => m[1]);
    expect([told[0], told.at(-1)]).toEqual(["sched_waking", "sync_write"]);
    expect(told).toContain("irq_handler_entry");
  });

  it("tells of a golden's access why its context ran", async () => {
    const { goldens, file } = await acceptedGoldens();
    const golden = readFileSync(file, "utf8");
    writeFileSync(
      file,
      golden.replace("tick_work W DOORBELL.DOORBELL_0", "tick_work W DOORBELL.DOORBELL_1"),
    );
    const { out } = await cli(["replay", trace, "--golden-root", goldens]);
    const chain = out.slice(out.indexOf("in the golden:"), out.indexOf("us from "));
    expect(chain).toMatch(
      / {2}and tick_work, as in the replay:\n.*: workqueue_execute_start: .*=tick_work\n/,
    );
    expect(chain).toMatch(/: ioctl_begin: name=GROUP_SUBMIT /);
    // What does not run in the replay by then has no such chain.
    const foreign = golden.replace(
      "tick_work W DOORBELL.DOORBELL_0",
      "no_work W DOORBELL.DOORBELL_0",
    );
    writeFileSync(file, foreign);
    const other = await cli(["replay", trace, "--golden-root", goldens]);
    expect(other.code).toBe(1);
    expect(other.out).not.toContain("as in the replay");
  });

  it("prints a timeline of more entries than a call has room for", async () => {
    const long = "traces/irq/21c-completion-inside-terminate.yaml";
    const args = ["replay", long, "--no-golden", "--timeline", "all"];
    const { code, err, out } = await cli(args);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out.split("\n").length).toBeGreaterThan(125_000);
  });

  it.each([
    ["a register access removed", /^.* W DOORBELL\.DOORBELL_0 .*\n/m, "", /\d+ extra/],
    [
      "another register value",
      /GPU\.GPU_CMD 0x00023304/,
      "GPU.GPU_CMD 0x00023305",
      /1 other value/,
    ],
    [
      "an earlier signal",
      /signalled=202175\.287 error=0 by/,
      "signalled=202144.287 error=0 by",
      /delayed/,
    ],
    ["a kernel message", /^(\d+\.\d+) err .*\n/m, "", /1 extra/],
  ])("tells %s", async (_, from, to, told) => {
    const { goldens, file } = await acceptedGoldens();
    const golden = readFileSync(file, "utf8");
    const changed = golden.replace(from, to);
    expect(changed).not.toBe(golden);
    writeFileSync(file, changed);
    const { code, out } = await cli(["replay", trace, "--golden-root", goldens]);
    expect(code).toBe(1);
    expect(out).toMatch(told);
    expect(out).toContain("first divergence at ");
  });

  it("exits with 1 where there is no golden, and says how to make one", async () => {
    const goldens = temporaryFolder();
    const { code, out } = await cli(["replay", trace, "--golden-root", goldens]);
    expect(code).toBe(1);
    expect(out).toContain("golden: missing");
    expect(out).toContain(`npm run accept -- ${trace}`);
  });

  it("does not compare with --no-golden", async () => {
    const goldens = temporaryFolder();
    const args = ["replay", trace, "--golden-root", goldens, "--no-golden"];
    const { code, out } = await cli(args);
    expect(code).toBe(0);
    expect(out).toContain("golden: not compared");
  });

  it("prints the timeline of fences, of registers, of everything", async () => {
    const run = async (which: string): Promise<string[]> => {
      const { code, out } = await cli(["replay", "--no-golden", "--timeline", which, trace]);
      expect(code).toBe(0);
      return out.split("\n");
    };
    const [none, fences, registers, all] = await Promise.all(
      ["none", "fences", "registers", "all"].map(run),
    );
    const fenceLines = fences.filter((l) => /^\d+:\d+ /.test(l));
    expect(fenceLines.length).toBe(4);
    const access = /^\d+\.\d{3} \d+ .* [RW] [A-Z0-9_]+\.[A-Z0-9_]+ /;
    const accesses = registers.filter((l) => access.test(l)).length;
    const counted = none.join("\n").match(/registers +(\d+) reads, (\d+) writes/)!;
    expect(accesses).toBe(Number(counted[1]) + Number(counted[2]));
    const entry = /^ *\S+ \[\d{3}\] \S{3} \d+\.\d{9}: \w+: /;
    const entries = Number(none.join("\n").match(/, (\d+) entries/)![1]);
    expect(all.filter((l) => entry.test(l)).length).toBe(entries);
    expect(none.some((l) => access.test(l) || entry.test(l))).toBe(false);
  });

  it("prints JSON with --json", async () => {
    const { goldens, file } = await acceptedGoldens();
    const args = ["replay", trace, "--golden-root", goldens, "--json", "--timeline", "fences"];
    const agreeing = JSON.parse((await cli(args)).out) as Record<string, unknown>;
    expect(agreeing).toMatchObject({
      trace: "single-job",
      revision: "linux-7.3",
      profile: "zero-cost",
      seed: 0,
      verdict: "agrees",
      differences: [],
    });
    expect(agreeing["timeline"]).toHaveLength((agreeing["fences"] as unknown[]).length);
    writeFileSync(file, readFileSync(file, "utf8").replace(/error=0/, "error=-62"));
    const { code, out } = await cli(args);
    expect(code).toBe(1);
    const differing = JSON.parse(out) as { verdict: string; differences: unknown[] };
    expect(differing.verdict).toBe("differs");
    expect(differing.differences).toEqual([
      expect.objectContaining({ kind: "other error", section: "fences" }),
    ]);
  });

  it("takes revision, profile and seed from options", async () => {
    const args = ["--revision", "linux-7.3", "--profile", "rk3588", "--seed", "7"];
    const { code, out } = await cli(["replay", trace, "--no-golden", ...args]);
    expect(code).toBe(0);
    expect(out).toMatch(/^single-job {2}linux-7\.3 {2}rk3588 {2}seed 7$/m);
  });

  it("says that the trace has changed since its golden was accepted", async () => {
    const { goldens, file } = await acceptedGoldens();
    const golden = readFileSync(file, "utf8");
    writeFileSync(file, golden.replace(/^(# trace: single-job) .*$/m, "$1 0123456789abcdef"));
    const { code, out } = await cli(["replay", trace, "--golden-root", goldens]);
    expect(code).toBe(0);
    expect(out).toContain("note: the trace has changed since this golden was accepted");
  });

  it("exits with 1 where the trace's own expectation is not met", async () => {
    const dir = temporaryFolder();
    const text = readFileSync(trace, "utf8");
    const unmet = text.replace(/(group_destroy: .*)$/m, "$1 ret=-EINVAL");
    expect(unmet).not.toBe(text);
    const file = join(dir, "unmet.yaml");
    writeFileSync(file, unmet);
    const { code, out } = await cli(["replay", file, "--no-golden"]);
    expect(code).toBe(1);
    expect(out).toMatch(/finding .*group_destroy/);
  });
});
