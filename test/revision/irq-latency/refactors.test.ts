// Patches 1 to 3 change nothing that can be seen: timelines are compared byte by byte.

import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeEntry } from "../../../src/timeline/describe.ts";
import { timelineDigest } from "../../../src/timeline/digest.ts";
import { eventsOf, run, traceFile } from "./measure.ts";

const traces = [
  "01-probe",
  "02-single-job",
  "03b-two-queues-fences",
  "06-runtime-pm",
  "07b-mmu-fault",
  "07d-cs-fatal",
  "irq/23-job-ends-inside-reset-suspend",
  "irq/31-job-irq-tracepoint",
];

function text(trace: string, revision: string, profile?: string): string {
  const { rec } = run(traceFile(trace), revision, profile);
  const lines: string[] = [];
  for (let i = 0; i < rec.length; i++) lines.push(describeEntry(rec, i));
  return lines.join("\n");
}

describe.each(traces)("%s", (trace) => {
  const base = text(trace, "linux-7.3");

  it.each([1, 2, 3])("with the first %i patches is the same timeline", (n) => {
    expect(text(trace, `irq-latency-v3@${n}`) === base).toBe(true);
  });

  it("with two preparatory patches of the merged form too", () => {
    expect(text(trace, "irq-latency-merged@5") === base).toBe(true);
  });

  it("with patch 4 it is another one", () => {
    if (trace !== "01-probe") expect(text(trace, "irq-latency-v3@4") === base).toBe(false);
  });
});

// Long ones are left to the command line (`series irq-latency-v3 traces/ --prefixes`).
const long = /^(05|09)|21c/;
const folder = (name: string): string[] =>
  readdirSync(new URL(`../../../traces/${name}`, import.meta.url))
    .filter((file) => file.endsWith(".yaml") && !long.test(file))
    .map((file) => `${name}${file.slice(0, -".yaml".length)}`);

it.each([...folder(""), ...folder("irq/")])("the refactors do not touch %s", (trace) => {
  const digest = (rev: string): string => timelineDigest(run(traceFile(trace), rev).rec);
  expect(digest("irq-latency-v3@3")).toBe(digest("linux-7.3"));
});

it("makes the same accesses where they take time, a lock more at suspend", () => {
  const registers = (rev: string): string[] =>
    eventsOf(run(traceFile("06-runtime-pm"), rev, "rk3588"))
      .filter((e) => e.name === "mmio_read" || e.name === "mmio_write")
      .map((e) => `${e.name} ${e.str("reg")} ${e.num("val")}`);
  expect(registers("irq-latency-v3@3")).toEqual(registers("linux-7.3"));
});
