import { describe, expect, it } from "vitest";
import { pmActive, pmSuspended, type PanthorDevice } from "../../../src/driver/device/types.ts";
import { userMmioOffset64 } from "../../../src/driver/device/mmap.ts";
import type { IoMapping } from "../../../src/driver/device/types.ts";
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
  const hang = (bench: Bench, bootFails: number): PanthorDevice => {
    let device: PanthorDevice | null = null;
    withFile(bench, function* (file, ptdev) {
      device = ptdev;
      const user = new User(bench, file);
      yield* user.setup();
      yield* user.createSyncobj();
      const group = yield* user.group();
      user.stream(0, { runNs: 1e9 });
      const point = yield* user.submit(group, 0);
      yield* user.sleep(2);
      if (bootFails > 0) bench.gpu.inject({ kind: "boot-fail", count: bootFails });
      yield* bench.drv.device.scheduleReset(ptdev);
      yield* bench.drv.device.scheduleReset(ptdev);
      yield* user.wait(point);
      yield* user.sleep(100);
      const after = yield* bench.drv.drv.ioctl(file, "VM_CREATE", {});
      expect(after).toBe(bootFails > 0 ? -ENODEV : 2);
    });
    return device!;
  };

  it("boots the firmware again and leaves the device usable", () => {
    const bench = makeBench({ overlays: [countResets] });
    resets = 0;
    const ptdev = hang2(bench);
    expect(ptdev.reset.pending).toBe(false);
    expect(resets).toBe(1);
  });

  it("unplugs the device when the firmware does not boot", () => {
    const bench = makeBench();
    const ptdev = hang(bench, 9);
    expect(ptdev.base.unplugged).toBe(true);
    expect(logs(bench)).toEqual(
      expect.arrayContaining([
        "*ERROR* FW slow reset failed",
        "*ERROR* Failed to boot MCU after reset, making device unusable.",
      ]),
    );
    expect(bench.gpu.irqs.job.mask | bench.gpu.irqs.mmu.mask | bench.gpu.irqs.gpu.mask).toBe(0);
  });

  /** A reset with nothing running. */
  const hang2 = (bench: Bench): PanthorDevice => {
    let device: PanthorDevice | null = null;
    withFile(bench, function* (_file, ptdev) {
      device = ptdev;
      yield* bench.drv.device.resumeAndGet(ptdev);
      yield* bench.drv.device.scheduleReset(ptdev);
      yield* bench.drv.device.scheduleReset(ptdev);
      yield* bench.linux.time.nanosleep(10e6);
      yield* ptdev.pmRuntime.putAutosuspend();
    });
    return device!;
  };
  let resets = 0;
  const countResets = overlay((_, prev) => ({
    device: {
      *resetWork(ptdev) {
        resets++;
        yield* prev.device.resetWork(ptdev);
      },
    },
  }));
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
