import { describe, expect, it } from "vitest";
import { type IoMapping, pmActive, pmSuspended } from "../../../src/driver/device/types.ts";
import { userMmioOffset64 } from "../../../src/driver/device/mmap.ts";
import { EINVAL, ENODEV, ETIMEDOUT } from "../../../src/machine/errno.ts";
import { overlay } from "../../../src/revision/patch.ts";
import { type Bench, makeBench, timelineText, withFile } from "../harness.ts";
import { User } from "../user.ts";

const logs = (bench: Bench) =>
  timelineText(bench.m, { kinds: ["printk"] }).map((line) => line.replace(/^.*?\[drm\] /, ""));

describe("runtime PM", () => {
  it("suspends 50 ms after the last use and resumes for a job", () => {
    const bench = makeBench();
    const states: number[] = [];
    withFile(bench, function* (file, ptdev) {
      const user = new User(bench, file);
      yield* user.setup();
      yield* user.createSyncobj();
      const group = yield* user.group();
      user.stream(0, { runNs: 100_000 });
      states.push(ptdev.pm.state);
      expect(yield* user.wait(yield* user.submit(group, 0))).toBe(0);
      states.push(ptdev.pm.state);
      yield* user.sleep(200);
      states.push(ptdev.pm.state);
    });
    expect(states).toEqual([pmSuspended, pmActive, pmSuspended]);
    expect(logs(bench).filter((line) => line.startsWith("*ERROR*"))).toEqual([]);
  });

  it("retries a failed fast boot with a full reload", () => {
    const bench = makeBench();
    withFile(bench, function* (file, ptdev) {
      const user = new User(bench, file);
      yield* user.setup();
      yield* user.createSyncobj();
      const group = yield* user.group();
      user.stream(0, { runNs: 100_000 });
      bench.gpu.inject({ kind: "boot-fail", count: 1 });
      expect(yield* user.wait(yield* user.submit(group, 0))).toBe(0);
      expect(ptdev.pm.state).toBe(pmActive);
    });
    expect(logs(bench)).toEqual(
      expect.arrayContaining([
        "*ERROR* Failed to boot MCU (status=fatal)",
        "*ERROR* FW fast reset failed",
        "*ERROR* Fast reset failed, trying a slow reset",
      ]),
    );
  });

  it("lets a later resume try again after one that failed", () => {
    const bench = makeBench();
    const results: number[] = [];
    withFile(bench, function* (_file, ptdev) {
      bench.gpu.inject({ kind: "boot-fail", count: 2 });
      for (let i = 0; i < 2; i++) {
        const ret = yield* bench.drv.device.resumeAndGet(ptdev);
        results.push(ret);
        if (ret === 0) yield* ptdev.pmRuntime.putAutosuspend();
      }
    });
    expect(results).toEqual([-ETIMEDOUT, 0]);
  });

  it("refuses to resume a device that is not suspended", () => {
    const bench = makeBench();
    withFile(bench, function* (_file, ptdev) {
      expect(yield* bench.drv.device.suspend(ptdev)).toBe(-EINVAL);
      yield* bench.drv.device.resumeAndGet(ptdev);
      expect(yield* bench.drv.device.resume(ptdev)).toBe(-EINVAL);
      yield* ptdev.pmRuntime.putAutosuspend();
    });
  });

  it("shows users a dummy flush id while suspended, the register while active", () => {
    const bench = makeBench();
    withFile(bench, function* (file, ptdev) {
      const { device, drv } = bench.drv;
      expect(yield* drv.mmap(file, userMmioOffset64, { length: 8192 })).toBe(-EINVAL);
      expect(yield* drv.mmap(file, userMmioOffset64, { length: 4096, write: true })).toBe(-EINVAL);
      const mapping = (yield* drv.mmap(file, userMmioOffset64, { length: 4096 })) as IoMapping;
      expect(yield* device.mmioUserRead(mapping)).toBe(1);
      yield* device.resumeAndGet(ptdev);
      expect(mapping.target).toBe(null);
      expect(yield* device.mmioUserRead(mapping)).toBe(bench.gpu.control.flushId);
      expect(mapping.target).toBe("register");
      yield* ptdev.pmRuntime.putAutosuspend();
      yield* bench.linux.time.nanosleep(200e6);
      expect(mapping.target).toBe(null);
    });
  });
});

describe("reset", () => {
  it("runs once however often it is asked for, and leaves the device usable", () => {
    let resets = 0;
    const count = overlay((_, prev) => ({
      device: {
        *resetWork(ptdev) {
          resets++;
          yield* prev.device.resetWork(ptdev);
        },
      },
    }));
    const bench = makeBench({ overlays: [count] });
    withFile(bench, function* (file, ptdev) {
      const { device, drv } = bench.drv;
      yield* device.resumeAndGet(ptdev);
      yield* device.scheduleReset(ptdev);
      yield* device.scheduleReset(ptdev);
      yield* bench.linux.time.nanosleep(10e6);
      yield* ptdev.pmRuntime.putAutosuspend();
      expect(ptdev.reset.pending).toBe(false);
      expect(yield* drv.ioctl(file, "VM_CREATE", {})).toBe(0);
    });
    expect(resets).toBe(1);
  });

  it("unplugs the device when the firmware does not boot", () => {
    const bench = makeBench();
    withFile(bench, function* (file, ptdev) {
      const user = new User(bench, file);
      yield* user.setup();
      yield* user.createSyncobj();
      const group = yield* user.group();
      user.stream(0, { runNs: 1e9 });
      yield* user.submit(group, 0);
      yield* user.sleep(2);
      bench.gpu.inject({ kind: "boot-fail", count: 9 });
      yield* bench.drv.device.scheduleReset(ptdev);
      yield* user.sleep(2000);
      expect(ptdev.base.unplugged).toBe(true);
      expect(yield* bench.drv.drv.ioctl(file, "VM_CREATE", {})).toBe(-ENODEV);
    });
    expect(logs(bench)).toEqual(
      expect.arrayContaining([
        "*ERROR* FW slow reset failed",
        "*ERROR* Failed to boot MCU after reset, making device unusable.",
      ]),
    );
    const { gpu, job, mmu } = bench.gpu.irqs;
    expect([gpu.mask, job.mask, mmu.mask]).toEqual([0, 0, 0]);
  });
});

describe("removal", () => {
  it("stops the hardware and later ioctls, and frees the interrupts", () => {
    const bench = makeBench();
    withFile(bench, function* (file, ptdev) {
      yield* bench.drv.drv.remove(ptdev);
      expect(ptdev.base.unplugged).toBe(true);
      expect(yield* bench.drv.drv.ioctl(file, "VM_CREATE", {})).toBe(-ENODEV);
      expect(yield* bench.drv.drv.open(ptdev)).toBe(-ENODEV);
      expect(bench.pdev.clocks.core.enableCount).toBe(0);
    });
  });
});
