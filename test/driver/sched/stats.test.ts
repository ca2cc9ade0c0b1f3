// fdinfo counts in u64, as the C code does: sums and products wrap.

import { describe, expect, it } from "vitest";
import type { Driver } from "../../../src/driver/driver.ts";
import { fdinfoOps } from "../../../src/driver/drv/fdinfo.ts";
import type { DrmFile } from "../../../src/driver/drv/types.ts";
import { profilingData } from "../../../src/driver/sched/types.ts";
import { done } from "../../../src/machine/core/op.ts";
import { Fixture } from "./fixture.ts";

const two64 = 1n << 64n;

/** A profiled job of the group `handle`, the GPU having stored these cycle counts. */
function profiled(f: Fixture, handle: number, before: number, after: number): void {
  f.submit(handle);
  const [job] = [...f.queue(handle).scheduler!.pendingList] as { profiling?: { slot: number } }[];
  const slot = job.profiling!.slot * profilingData.size;
  const kmap = f.queue(handle).profiling.slots!.kmap!;
  kmap.write64Number(slot + profilingData.cyclesBefore, before);
  kmap.write64Number(slot + profilingData.cyclesAfter, after);
  f.complete(handle);
  f.run(() => f.drv.sched.fdinfoGatherGroupSamples(f.pfile));
}

describe("fdinfo", () => {
  it("makes up for a job that was stopped before its second sample", () => {
    const f = new Fixture();
    f.start();
    f.ptdev.profileMask = 1;
    const handle = f.createGroup();
    profiled(f, handle, 100, 0);
    expect(f.pfile.stats.cycles).toBe(two64 - 100n);
    profiled(f, handle, 0, 150);
    expect(f.pfile.stats.cycles).toBe(50n);
  });

  it("loses the time of the GPU once its nanoseconds no longer fit", () => {
    const stats = { resident: 0, active: 0, time: two64 / 1_000_000_000n + 1n, cycles: 0n };
    const drv = {
      sched: { fdinfoGatherGroupSamples: () => done(), fdinfoGatherGroupMemInfo: () => done() },
      devfreq: { getFreq: () => 0 },
      mmu: { vmHeapsSizes: () => undefined },
      drv: { memoryStats: () => done([]) },
    } as unknown as Driver;
    const ptdev = {
      base: { enter: () => true, exit: () => done() },
      profileMask: 2,
      pdev: { archTimerHz: 1_000_000 },
      fastRate: 0,
    };
    const file = { clientId: 1, pfile: { ptdev, stats } } as unknown as DrmFile;
    const f = new Fixture();
    const lines = f.run(() => fdinfoOps(drv).showFdinfo(file));
    // The product is 290448384 more than 2^64.
    expect(lines).toContain("drm-engine-panthor:\t291 ns");
  });
});
