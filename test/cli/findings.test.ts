// The table of findings on the command line.

import { expect, it } from "vitest";
import { cli } from "./run-cli.ts";

it("judges findings on workers and prints a table with reasons and totals", async () => {
  const run = await cli(["findings", "irq-10", "irq-12"]);
  expect(run.err).toBe("");
  expect(run.code).toBe(0);
  expect(run.out).toMatch(/^finding +trace +has it +has it not +caught by +status +result/);
  expect(run.out).toMatch(/IRQ-10 .*findings\/irq-10-event-lost .*wrong result .*caught/);
  expect(run.out).toContain("IRQ-12 cannot show: the text of a commit message runs nowhere");
  expect(run.out).toContain("irq-latency: 1 of 1 caught and quiet, 1 cannot show");
});

it("has JSON and Markdown", async () => {
  const json = await cli(["findings", "--json", "IRQ-8"]);
  const { totals, findings } = JSON.parse(json.out);
  expect(totals).toMatchObject({ all: 1, caught: 1, missed: 0 });
  expect(findings[0]).toMatchObject({ id: "IRQ-8", verdict: "caught", hasNot: "irq-latency-v2@6" });
  const markdown = await cli(["findings", "--markdown", "IRQ-8"]);
  expect(markdown.out).toMatch(/^\| finding \| what \|/);
  expect(markdown.out).toContain("**Modelled as a candidate**");
});

it("names what it cannot find, with a hint", async () => {
  const id = await cli(["findings", "IRQ-99"]);
  expect(id.code).toBe(129);
  expect(id.err).toContain("findings IRQ-99: no such finding");
  const series = await cli(["findings", "--series", "irq"]);
  expect(series.code).toBe(129);
  expect(series.err).toContain("known are irq-latency");
});

it("fails where a trace does not exist", async () => {
  const run = await cli(["findings", "--traces", "test/nowhere", "IRQ-10"]);
  expect(run.code).toBe(1);
  expect(run.out).toContain("IRQ-10: cannot be judged");
});
