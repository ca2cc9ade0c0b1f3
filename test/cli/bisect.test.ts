// `bisect` of the built command line.

import { describe, expect, it } from "vitest";
import { cli, trace } from "./run-cli.ts";

describe("bisect", () => {
  it("finds the patch of a real series on the command line", async () => {
    const args = ["bisect", trace, "--series", "irq-latency-v3", "--good", "irq-latency-v3@4"];
    const run = await cli([...args, "--json"]);
    expect(run.err).toBe("");
    expect(run.code).toBe(0);
    const { patch, title, effect } = JSON.parse(run.out) as {
      patch: number;
      title: string;
      effect: { fences: { contexts: { what: string }[] } };
    };
    expect([patch, title]).toEqual([5, "Don't defer job completion checks"]);
    expect(effect.fences.contexts[0].what).toContain("was group_sync_upd_work");
  });

  it.each([
    [["--good", "linux-7.3"], "give --series NAME, or --good REV and --bad REV"],
    [["--series", "irq-latency-v4"], "did you mean irq-latency-v"],
    [["--good", "irq-latency-v3@5", "--bad", "irq-latency-v3@2"], "is not before"],
    [["--good", "irq-latency-v3~5", "--bad", "irq-latency-v3"], "expected linux-7.3"],
    [["--series", "irq-latency-v3", "--fence-later", "soon"], "--fence-later soon"],
  ])("refuses %j", async (args, message) => {
    const run = await cli(["bisect", trace, ...args]);
    expect(run.code).toBe(129);
    expect(run.err).toContain(message);
  });
});
