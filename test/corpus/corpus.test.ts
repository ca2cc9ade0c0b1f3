// The corpus: each regression is caught by what is declared to catch it, the unchanged driver shows
// what the real one was seen to do, and no refactor turns a golden red.

import { describe, expect, test } from "vitest";
import { topLevelTraces } from "../../src/cli/run-corpus.ts";
import { judgeControls, judgeObservation, judgeRegression } from "../../src/corpus/judge.ts";
import { observations } from "../../src/corpus/observations.ts";
import { corpusPasses, corpusRows, corpusTotals } from "../../src/corpus/report.ts";
import { controls } from "../../src/revision/corpus/controls.ts";
import { regressions } from "../../src/revision/corpus/list.ts";

const traces = "traces";

describe("regressions", () => {
  test.each(regressions.map((r) => [r.patch.id, r] as const))("%s is caught", (_, regression) => {
    const { catches, error } = judgeRegression(regression, traces);
    expect(error).toBeNull();
    expect(catches.length).toBeGreaterThan(0);
    for (const { by, found } of catches) expect(found, by).not.toBeNull();
  });

  test("none has the name of another", () => {
    const ids = regressions.map((r) => r.patch.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("what changes nothing is not caught", () => {
    const [first] = regressions;
    const [harmless] = controls;
    const result = judgeRegression({ ...first, patch: harmless }, traces);
    expect(result.error).toBeNull();
    expect(result.caught).toBe(false);
  });
});

describe("behaviour of the real driver", () => {
  test.each(observations.map((o) => [o.id, o] as const))("%s is shown", (_, observation) => {
    const { shown, error } = judgeObservation(observation, traces);
    expect(error).toBeNull();
    expect(shown).not.toBeNull();
  });
});

describe("controls", () => {
  test.each(topLevelTraces(traces))("all are green on %s", (path) => {
    const { red, error, total } = judgeControls(controls, path);
    expect(error).toBeNull();
    expect(red).toEqual([]);
    expect(total).toBe(controls.length);
  });

  test("a regression is red", () => {
    const regression = regressions.find((r) => r.patch.id === "corpus/as-update-not-awaited")!;
    const { red } = judgeControls([regression.patch], `${traces}/02-single-job.yaml`);
    expect(red).toHaveLength(1);
    expect(red[0].first).not.toBe("");
  });
});

describe("report", () => {
  const regression = {
    id: "a",
    title: "",
    fix: "",
    trace: "t",
    catches: [{ by: "deadlock", found: null }],
    caught: false,
    error: null,
  };
  const control = { trace: "t", red: [], total: 2, error: null };

  test("a miss fails, a red control fails, all else passes", () => {
    const clean = { regressions: [], observations: [], controls: [control] };
    expect(corpusPasses(clean)).toBe(true);
    expect(corpusPasses({ ...clean, regressions: [regression] })).toBe(false);
    const red = { ...control, red: [{ control: "c", first: "x" }] };
    expect(corpusPasses({ ...clean, controls: [red] })).toBe(false);
    expect(corpusTotals({ ...clean, controls: [red] })).toMatchObject({ red: 1, controls: 2 });
    expect(corpusRows({ ...clean, regressions: [regression] })[1]).toContain("MISSED");
  });

  test("a trace that cannot be replayed counts as red for every control", () => {
    const failed = { ...control, error: "no such file" };
    const result = { regressions: [], observations: [], controls: [failed] };
    expect(corpusTotals(result).red).toBe(2);
  });
});
