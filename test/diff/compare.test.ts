// Comparing sides: fences under other numbers, recordings that begin at other times, verdicts and
// latency distributions.

import { describe, expect, it } from "vitest";
import { compareSides } from "../../src/diff/compare.ts";
import { distribution } from "../../src/diff/latency.ts";
import { goldenSide, type Side } from "../../src/diff/side.ts";
import type { FenceRow, Golden } from "../../src/golden/model.ts";
import { recorded } from "../report/sides.ts";
import { header } from "./goldens.ts";

const fence = (name: string, timeline: string, ns: number, queued = -1): FenceRow => ({
  ...{ fence: name, driver: "drm_sched", timeline, init: ns, queued, run: queued },
  ...{ signalled: ns + 100, error: 0, by: "w", path: [], stages: [] },
});
const side = (fences: readonly FenceRow[]): Side => {
  const golden: Golden = { header, fences, registers: [], log: [] };
  return goldenSide(golden, "");
};

describe("comparing sides", () => {
  it("names fences of another numbering alike, by queue and order", () => {
    const a = side([fence("6:1", "q0", 0), fence("7:1", "q0", 0, 5), fence("9:3", "q1", 10, 15)]);
    const b = side([
      fence("40:8", "q0", 0),
      fence("41:8", "q0", 0, 5),
      fence("50:1", "q1", 10, 15),
    ]);
    const { verdict, renamed, b: named } = compareSides(a, b);
    expect(verdict).toBe("same");
    expect([...renamed]).toEqual([
      ["40", "6"],
      ["41", "7"],
      ["50", "9"],
    ]);
    expect(named.golden.fences.map((f) => f.fence)).toEqual(["6:1", "7:1", "9:3"]);
  });

  it("takes queues of other processes for each other, and keeps what is new apart", () => {
    const a = side([fence("1:1", "app-100-q", 0), fence("2:1", "gpu", 0)]);
    const b = side([
      ...[fence("11:1", "app-777-q", 0), fence("12:1", "gpu", 0)],
      fence("2:1", "something else", 50),
    ]);
    const { diff, verdict } = compareSides(a, b);
    expect(verdict).toBe("behaviour differs");
    expect(diff.differences.map((d) => d.kind).sort()).toEqual(["extra", "other value"]);
  });

  it("keeps the numbers where they agree", () => {
    const fences = [fence("6:1", "q0", 0), fence("7:1", "q0", 0, 5)];
    expect(compareSides(side(fences), side(fences)).renamed.size).toBe(0);
  });

  it("tells times from behaviour", () => {
    const late = compareSides(side([fence("1:1", "q", 0)]), side([fence("1:1", "q", 40)]));
    expect(late.verdict).toBe("only times differ");
    const other = { ...fence("1:1", "q", 0), by: "irq" };
    const differs = compareSides(side([fence("1:1", "q", 0)]), side([other]));
    expect(differs.verdict).toBe("behaviour differs");
  });

  it("puts recordings that nobody marked the start of on one time", () => {
    const unmarked = (text: string): string => text.replace(/^.*TRACE (START|END).*\n/gm, "");
    // Another boot: everything 5 s later, and a line less at the beginning.
    const later = (text: string): string =>
      unmarked(text)
        .replace(/ (\d+)\.(\d{9}): /g, (_, s: string, ns: string) => ` ${Number(s) + 5}.${ns}: `)
        .replace(/^.*open renderD128.*\n/m, "");
    const { verdict, latency } = compareSides(
      recorded("02-single-job", unmarked),
      recorded("02-single-job", later),
    );
    expect(verdict).toBe("same");
    const total = latency.find((l) => l.stage === "GPU done to signalled");
    expect(total?.a).toEqual(total?.b);
    expect(total?.a?.n).toBe(1);
  });

  it("has percentiles by nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(distribution(hundred)).toEqual({
      ...{ n: 100, minNs: 1, p50Ns: 50, p90Ns: 90, p99Ns: 99, maxNs: 100 },
    });
    expect(distribution([7])).toMatchObject({ n: 1, minNs: 7, p50Ns: 7, p99Ns: 7, maxNs: 7 });
    expect(distribution([])).toBeNull();
  });
});
