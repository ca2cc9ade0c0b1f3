import { describe, expect, it } from "vitest";
import type { IoctlName, Ioctls } from "../../../src/driver/drv/file.ts";
import * as uapi from "../../../src/driver/drv/uapi.ts";
import {
  E2BIG,
  EACCES,
  EFAULT,
  EINVAL,
  ENOENT,
  ENOMEM,
  ENOSPC,
  EPERM,
  errnoName,
} from "../../../src/machine/errno.ts";
import { withCosts, zeroCost } from "../../../src/device/profile/index.ts";
import { overlay } from "../../../src/revision/patch.ts";
import { K } from "../../../src/timeline/kinds.ts";
import { makeBench, timelineText, withFile } from "../harness.ts";
import { User } from "../user.ts";

const group = (over: Partial<uapi.GroupCreateArgs>): uapi.GroupCreateArgs => ({
  queues: [{ ringbufSize: 4096 }],
  maxComputeCores: 4,
  maxFragmentCores: 4,
  maxTilerCores: 1,
  priority: 1,
  computeCoreMask: 0x50005n,
  fragmentCoreMask: 0x50005n,
  tilerCoreMask: 1n,
  vmId: 1,
  ...over,
});

type Case = { [N in IoctlName]: readonly [string, N, Ioctls[N], number] }[IoctlName];

/** VM 1, buffer 1 (mappable) and buffer 2 (NO_MMAP) exist; there is no group. */
const cases: Case[] = [
  ["size of GPU_INFO", "DEV_QUERY", { type: 0 }, 0],
  ["unknown query", "DEV_QUERY", { type: 9, pointer: {} }, -EINVAL],
  ["too small for GPU_INFO", "DEV_QUERY", { type: 0, size: 95, pointer: {} }, -EINVAL],
  ["GPU_INFO of the first version", "DEV_QUERY", { type: 0, size: 96, pointer: {} }, 0],
  ["no size at all", "DEV_QUERY", { type: 0, size: 0, pointer: {} }, -EINVAL],
  ["unknown timestamp flag", "DEV_QUERY", { type: 2, pointer: { flags: 1 << 9 } }, -EINVAL],
  ["CPU clock that is none", "DEV_QUERY", { type: 2, pointer: { flags: 3 << 1 } }, -EINVAL],
  ["VM flags", "VM_CREATE", { flags: 1 }, -EINVAL],
  ["pad of VM_DESTROY", "VM_DESTROY", { id: 1, pad: 1 }, -EINVAL],
  ["no such VM", "VM_DESTROY", { id: 7 }, -EINVAL],
  ["state of no VM", "VM_GET_STATE", { vmId: 7 }, -EINVAL],
  ["empty buffer", "BO_CREATE", { size: 0 }, -EINVAL],
  ["buffer flag", "BO_CREATE", { size: 4096, flags: 4 }, -EINVAL],
  ["buffer of 8 EiB", "BO_CREATE", { size: 2 ** 63 }, -EINVAL],
  ["buffer whose size wraps to zero", "BO_CREATE", { size: 2 ** 64 }, -ENOSPC],
  ["buffer larger than the space of mmap offsets", "BO_CREATE", { size: 2 ** 40 }, -ENOSPC],
  ["buffer without memory", "BO_CREATE", { size: 2 ** 39 }, 0],
  ["cached and not mappable", "BO_CREATE", { size: 4096, flags: 3 }, -EINVAL],
  ["buffer of no VM", "BO_CREATE", { size: 4096, exclusiveVmId: 7 }, -EINVAL],
  ["offset of no buffer", "BO_MMAP_OFFSET", { handle: 9 }, -ENOENT],
  ["offset of a NO_MMAP buffer", "BO_MMAP_OFFSET", { handle: 2 }, -EPERM],
  ["label", "BO_SET_LABEL", { handle: 1, label: "ring" }, 0],
  ["label too long", "BO_SET_LABEL", { handle: 1, label: "x".repeat(4096) }, -E2BIG],
  ["label of no buffer", "BO_SET_LABEL", { handle: 9, label: null }, -ENOENT],
  ["info of no buffer", "BO_QUERY_INFO", { handle: 9 }, -ENOENT],
  ["nothing to sync", "BO_SYNC", { ops: [] }, 0],
  ["sync of no buffer", "BO_SYNC", { ops: [{ handle: 9, type: 0 }] }, -ENOENT],
  ["MMIO offset", "SET_USER_MMIO_OFFSET", { offset: 4096 }, -EINVAL],
  ["32-bit MMIO offset", "SET_USER_MMIO_OFFSET", { offset: 2 ** 43 }, 0],
  ["group without queues", "GROUP_CREATE", group({ queues: [] }), -EINVAL],
  [
    "more queues than the interface has",
    "GROUP_CREATE",
    group({ queues: new Array(33).fill({ ringbufSize: 4096 }) }),
    -EINVAL,
  ],
  [
    "queue array of small elements",
    "GROUP_CREATE",
    group({ queues: { stride: 4, count: 1, array: [{ ringbufSize: 4096 }] } }),
    -EINVAL,
  ],
  [
    "queue array that cannot be read",
    "GROUP_CREATE",
    group({ queues: { stride: 8, count: 1, array: null } }),
    -EFAULT,
  ],
  ["priority above realtime", "GROUP_CREATE", group({ priority: 4 }), -EINVAL],
  ["group of no VM", "GROUP_CREATE", group({ vmId: 7 }), -EINVAL],
  ["realtime group", "GROUP_CREATE", group({ priority: 3 }), 0],
  ["pad of GROUP_DESTROY", "GROUP_DESTROY", { groupHandle: 1, pad: 1 }, -EINVAL],
  ["no such group", "GROUP_DESTROY", { groupHandle: 1 }, -EINVAL],
  ["pad of GROUP_SUBMIT", "GROUP_SUBMIT", { groupHandle: 1, pad: 1, queueSubmits: [] }, -EINVAL],
  ["nothing submitted", "GROUP_SUBMIT", { groupHandle: 1, queueSubmits: [] }, 0],
  [
    "submit to no group",
    "GROUP_SUBMIT",
    { groupHandle: 1, queueSubmits: [{ queueIndex: 0 }] },
    -EINVAL,
  ],
  [
    "bind of more than can be copied",
    "VM_BIND",
    { vmId: 1, ops: { stride: 48, count: 2 ** 26, array: null } },
    -ENOMEM,
  ],
  ["bind in no VM", "VM_BIND", { vmId: 7, ops: [] }, -EINVAL],
  ["async bind of nothing", "VM_BIND", { vmId: 1, flags: 1, ops: [] }, 0],
  [
    "async bind of an empty range where no table is needed",
    "VM_BIND",
    { vmId: 1, flags: 1, ops: [{ flags: 0, boHandle: 1, va: 0, size: 0 }] },
    -ENOMEM,
  ],
  [
    "async bind of an empty range",
    "VM_BIND",
    { vmId: 1, flags: 1, ops: [{ flags: 0, boHandle: 1, va: 4096, size: 0 }] },
    0,
  ],
  ["pad of TILER_HEAP_DESTROY", "TILER_HEAP_DESTROY", { handle: 0, pad: 1 }, -EINVAL],
  ["close of no buffer", "GEM_CLOSE", { handle: 9 }, -EINVAL],
  ["sync objects", "GET_CAP", { capability: 0x13 }, 0],
  ["unknown capability", "GET_CAP", { capability: 0x99 }, -EINVAL],
];

describe("ioctls check their arguments", () => {
  it.each(cases)("%s", (_, name, args, expected) => {
    const bench = makeBench();
    withFile(bench, function* (file) {
      const { drv } = bench.drv;
      const user = new User(bench, file);
      yield* user.setup();
      yield* drv.ioctl(file, "BO_CREATE", { size: 4096, flags: 1 });
      const ret = yield* drv.ioctl(file, name, args as never);
      expect(ret < 0 ? errnoName(-ret) : "0").toBe(expected < 0 ? errnoName(-expected) : "0");
    });
  });
});

describe("an ioctl that fails", () => {
  it("takes what the machine makes it take before it returns", () => {
    const time = (failedSyscall: number, vmId: number): number => {
      const bench = makeBench({ profile: withCosts(zeroCost, { failedSyscall }) });
      let took = -1;
      withFile(bench, function* (file) {
        const { drv } = bench.drv;
        yield* drv.ioctl(file, "VM_CREATE", { flags: 0 });
        const from = bench.m.now;
        yield* drv.ioctl(file, "VM_GET_STATE", { vmId });
        took = bench.m.now - from;
      });
      return took;
    };
    expect([time(0, 7), time(1000, 1), time(1000, 7)]).toEqual([0, 0, 1000]);
  });

  /** Who comes first: the return of a call, or a task that its caller has made runnable before. */
  const order = (failedSyscall: number, vmId: number): string[] => {
    const bench = makeBench({ profile: withCosts(zeroCost, { failedSyscall }) });
    const { m } = bench;
    const seen: string[] = [];
    withFile(bench, function* (file) {
      const { drv } = bench.drv;
      yield* drv.ioctl(file, "VM_CREATE", { flags: 0 });
      const other = m.createTask({
        comm: "other",
        *body() {
          seen.push("other");
        },
      });
      m.sched.wakeNew(other);
      yield* drv.ioctl(file, "VM_GET_STATE", { vmId });
      seen.push("returned");
      m.setState("R");
      yield* m.sleep();
      m.setState("R");
      yield* m.sleep();
    });
    return seen;
  };

  it("gives way to whoever is ready before it returns", () => {
    expect(order(0, 7)).toEqual(["returned", "other"]);
    expect(order(1000, 1)).toEqual(["returned", "other"]);
    expect(order(1000, 7)).toEqual(["other", "returned"]);
  });

  it("is woken by nobody: it stays runnable meanwhile", () => {
    const bench = makeBench({ profile: withCosts(zeroCost, { failedSyscall: 1000 }) });
    const states: string[] = [];
    withFile(bench, function* (file) {
      const { rec } = bench.m;
      const from = rec.length;
      yield* bench.drv.drv.ioctl(file, "VM_GET_STATE", { vmId: 7 });
      for (let i = from; i < rec.length; i++) {
        if (rec.kind(i) === K.sched_waking) states.push("woken");
        if (rec.kind(i) === K.ioctl_end) states.push("returned");
      }
    });
    expect(states).toEqual(["returned"]);
  });
});

describe("DEV_QUERY", () => {
  it("tells and fills", () => {
    const bench = makeBench();
    withFile(bench, function* (file) {
      const { drv } = bench.drv;
      const size: uapi.DevQueryArgs = { type: 0 };
      yield* drv.ioctl(file, "DEV_QUERY", size);
      expect(size.size).toBe(112);
      const info = {};
      yield* drv.ioctl(file, "DEV_QUERY", { type: 0, pointer: info });
      expect(info).toMatchObject({ gpuId: 0xa8670005, shaderPresent: 0x50005n });
      const mmu = {};
      yield* drv.ioctl(file, "DEV_QUERY", { type: 4, pointer: mmu });
      expect(mmu).toEqual({ pageSizeBitmap: 0x201000 });
      const priorities = {};
      yield* drv.ioctl(file, "DEV_QUERY", { type: 3, pointer: priorities });
      expect(priorities).toEqual({ allowedMask: 0xf });
    });
  });

  it("copies no more than the user's object has room for", () => {
    const bench = makeBench();
    withFile(bench, function* (file) {
      const { drv } = bench.drv;
      const first: Record<string, unknown> = {};
      yield* drv.ioctl(file, "DEV_QUERY", { type: 0, size: 96, pointer: first });
      expect(first).toMatchObject({ tilerPresent: 1n });
      expect(first).not.toHaveProperty("gpuFeatures");
      // Its flags are past the end: the kernel takes them for zero, and asks for what it always did.
      const old: Record<string, unknown> = { flags: 1 << 9 };
      expect(yield* drv.ioctl(file, "DEV_QUERY", { type: 2, size: 24, pointer: old })).toBe(0);
      expect(old).toEqual({
        flags: 1 << 9,
        timestampFrequency: 0n,
        currentTimestamp: expect.any(BigInt) as bigint,
        timestampOffset: 0n,
      });
      expect(old["currentTimestamp"]).not.toBe(0n);
    });
  });

  it("reads clocks without interruption and suspends again", () => {
    const bench = makeBench();
    withFile(bench, function* (file, ptdev) {
      const info: Record<string, unknown> = { flags: 0xb3 };
      expect(yield* bench.drv.drv.ioctl(file, "DEV_QUERY", { type: 2, pointer: info })).toBe(0);
      expect(info["currentTimestamp"]).not.toBe(0n);
      expect(info["cycleCount"]).not.toBe(0n);
      expect(Number(info["cpuTimestampSec"])).toBe(1);
      expect(ptdev.pmRuntime.usageCount).toBe(0);
    });
  });
});

describe("privileges", () => {
  it("need CAP_SYS_NICE above medium", () => {
    const bench = makeBench();
    withFile(bench, function* (_file, ptdev) {
      const { drv } = bench.drv;
      const file = yield* drv.open(ptdev, { capSysNice: false });
      if (typeof file === "number") throw new Error("open");
      expect(drv.queryGroupPrioritiesInfo(file)).toBe(3);
      expect(yield* drv.ioctl(file, "GROUP_CREATE", group({ priority: 2 }))).toBe(-EACCES);
      yield* drv.close(file);
    });
  });
});

describe("sync operations", () => {
  const submitWith = (sync: uapi.SyncOp) => {
    const bench = makeBench();
    let ret = 1;
    let returned = false;
    const run = () =>
      withFile(bench, function* (file) {
        const user = new User(bench, file);
        yield* user.setup();
        yield* user.createSyncobj();
        const handle = yield* user.group();
        const args = { groupHandle: handle, queueSubmits: [{ queueIndex: 0, syncs: [sync] }] };
        ret = yield* bench.drv.drv.ioctl(file, "GROUP_SUBMIT", args);
        returned = true;
      });
    return { bench, run, result: () => ({ ret, returned }) };
  };

  it.each([
    ["unknown flag", { flags: 0x100, handle: 1 }, -EINVAL],
    ["unknown kind of handle", { flags: 2, handle: 1 }, -EINVAL],
    ["binary with a point", { flags: 0, handle: 1, timelineValue: 1 }, -EINVAL],
    ["wait for no handle", { flags: 0, handle: 9 }, -ENOENT],
    ["wait for a point that nobody submitted", { flags: 1, handle: 1, timelineValue: 5 }, -EINVAL],
    ["signal of a binary object", { flags: uapi.DRM_PANTHOR_SYNC_OP_SIGNAL, handle: 1 }, 0],
  ])("%s", (_, sync, expected) => {
    const { result, run } = submitWith(sync);
    run();
    expect(result()).toEqual({ ret: expected, returned: true });
  });

  it("kills the caller that signals a handle which does not exist", () => {
    const signal = { flags: uapi.DRM_PANTHOR_SYNC_OP_SIGNAL, handle: 9 };
    const { bench, result, run } = submitWith(signal);
    expect(run).toThrow("the program did not end");
    expect(result().returned).toBe(false);
    const logs = timelineText(bench.m, { kinds: ["printk"] });
    expect(logs.some((l) => /NULL pointer dereference.*0000000000000000/.test(l))).toBe(true);
  });
});

describe("PRIME", () => {
  it("gives a file of the device the same object back, private ones to nobody", () => {
    const bench = makeBench();
    withFile(bench, function* (file) {
      const { drv } = bench.drv;
      const user = new User(bench, file);
      yield* user.setup();
      const exported: { handle: number; fd?: number } = { handle: user.boHandle };
      expect(yield* drv.ioctl(file, "PRIME_HANDLE_TO_FD", exported)).toBe(0);
      const imported: { fd?: number; handle?: number } = { fd: exported.fd };
      expect(yield* drv.ioctl(file, "PRIME_FD_TO_HANDLE", imported)).toBe(0);
      expect(imported.handle).toBe(user.boHandle);
      yield* file.syncobjs.fds.close(exported.fd!);
      yield* bench.linux.files.taskWorkRun();
      const bo = { size: 4096, exclusiveVmId: user.vmId, handle: 0 };
      yield* drv.ioctl(file, "BO_CREATE", bo);
      const ret = yield* drv.ioctl(file, "PRIME_HANDLE_TO_FD", { handle: bo.handle });
      expect(ret).toBe(-EINVAL);
    });
  });
});

describe("close", () => {
  it("lets go of buffers in the order of their handles, not of their creation", () => {
    const freed: number[] = [];
    const noting = overlay((_, prev) => ({
      gem: {
        *freeObject(bo) {
          freed.push(bo.size / 4096);
          yield* prev.gem.freeObject(bo);
        },
      },
    }));
    const bench = makeBench({ overlays: [noting] });
    withFile(bench, function* (file) {
      const { drv } = bench.drv;
      for (const pages of [1, 2, 3]) yield* drv.ioctl(file, "BO_CREATE", { size: pages * 4096 });
      yield* drv.ioctl(file, "GEM_CLOSE", { handle: 1 });
      const again: uapi.BoCreateArgs = { size: 4 * 4096 };
      yield* drv.ioctl(file, "BO_CREATE", again);
      expect(again.handle).toBe(1);
      freed.length = 0;
      yield* drv.close(file);
      expect(freed.slice(0, 3)).toEqual([4, 2, 3]);
    });
  });
});

describe("fdinfo", () => {
  it("counts time in 64 bits", () => {
    const bench = makeBench({ pdev: { archTimerHz: 24_000_000 } });
    withFile(bench, function* (file, ptdev) {
      bench.drv.drv.profilingStore(ptdev, 2);
      // 800 s of work: as nanoseconds times the frequency, more than 64 bits hold.
      file.pfile.stats.time = 800n * 24_000_000n;
      const text = yield* bench.drv.drv.showFdinfo(file);
      const wrapped = ((800n * 24_000_000n * 1_000_000_000n) % 2n ** 64n) / 24_000_000n + 1n;
      expect(text).toContain(`drm-engine-panthor:\t${wrapped} ns`);
    });
  });

  it("reports frequencies and memory", () => {
    const bench = makeBench();
    withFile(bench, function* (file) {
      const user = new User(bench, file);
      yield* user.setup();
      const text = yield* bench.drv.drv.showFdinfo(file);
      expect(text).toEqual(
        expect.arrayContaining([
          "drm-driver:\tpanthor",
          "drm-maxfreq-panthor:\t1000000000 Hz",
          "drm-total-memory:\t64 KiB",
        ]),
      );
    });
  });
});
