// The package's export for overlay modules: what it holds, and what its types refuse (checked by
// `npm run typecheck`: an expected error that does not occur is an error).

import { describe, expect, it } from "vitest";
import * as api from "../../src/overlay/index.ts";

describe("panthor-replay/overlay", () => {
  it("has what patches need", () => {
    const { EINVAL, done, sched, mmu, fw, gpu, gem, device, SpinLock, Work } = api;
    expect(EINVAL).toBe(22);
    expect([...[done, SpinLock, Work].map((f) => typeof f)]).toEqual(Array(3).fill("function"));
    for (const unit of [sched, mmu, fw, gpu, gem, device]) {
      expect(Object.keys(unit).length).toBeGreaterThan(5);
    }
    expect(typeof sched.JOB_TIMEOUT_MS).toBe("number");
  });

  it("keeps definitions as they are", () => {
    const patch = api.patch({ id: "a/1", title: "A", operations: () => ({}) });
    const series = api.series({ id: "a", title: "A", patches: [patch] });
    expect(series.patches[0]).toBe(patch);
    expect(api.base({ id: "b", title: "B", patches: [] }).id).toBe("b");
  });

  it("refuses names and signatures that the driver does not have", () => {
    const head = { id: "a/1", title: "A" };
    const { done, patch } = api;
    const right = patch({
      ...head,
      operations: (_, prev) => ({
        mmu: {
          asDisable: (ptdev, asNr, recycle) =>
            recycle ? done(0) : prev.mmu.asDisable(ptdev, asNr, recycle),
        },
      }),
    });
    // @ts-expect-error no such unit
    const unit = patch({ ...head, operations: () => ({ shced: {} }) });
    // @ts-expect-error no such operation
    const operation = patch({ ...head, operations: () => ({ sched: { tickWrok: () => done() } }) });
    // @ts-expect-error not a function
    const value = patch({ ...head, operations: () => ({ sched: { tickWork: 1 } }) });
    expect([right, unit, operation, value].map((p) => p.id)).toEqual(Array(4).fill("a/1"));
  });
});
