import { describe, expect, it } from "vitest";
import { GPU_IRQ_CLEAN_CACHES_COMPLETED } from "../../../src/driver/gpu/regs.ts";
import type { PanthorDevice } from "../../../src/driver/device/types.ts";
import { withShape, zeroCost } from "../../../src/device/profile/index.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { EIO, ETIMEDOUT } from "../../../src/machine/errno.ts";
import { type Bench, makeBench, timelineText, withFile } from "../harness.ts";

/** Runs `body` with the device resumed. */
function resumed(bench: Bench, body: (ptdev: PanthorDevice) => Kernel<void>): void {
  withFile(bench, function* (_file, ptdev) {
    yield* bench.drv.device.resumeAndGet(ptdev);
    yield* body(ptdev);
    yield* ptdev.pmRuntime.putAutosuspend();
  });
}

const writes = (bench: Bench, from: number) =>
  timelineText(bench.m, { kinds: ["mmio_read", "mmio_write"], from })
    .map((line) => line.split(" ").slice(1))
    .map(
      ([comm, kind, , val, reg]) => `${comm.replace(/-\d+$/, "")} ${kind} ${reg.slice(4)} ${val}`,
    );

describe("requests to the GPU control block", () => {
  it("flushes caches and sleeps until the interrupt thread says done", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      const from = bench.m.rec.length;
      expect(yield* bench.drv.gpu.flushCaches(ptdev, 3, 3, 2)).toBe(0);
      expect(ptdev.gpu.pendingReqs).toBe(0);
      expect(writes(bench, from).filter((line) => /GPU_/.test(line))).toEqual([
        "init mmio_write GPU_CMD val=0x23304",
        "<idle> mmio_read GPU_INT_STAT val=0x20000",
        "<idle> mmio_write GPU_INT_MASK val=0x0",
        "irq/64-panthor- mmio_read GPU_INT_RAWSTAT val=0xa0600",
        "irq/64-panthor- mmio_write GPU_INT_CLEAR val=0x20000",
        "irq/64-panthor- mmio_read GPU_INT_RAWSTAT val=0x80600",
        "irq/64-panthor- mmio_write GPU_INT_MASK val=0x20103",
      ]);
    });
  });

  it("schedules a reset when a flush does not end in 100 ms", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      bench.gpu.inject({ kind: "flush-stuck" });
      const start = bench.m.now;
      expect(yield* bench.drv.gpu.flushCaches(ptdev, 3, 3, 2)).toBe(-ETIMEDOUT);
      expect(bench.m.now - start).toBeGreaterThanOrEqual(100e6);
      expect(ptdev.reset.pending).toBe(true);
      yield* bench.linux.time.nanosleep(50e6);
      expect(ptdev.reset.pending).toBe(false);
    });
  });

  it("does not start a second flush while one is pending", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      ptdev.gpu.pendingReqs |= GPU_IRQ_CLEAN_CACHES_COMPLETED;
      const from = bench.m.rec.length;
      expect(yield* bench.drv.gpu.flushCaches(ptdev, 3, 3, 2)).toBe(-EIO);
      expect(writes(bench, from).filter((line) => line.includes("GPU_CMD"))).toEqual([]);
      ptdev.gpu.pendingReqs = 0;
    });
  });

  it("accepts a completion whose interrupt was lost", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      bench.gpu.inject({ kind: "lose-irq", line: "gpu", count: 1 });
      expect(yield* bench.drv.gpu.flushCaches(ptdev, 3, 3, 2)).toBe(0);
      expect(ptdev.reset.pending).toBe(false);
    });
  });

  it("reports a soft reset that never completes", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      bench.gpu.inject({ kind: "reset-stuck", count: 1 });
      expect(yield* bench.drv.gpu.softReset(ptdev)).toBe(-ETIMEDOUT);
      yield* bench.drv.device.scheduleReset(ptdev);
      ptdev.gpu.pendingReqs = 0;
      yield* bench.linux.time.nanosleep(50e6);
    });
  });

  it("does not wait for the L2 to come up", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      yield* bench.drv.gpu.l2PowerOff(ptdev);
      const from = bench.m.rec.length;
      expect(yield* bench.drv.gpu.l2PowerOn(ptdev)).toBe(0);
      const ready = writes(bench, from).filter((line) => line.includes("L2_READY_LO"));
      expect(ready).toEqual(["init mmio_read L2_READY_LO val=0x0"]);
      yield* bench.linux.time.nanosleep(1e6);
    });
  });

  it("reads counters until both high words agree", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      const from = bench.m.rec.length;
      yield* bench.drv.gpu.getTimestamp(ptdev);
      expect(writes(bench, from).map((line) => line.split(" ")[2])).toEqual([
        "TIMESTAMP_HI",
        "TIMESTAMP_LO",
        "TIMESTAMP_HI",
      ]);
    });
  });

  it("selects ACE-Lite for a coherent platform, or fails without it", () => {
    const ids = { ...zeroCost.shape.ids, COHERENCY_FEATURES: 1 };
    const coherent = makeBench({
      profile: withShape(zeroCost, { ids }),
      pdev: { dmaCoherent: true },
    });
    withFile(coherent, function* (_file, ptdev) {
      expect(ptdev.gpuInfo.selectedCoherency).toBe(0);
    });
    expect(() => withFile(makeBench({ pdev: { dmaCoherent: true } }), function* () {})).toThrow(
      /probe: -524/,
    );
  });
});
