import { Effect } from "effect";
import { describe, expect, it } from "vitest";
import { catalog } from "../../../src/revision/catalog.ts";
import { overlaysOf, parseRevision } from "../../../src/revision/revision.ts";
import { irqLatencySeries, recordedStates } from "../../../src/revision/irq-latency/series.ts";
import { completions, eventsOf, run, syncJobs, worksRun } from "./measure.ts";

const parse = (name: string) => Effect.runSync(parseRevision(name, catalog));
const patchCount = (name: string): number => parse(name).patches.length;

describe("the stacks", () => {
  it("have the patches of the mailing list and of the merged form", () => {
    expect(patchCount("irq-latency-v3")).toBe(7);
    expect(patchCount("irq-latency-merged")).toBe(9);
    expect(patchCount("irq-latency-v2")).toBe(11);
    expect(patchCount("irq-latency-v1")).toBe(10);
  });

  it("name every patch once, say what an observer sees, and make overlays", () => {
    for (const series of irqLatencySeries) {
      const ids = series.patches.map((p) => p.id);
      expect(new Set(ids).size, series.id).toBe(ids.length);
      for (const p of series.patches) expect(p.observable, p.id).toMatch(/\w/);
      expect(overlaysOf(parse(series.id))).toHaveLength(ids.length);
    }
  });

  it("have a revision for every state that was recorded", () => {
    expect(Object.keys(recordedStates)).toHaveLength(13);
    for (const name of Object.values(recordedStates)) expect(parse(name).id).toContain(name);
  });
});

describe("every prefix, and the series without one patch", () => {
  const trace = syncJobs(5);
  const n = patchCount("irq-latency-v3");

  it.each(Array.from({ length: n + 1 }, (_, i) => `irq-latency-v3@${i}`))("%s completes", (rev) => {
    expect(completions(run(trace, rev))).toHaveLength(5);
  });

  it.each(Array.from({ length: n }, (_, i) => `irq-latency-v3~${i + 1}`))("%s completes", (rev) => {
    expect(completions(run(trace, rev))).toHaveLength(5);
  });

  it("move the fence from work to work to thread to hard interrupt", () => {
    const by = (rev: string) => completions(run(trace, rev))[0].by;
    expect(by("linux-7.3")).toBe("kworker");
    expect(by("irq-latency-v3@5")).toBe("kworker");
    expect(by("irq-latency-v3")).toBe("thread");
    expect(by("irq-latency-v2")).toBe("hardirq");
  });

  it("drop one work after the other", () => {
    const works = (rev: string) => worksRun(run(trace, rev));
    const base = works("linux-7.3");
    expect(base.has("group_sync_upd_work") && base.has("process_fw_events_work")).toBe(true);
    const p5 = works("irq-latency-v3@5");
    expect(p5.has("group_sync_upd_work")).toBe(false);
    expect(p5.has("process_fw_events_work")).toBe(true);
    expect(works("irq-latency-v3").has("process_fw_events_work")).toBe(false);
  });

  it("v1 asserts a lock that the interrupt does not hold", () => {
    const warned = (rev: string) =>
      eventsOf(run(trace, rev)).some(
        (e) => e.name === "printk" && e.str("text").includes("lockdep_assert_held"),
      );
    expect(warned("irq-latency-v1")).toBe(true);
    expect(warned("irq-latency-v2")).toBe(false);
  });
});
