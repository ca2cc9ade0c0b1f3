// What each patch of a series changes, on the command line.

import { expect, it } from "vitest";
import { cli, trace } from "./run-cli.ts";

it("tells patch by patch what a series changes, below 72 columns", async () => {
  const run = await cli(["series", "irq-latency-v3", trace]);
  expect(run.err).toBe("");
  expect(run.code).toBe(0);
  const lines = run.out.split("\n");
  expect(Math.max(...lines.map((l) => l.length))).toBeLessThan(72);
  const of = (n: number): string =>
    run.out.slice(run.out.indexOf(`[${n}/7]`), (run.out + "[8/7]").indexOf(`[${n + 1}/7]`));
  // Refactors, by their authors' word.
  for (const n of [1, 2, 3]) expect(of(n)).toContain("no observable change");
  expect(of(5)).toMatch(/signalled by process_fw_events_work, was\s+group_sync_upd_work/);
  expect(of(5)).toMatch(/queued - .*group_sync_upd_work/);
});

it("knows no other series", async () => {
  const run = await cli(["series", "irq-latency-3", trace]);
  expect(run.code).toBe(129);
  expect(run.err).toContain("series irq-latency-3: no such series");
  expect(run.err).toContain("did you mean irq-latency-v3?");
  // Those that may have been meant, not all hundred.
  expect(run.err).toMatch(/nearest of \d+ are irq-latency-v3, /);
  expect(run.err.length).toBeLessThan(600);
});

it("tells what leaving a patch out and swapping two does", async () => {
  const run = await cli(["series", "irq-latency-v3", trace, "--json"]);
  expect(run.code).toBe(0);
  const { variants } = JSON.parse(run.out) as {
    variants: {
      leftOut: number | null;
      swapped: [number, number] | null;
      problem: string | null;
      effect: { identical: boolean } | null;
      between: { effect: { identical: boolean } } | null;
    }[];
  };
  const without = (n: number) => variants.find((v) => v.leftOut === n)!;
  for (const n of [1, 2, 3]) expect(without(n).effect!.identical, `without ${n}`).toBe(true);
  for (const n of [4, 5, 6]) expect(without(n).effect!.identical, `without ${n}`).toBe(false);
  const swaps = variants.filter((v) => v.swapped !== null);
  expect(swaps.map((v) => v.swapped!.join())).toEqual(["1,2", "2,3", "3,4", "4,5", "5,6", "6,7"]);
  for (const { problem } of variants) expect(problem).toBeNull();
  // Patch 5 before patch 4 already signals from the event work.
  expect(swaps.find((v) => v.swapped![0] === 4)!.between!.effect.identical).toBe(false);
});

it("prints Markdown, and that only times differ on a profile that prices locks", async () => {
  const args = ["series", "irq-latency-v3", trace, "--prefixes", "--profile", "rk3588"];
  const text = await cli(args);
  expect(text.out).toMatch(/\[1\/7\][^[]*only times differ: the same fences and accesses/);
  const markdown = await cli([...args, "--markdown"]);
  expect(markdown.out).toContain("## irq-latency-v3 on linux-7.3");
  expect(markdown.out).toMatch(/\| 5 \| Don't defer job completion checks \|/);
});
