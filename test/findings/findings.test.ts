// The findings about the series: the catalogues are complete, their traces explain themselves, and
// every finding that can show is caught where it is and quiet where it is not.

import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadTrace } from "../../src/corpus/run.ts";
import { findingJobs } from "../../src/findings/job.ts";
import { judgeFinding } from "../../src/findings/judge.ts";
import {
  findingsMarkdown,
  findingsPass,
  findingsText,
  findingTotals,
} from "../../src/report/findings.ts";
import type { Finding, Shown } from "../../src/revision/finding.ts";
import { findingLists } from "../../src/revision/findings.ts";

const traces = "traces";
const shown = ({ exposure, others = [] }: Finding): Shown[] =>
  exposure.kind === "shown" ? [exposure, ...others] : [];

describe.each(findingLists)("$prefix", ({ series, prefix, count, findings }) => {
  test("has each number of its catalogue once, in order", () => {
    const ids = Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
    expect(findings.map((f) => f.id)).toEqual(ids);
  });

  test("has a trace for each that shows, whose first sentence says what", () => {
    for (const { trace } of findings.flatMap(shown)) {
      const path = `${traces}/${trace}.yaml`;
      expect(existsSync(path), path).toBe(true);
      const [first] = loadTrace(path).description.split(/(?<=[.:])\s/);
      expect(first.length, path).toBeGreaterThan(15);
    }
  });

  test("says why the others cannot show", () => {
    for (const { id, exposure } of findings) {
      if (exposure.kind === "cannot show") expect(exposure.reason.length, id).toBeGreaterThan(20);
    }
  });

  test.each(findings.filter((f) => f.exposure.kind === "shown").map((f) => [f.id, f] as const))(
    "%s is caught where it is and quiet where it is not",
    (_, finding) => {
      const { reason, catches, noise, verdict } = judgeFinding(finding, series, traces);
      expect(reason).toBeNull();
      expect(catches.filter((c) => c.found === null).map((c) => c.by)).toEqual([]);
      expect(noise).toEqual([]);
      expect(verdict).toBe("caught");
    },
  );
});

describe("judging", () => {
  const [{ findings, series }] = findingLists;
  const finding = findings.find((f) => f.id === "IRQ-10")!;
  const exposure = shown(finding)[0];

  test("a revision that does not have the finding misses it", () => {
    const swapped = { ...finding, exposure: { ...exposure, has: exposure.hasNot } };
    expect(judgeFinding(swapped, series, traces).verdict).toBe("missed");
  });

  test("one reading of an open mechanism that is missed is a miss", () => {
    const others = [{ ...exposure, has: exposure.hasNot }];
    const result = judgeFinding({ ...finding, others }, series, traces);
    expect(result.verdict).toBe("missed");
    expect(findingsText([result]).join("\n")).toContain("IRQ-10: not caught by wrong result");
  });

  test("a revision that has it is not quiet", () => {
    const { has, hasNot } = exposure;
    const catches = [{ by: "difference", section: "fences", kind: "extra", of: /./ } as const];
    const swapped = { ...finding, exposure: { ...exposure, has: hasNot, hasNot: has, catches } };
    const result = judgeFinding(swapped, series, traces);
    expect(result.verdict).toBe("not quiet");
    expect(result.noise.join()).toContain("fence_status");
  });

  test("what does not exist is an error with its name", () => {
    const lost = { ...finding, exposure: { ...exposure, has: "irq-latency-v9" } };
    const result = judgeFinding(lost, series, traces);
    expect(result.verdict).toBe("error");
    expect(result.reason).toContain("irq-latency-v9");
  });
});

describe("jobs and reports", () => {
  test("ids, catalogues and series choose findings", () => {
    const of = (ids: string[], series: string | null = null) =>
      findingJobs(traces, { ids, series }).map((j) => j.finding);
    expect(of(["irq-1"])).toEqual(["IRQ-1"]);
    expect(of(["IRQ"])).toHaveLength(46);
    expect(of([], "irq-latency")).toEqual(of(["IRQ"]));
  });

  const result = {
    id: "IRQ-1",
    series: "irq-latency",
    title: "a | b",
    status: "open",
    verdict: "caught",
    trace: "t",
    has: "x",
    hasNot: "y",
    profile: null,
    candidate: "a guess",
    part: "the first half",
    catches: [{ by: "deadlock", found: "it" }],
    noise: [],
    reason: null,
    others: [],
  } as const;
  const silent = { ...result, id: "IRQ-2", verdict: "cannot show", reason: "a text" } as const;
  const missed = {
    ...result,
    verdict: "missed",
    catches: [{ by: "deadlock", found: null }],
  } as const;
  const noisy = { ...result, verdict: "not quiet", noise: ["too loud"] } as const;

  test("only a finding that can show can fail", () => {
    expect(findingsPass([result, silent])).toBe(true);
    expect(findingsPass([result, missed])).toBe(false);
    expect(findingsPass([noisy])).toBe(false);
    expect(findingTotals([result, silent, missed])).toMatchObject({ all: 3, caught: 1, missed: 1 });
  });

  test("text and Markdown say what is wrong and why", () => {
    const text = findingsText([result, silent, missed, noisy]).join("\n");
    expect(text).toContain("IRQ-1 is a candidate: a guess");
    expect(text).toContain("IRQ-1 is shown in part: the first half");
    expect(text).toContain("IRQ-2 cannot show: a text");
    expect(text).toContain("IRQ-1: not caught by deadlock");
    expect(text).toContain("IRQ-1: y is not quiet: too loud");
    expect(text).toContain("irq-latency: 1 of 3 caught and quiet");
    expect(findingsMarkdown([result]).join("\n")).toContain("| a \\| b |");
  });
});
