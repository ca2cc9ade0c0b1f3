// The latency table and its plot on the command line.

import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli } from "./run-cli.ts";

interface Scene {
  readonly title: string;
  readonly designs: readonly {
    readonly design: string;
    readonly samples: { readonly totals: number[]; readonly handOvers: [number, number] };
  }[];
}

it("compares the designs idle and under load, and plots them the same each time", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "latency-")), "plot.svg");
  const args = ["latency", "--jobs", "20", "--hogs", "2", "-o", file];
  const run = await cli([...args, "--json"]);
  expect(run.err).toBe("");
  expect(run.code).toBe(0);
  const scenes = JSON.parse(run.out).scenes as Scene[];
  expect(scenes).toHaveLength(2);
  for (const { designs } of scenes) {
    expect(designs.map((d) => d.design)).toEqual([
      "baseline",
      "P4",
      "P4+P5",
      "v3",
      "v2",
      "v2 on RT (threadirqs)",
    ]);
    for (const { samples } of designs) expect(samples.totals).toHaveLength(20);
    expect(designs.map((d) => d.samples.handOvers[1])).toEqual([3, 3, 2, 1, 0, 1]);
  }
  const most = (s: number, d: number): number => scenes[s].designs[d].samples.totals.at(-1)!;
  // The FIFO thread does not see load of normal priority, the kworkers do.
  expect(most(1, 3)).toBeLessThan(2 * most(0, 3));
  expect(most(1, 0)).toBeGreaterThan(2 * most(0, 0));

  const first = readFileSync(file, "utf8");
  expect(first).toMatch(/^<svg xmlns=/);
  expect(first).toContain("10 us");
  for (const { design } of scenes[0].designs) expect(first).toContain(`>${design}</text>`);
  const text = await cli(args);
  expect(readFileSync(file, "utf8")).toBe(first);
  expect(text.out).toMatch(/design +signalled by +hand-overs +min +p50 +p90 +p99 +max/);
  expect(text.out).toMatch(/v3 +irq\/66-panthor- +1 /);
});

it("refuses what it cannot measure", async () => {
  const jobs = await cli(["latency", "--jobs", "0"]);
  expect(jobs.code).toBe(129);
  expect(jobs.err).toContain("--jobs 0: expected 1 to 100000");
  const profile = await cli(["latency", "--profile", "rk358"]);
  expect(profile.code).toBe(129);
  expect(profile.err).toContain("did you mean rk3588?");
});
