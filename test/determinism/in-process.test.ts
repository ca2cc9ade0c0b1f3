// The same replay twice in one process, with other work in between and beside it.

import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Schedule from "effect/Schedule";
import { describe, expect, it } from "vitest";
import { replayOne, type ReplayRequest } from "../../src/cli/replay-one.ts";

const request: ReplayRequest = {
  path: "traces/single-job.yaml",
  revision: null,
  profile: null,
  seed: null,
  golden: "skip",
  goldenRoot: "golden",
  timeline: "all",
  colour: false,
};

const others = [
  "traces/01-probe.yaml",
  "traces/03a-pipelined-10-jobs.yaml",
  "traces/04a-vm-bind.yaml",
  "traces/03e-job-profiling.yaml",
];

/** Everything that a replay says. */
function report(change: Partial<ReplayRequest> = {}): string {
  const { exitCode, lines, json } = replayOne({ ...request, ...change });
  expect(exitCode).toBe(0);
  return `${lines.join("\n")}\n${JSON.stringify(json)}`;
}

describe("a replay in one process", () => {
  it("is the same the second time", () => {
    expect(report() === report()).toBe(true);
  });

  it("is the same after replays of other traces, in any order", () => {
    const before = others.map((path) => report({ path }));
    const mine = report();
    const after = [...others].reverse().map((path) => report({ path }));
    expect(after.reverse().map((r, i) => r === before[i])).toEqual(others.map(() => true));
    expect(report() === mine).toBe(true);
  });

  it("is the same after a replay that failed", () => {
    const mine = report();
    replayOne({ ...request, path: "test/fixtures/malformed/many-problems.yaml" });
    replayOne({ ...request, revision: "none" });
    expect(report() === mine).toBe(true);
  });

  it.each(["zero-cost", "rk3588"])("is the same with profile %s", (profile) => {
    expect(report({ profile }) === report({ profile })).toBe(true);
  });

  it("is the same beside fibers, timers and microtasks, on a larger heap", async () => {
    const mine = report();
    const padding = Effect.forEach(
      Array.from({ length: 50 }, (_, i) => i),
      (i) =>
        Effect.sync(() => Array.from({ length: 1000 }, (__, j) => ({ i, j }))).pipe(
          Effect.zipRight(Effect.sleep(1)),
          Effect.repeat(Schedule.recurs(20)),
        ),
      { concurrency: "unbounded", discard: true },
    );
    const fiber = Effect.runFork(padding);
    const kept = Array.from({ length: 200_000 }, (_, i) => ({ key: `k${i}`, value: [i] }));
    const timer = setInterval(() => kept.push({ key: "", value: [] }), 1);
    const results: string[] = [];
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 3));
      queueMicrotask(() => results.push(report()));
      await Promise.resolve();
      results.push(await Effect.runPromise(Effect.sync(() => report())));
    }
    clearInterval(timer);
    await Effect.runPromise(Fiber.interrupt(fiber));
    expect(kept.length).toBeGreaterThanOrEqual(200_000);
    expect(results.map((r) => r === mine)).toEqual(results.map(() => true));
    expect(results).toHaveLength(10);
  });
});
