import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as bits from "../../../src/driver/fw/iface-bits.ts";
import type { PanthorDevice } from "../../../src/driver/device/types.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { EINVAL, ETIMEDOUT } from "../../../src/machine/errno.ts";
import { type Bench, makeBench, timelineText, withFile } from "../harness.ts";

function resumed(bench: Bench, body: (ptdev: PanthorDevice) => Kernel<void>): void {
  withFile(bench, function* (_file, ptdev) {
    yield* bench.drv.device.resumeAndGet(ptdev);
    yield* bench.linux.time.nanosleep(1e6);
    yield* body(ptdev);
    yield* ptdev.pmRuntime.putAutosuspend();
  });
}

const works = (bench: Bench, fn: string) =>
  timelineText(bench.m, { kinds: ["workqueue_execute_start"] }).filter((l) => l.includes(fn));

const word = fc.nat(0xffff);

describe("firmware requests", () => {
  it("toggles request bits against the acks and leaves the others", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      const { fw } = bench.drv;
      const iface = fw.getGlbIface(ptdev);
      const cases = fc.sample(fc.tuple(word, word, word), { numRuns: 50, seed: 1 });
      const { doorbellReq } = iface.input;
      for (const [before, val, mask] of cases) {
        iface.input.doorbellReq = before;
        yield* fw.updateReqs(iface, "doorbellReq", val, mask);
        expect(iface.input.doorbellReq).toBe((before & ~mask) | (val & mask));
        yield* fw.toggleReqs(iface, "doorbellReq", "doorbellAck", mask);
        expect((iface.input.doorbellReq ^ iface.output.doorbellAck) & mask).toBe(mask);
      }
      iface.input.doorbellReq = doorbellReq;
    });
  });

  it("gets its ping answered, every 12 s", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      yield* bench.linux.time.nanosleep(25e9);
      expect(ptdev.reset.pending).toBe(false);
    });
    expect(works(bench, "panthor_fw_ping_work")).toHaveLength(2);
    expect(works(bench, "panthor_device_reset_work")).toHaveLength(0);
  });

  it("resets a firmware that does not answer the ping", () => {
    const bench = makeBench();
    resumed(bench, function* () {
      bench.gpu.inject({ kind: "fw-dead" });
      yield* bench.linux.time.nanosleep(14e9);
    });
    expect(works(bench, "panthor_device_reset_work")).toHaveLength(1);
    const logs = timelineText(bench.m, { kinds: ["printk"] });
    expect(logs.some((l) => l.includes("FW ping timeout, scheduling a reset"))).toBe(true);
  });

  it("waits for what was asked when the wait began", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      const { fw } = bench.drv;
      const { input, output } = fw.getGlbIface(ptdev);
      input.req ^= bits.GLB_PING;
      // While the wait still polls, the request is taken back.
      bench.m.after(5e3, () => {
        input.req ^= bits.GLB_PING;
      });
      expect((yield* fw.glbWaitAcks(ptdev, bits.GLB_PING, 100)).ret).toBe(-ETIMEDOUT);
      expect((input.req ^ output.ack) & bits.GLB_PING).toBe(0);
    });
  });

  it("says which requests were acknowledged when others were not", () => {
    const bench = makeBench();
    resumed(bench, function* (ptdev) {
      const { fw } = bench.drv;
      const glb = fw.getGlbIface(ptdev);
      // A request the firmware never hears of: no doorbell.
      yield* fw.toggleReqs(glb, "req", "ack", bits.GLB_PING);
      const mask = bits.GLB_PING | bits.GLB_IDLE_EN;
      const start = bench.m.now;
      expect(yield* fw.glbWaitAcks(ptdev, mask, 100)).toEqual({
        ret: -ETIMEDOUT,
        acked: bits.GLB_IDLE_EN,
      });
      expect(bench.m.now - start).toBeGreaterThanOrEqual(100e6);
      yield* fw.ringDoorbell(ptdev, bits.CSF_GLB_DOORBELL_ID);
      expect(yield* fw.glbWaitAcks(ptdev, mask, 100)).toEqual({ ret: 0, acked: mask });
      expect((yield* fw.glbWaitAcks(ptdev, bits.GLB_HALT, 100)).ret).toBe(-EINVAL);
    });
  });

  it.each([
    ["the power-off delay of the recordings", 10_000, 0, 0x80002626],
    ["the idle delay of the recordings", 800, 0, 0x8000030e],
    ["a longer delay", 1_000_000, 0, 0x800ee6b3],
    ["an architected timer of 24 MHz", 10_000, 24e6, 0x000000eb],
  ])("converts timeouts: %s", (_, us, archTimerHz, expected) => {
    const bench = makeBench(archTimerHz === 0 ? {} : { pdev: { archTimerHz } });
    withFile(bench, function* (_file, ptdev) {
      expect(bench.drv.fw.convTimeout(ptdev, us)).toBe(expected);
    });
  });
});
