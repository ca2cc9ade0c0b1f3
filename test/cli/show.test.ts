// `show` of the built command line.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { joinBetween, parseBetween } from "../../src/cli/between.ts";
import { acceptedGoldens, cli, startCli, temporaryFolder, trace } from "./run-cli.ts";

const recording = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";
const rows = (out: string): string[] => out.trimEnd().split("\n").slice(3);

describe("show", () => {
  it("lists a recording, decoded, in microseconds from its first event", async () => {
    const { code, out, err } = await cli(["show", recording]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^times are us from the first event, at 1\.201148303 s$/m);
    expect(out).toMatch(/^ +0\.000 +0 +init +TRACE START scenario=single$/m);
    expect(out).toMatch(/ tick_work +W DOORBELL\.DOORBELL_0 0x00000001$/m);
    expect(out).toMatch(/ group_sync_upd_work +fence 7:1 signalled$/m);
    expect(out).toMatch(/GPU\.GPU_CMD 0x[0-9a-f]{8} FLUSH_CACHES/);
    expect(out).not.toContain("\u001b");
  });

  it.each([
    ["--fences", /^(fence|job) |waits? for |has waited/],
    ["--registers", /^[RW] [A-Z_]+\.\w+ 0x[0-9a-f]{8}/],
    ["--irqs", /irq|interrupt/],
    ["--contexts", /->|wakes|queues|begins|ends|timer|sched_wakeup|workqueue_activate/],
  ])("lists only what %s asks for", async (option, wanted) => {
    const { out } = await cli(["show", trace, option]);
    const texts = rows(out).map((l) => l.slice(47));
    expect(texts.length).toBeGreaterThan(8);
    expect(texts.filter((t) => !wanted.test(t))).toEqual([]);
  });

  it("lists what lies between two times", async () => {
    const { out } = await cli(["show", trace, "--registers", "--between", "202.1ms", "202180us"]);
    const times = rows(out).map((l) => Number(l.slice(0, 14)));
    expect(times.length).toBeGreaterThan(5);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(202100);
    expect(Math.max(...times)).toBeLessThanOrEqual(202180);
    const all = rows((await cli(["show", trace, "--registers"])).out);
    expect(times).toHaveLength(
      all.filter((l) => Number(l.slice(0, 14)) >= 202100 && Number(l.slice(0, 14)) <= 202180)
        .length,
    );
  });

  it("tells the life of a fence and what led to its signal", async () => {
    for (const input of [trace, recording]) {
      const { code, out } = await cli(["show", input, "--fence", "7:1"]);
      expect(code).toBe(0);
      expect(out).toMatch(/^fence 7:1 {2}drm_sched panthor-queue-1-1-0$/m);
      expect(out).toMatch(/job run +by drm_sched_run_job_work$/m);
      expect(out).toMatch(/signalled +by group_sync_upd_work$/m);
      const [, chain] = out.split("it was signalled because of, nearest first:\n");
      const steps = [
        "queues group_sync_upd_work",
        "irq 66 panthor-job begins",
        "GPU sets sync object",
      ];
      const places = steps.map((s) => chain.indexOf(s));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places[0]).toBeGreaterThan(0);
    }
  });

  it("lists a golden", async () => {
    const { file } = await acceptedGoldens();
    const { code, out } = await cli(["show", file, "--registers"]);
    expect(code).toBe(0);
    const golden = readFileSync(file, "utf8");
    expect(rows(out)).toHaveLength(golden.match(/ [RW] [A-Z_]+\.\w+ (0x|-)/g)!.length);
  });

  it("says what of a recording was lost or is not known", async () => {
    const { err } = await cli(["show", "test/fixtures/samples/ftrace/k7.2/dat/dropped.dat"]);
    expect(err).toMatch(/^note: events were lost at \d+ places of this recording$/m);
  });

  it("ends when its reader does", async () => {
    const child = startCli(["show", recording]);
    child.stdout!.once("data", () => child.stdout!.destroy());
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(0);
  });

  it.each([
    [["--fence", "9"], /--fence 9: expected context:seqno/],
    [["--fence", "77:1"], /has no such fence; it has 6:1, 7:1/],
    [["--between", "2ms", "1ms"], /ends before it begins/],
    [["--between", "2parsecs..3"], /2parsecs is not a time; expected e\.g\. 350us/],
  ])("refuses %s", async (args, message) => {
    const { code, err } = await cli(["show", trace, ...args]);
    expect(code).toBe(129);
    expect(err).toMatch(message);
  });

  it("gives everything before a place where a recording is broken, and says where", async () => {
    const file = join(temporaryFolder(), "cut.dat");
    const whole = readFileSync("test/fixtures/samples/gpu/fences-k7.2/fences-run1.dat");
    writeFileSync(file, whole.subarray(0, whole.length >> 1));
    const { code, err } = await cli(["show", file]);
    expect(code).toBe(129);
    expect(err).toMatch(/cut\.dat: byte 0x[0-9a-f]+: /);
  });
});

describe("--between", () => {
  it("takes two values", () => {
    expect(joinBetween(["show", "x", "--between", "1ms", "2s", "--irqs"])).toEqual([
      "show",
      "x",
      "--between",
      "1ms..2s",
      "--irqs",
    ]);
    expect(joinBetween(["show", "--between", "1..2", "x"])).toEqual([
      "show",
      "--between",
      "1..2",
      "x",
    ]);
    expect(joinBetween(["show", "--between"])).toEqual(["show", "--between"]);
  });

  it("knows units", () => {
    expect(parseBetween("1.5us..2ms")).toEqual({ from: 1500, to: 2e6 });
    expect(parseBetween("7..")).toEqual({ from: 7000, to: Infinity });
    expect(parseBetween("..3s")).toEqual({ from: 0, to: 3e9 });
    expect(() => parseBetween("1ms")).toThrow("expected two times");
  });
});
