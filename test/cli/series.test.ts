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
});
