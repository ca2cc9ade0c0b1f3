// Each invariant that a driver's mistake can violate, on a driver that makes the mistake: a replay
// of a small trace with one operation replaced. What a driver may do that looks like it is in
// neighbours.test.ts.

import { expect, it } from "vitest";
import { gpuControl } from "../../src/device/registers/gpu-control.ts";
import { asCommand } from "../../src/device/registers/mmu.ts";
import type { Driver } from "../../src/driver/driver.ts";
import { AS_COMMAND } from "../../src/driver/mmu/regs.ts";
import { type Atomic, done } from "../../src/machine/core/op.ts";
import { SpinLock } from "../../src/machine/lock/spinlock.ts";
import { Timer } from "../../src/machine/time/timer.ts";
import { overlay } from "../../src/revision/patch.ts";
import { asyncBind, besideAWait, givenUp, flags, twoJobs } from "./mutant.ts";

it("flags nothing in the driver as it is", () => {
  expect(flags(null)).toEqual([]);
});

it("flags an unmap without the region lock", () => {
  const mistake = overlay(() => ({
    mmu: {
      *vmLockRegionSlow(vm, start, size) {
        // The driver believes that it holds the lock.
        vm.lockedRegion.start = start;
        vm.lockedRegion.size = size;
        return 0;
      },
    },
  }));
  expect(flags(mistake)).toEqual(["unmap-region"]);
});

it("flags an unmap before LOCK has ended", () => {
  const mistake = overlay((final, prev) => ({
    mmu: {
      *asSendCmdAndWait(ptdev, asNr, cmd) {
        if (cmd !== asCommand.lock) return yield* prev.mmu.asSendCmdAndWait(ptdev, asNr, cmd);
        yield* final().mmio.write32(AS_COMMAND(asNr), cmd);
        return 0;
      },
    },
  }));
  expect(flags(mistake)).toEqual(["unmap-region"]);
});

it("flags AS commands without a look at the status", () => {
  const mistake = overlay((final, prev) => ({
    mmu: {
      *asSendCmdAndWait(ptdev, asNr, cmd) {
        if (cmd === asCommand.lock) return yield* prev.mmu.asSendCmdAndWait(ptdev, asNr, cmd);
        yield* final().mmio.write32(AS_COMMAND(asNr), cmd);
        return 0;
      },
    },
  }));
  expect(flags(mistake)).toEqual(["as-command"]);
});

it("flags a register read while the device sleeps", () => {
  const mistake = overlay((final, prev) => ({
    drv: {
      *ioctl(file, name, args) {
        if (name === "DEV_QUERY") yield* final().mmio.read32(gpuControl.GPU_ID.offset);
        return yield* prev.drv.ioctl(file, name, args);
      },
    },
  }));
  expect(flags(mistake)).toEqual(["unpowered-access"]);
});

it("flags an MCU that is started without the L2", () => {
  const mistake = overlay((final) => ({
    gpu: { resume: (ptdev) => final().device.irqResume(ptdev.gpu.irq) },
  }));
  expect(flags(mistake)).toEqual(["powered-blocks"]);
});

/** VM_BIND asks for a reset. */
const resetFirst = (final: () => Driver, prev: Driver): Partial<Driver["drv"]> => ({
  *ioctlVmBind(file, args) {
    yield* final().device.scheduleReset(file.pfile.ptdev);
    return yield* prev.drv.ioctlVmBind(file, args);
  },
});

it("flags accesses during a soft reset", () => {
  const mistake = overlay((final, prev) => ({
    gpu: {
      *waitRequest(ptdev, bit) {
        yield* final().mmio.read32(gpuControl.GPU_STATUS.offset);
        return yield* prev.gpu.waitRequest(ptdev, bit);
      },
    },
    drv: resetFirst(final, prev),
  }));
  expect(flags(mistake)).toEqual(["powered-blocks"]);
});

it("flags a job that is dropped when its fence has been given away", () => {
  // Armed, added to the reservations, and not pushed: submitCtxCleanup() puts the job.
  const dropped = overlay(() => ({
    drv: {
      *submitCtxPushJobs(ctx, updResvs) {
        for (const { job } of ctx.jobs) if (job !== null) yield* updResvs(ctx.exec, job);
      },
    },
  }));
  expect(flags(dropped)).toEqual(["fence-once"]);
  const inASyncObject = overlay((final) => ({
    drv: { submitCtxPushJobs: (ctx) => final().drv.submitCtxPushFences(ctx) },
  }));
  expect(flags(inASyncObject)).toEqual(["fence-once"]);
});

/** Queues never get a timeout. */
const noTimeout = overlay(() => ({ sched: { queueResumeTimeout: () => done() } }));

it("flags a job that nothing ends in time, whoever waits beside it", () => {
  expect(flags(null, besideAWait)).toEqual([]);
  expect(flags(noTimeout, besideAWait)).toEqual(["fence-bound"]);
});

it("flags a suspend buffer that two slots save to", () => {
  const mistake = overlay((final, prev) => ({
    sched: {
      *csgSlotProgLocked(ptdev, csgId, priority) {
        const ret = yield* prev.sched.csgSlotProgLocked(ptdev, csgId, priority);
        const first = final().fw.getCsgIface(ptdev, 0).input;
        if (csgId > 0) final().fw.getCsgIface(ptdev, csgId).input.suspendBuf = first.suspendBuf;
        return ret;
      },
    },
  }));
  expect(flags(mistake, besideAWait)).toEqual(["slot-group"]);
});

it("flags jobs that are killed long after their group was given up", () => {
  // The group is forgotten, not terminated.
  const mistake = overlay((final) => ({
    sched: {
      *groupDestroy(pfile, handle) {
        const group = pfile.groups!.xa.get(handle)!;
        pfile.groups!.xa.delete(handle);
        pfile.groups!.registered.delete(handle);
        yield* final().sched.groupPut(group);
        return 0;
      },
    },
  }));
  expect(flags(null, givenUp)).toEqual([]);
  expect(flags(mistake, givenUp)).toEqual(["fence-bound"]);
});

it("flags binds that end late", () => {
  const mistake = overlay((final, prev) => ({
    mmu: {
      *vmBindRunJob(job) {
        yield* final().linux.time.nanosleep(11e9);
        return yield* prev.mmu.vmBindRunJob(job);
      },
    },
  }));
  expect(flags(mistake, asyncBind)).toEqual(["job-progress"]);
});

it("flags a mutex that an ioctl leaves locked", () => {
  const mistake = overlay((_, prev) => ({
    drv: {
      *ioctl(file, name, args) {
        const ret = yield* prev.drv.ioctl(file, name, args);
        if (name === "VM_DESTROY") yield* file.pfile.ptdev.scheduler!.lock.lock();
        return ret;
      },
    },
  }));
  // Whoever needs it when the programs exit waits for ever.
  expect(flags(mistake)).toEqual(["held-locks", "references"]);
});

it("flags a section that an ioctl does not leave", () => {
  for (const enter of [
    (final: Driver) => void final.linux.fences.beginSignalling(),
    (final: Driver) => final.linux.rcu.readLock(),
    (final: Driver) => void final.linux.rcu.unplugSrcu.readLock(),
  ]) {
    const mistake = overlay((final, prev) => ({
      drv: {
        *ioctlDevQuery(file, args) {
          enter(final());
          return yield* prev.drv.ioctlDevQuery(file, args);
        },
      },
    }));
    expect(flags(mistake)[0]).toBe("held-locks");
  }
});

it("flags a section that a work item does not leave", () => {
  const mistake = overlay((final, prev) => ({
    sched: {
      *processFwEventsWork(sched) {
        final().linux.fences.beginSignalling();
        yield* prev.sched.processFwEventsWork(sched);
      },
    },
  }));
  expect(flags(mistake)).toEqual(["held-locks"]);
});

it("flags a lock that an interrupt thread keeps", () => {
  const mistake = overlay((final, prev) => ({
    fw: {
      *jobIrqHandler(ptdev, status) {
        yield* prev.fw.jobIrqHandler(ptdev, status);
        final().linux.fences.beginSignalling();
      },
    },
  }));
  expect(flags(mistake)).toEqual(["held-locks"]);
});

/** An ioctl arms a timer, or asks for an RCU callback, that runs `body`. */
const later = (how: "timer" | "rcu", body: (final: Driver) => Atomic<void>) =>
  overlay((final, prev) => ({
    drv: {
      *ioctlDevQuery(file, args) {
        const { linux } = final();
        const fn = (): Atomic<void> => body(final());
        if (how === "rcu") linux.rcu.callRcu(fn);
        else yield* new Timer(linux.time.timers, "mistake", fn).mod(linux.time.jiffies + 1);
        const ret = yield* prev.drv.ioctlDevQuery(file, args);
        yield* linux.time.nanosleep(50e6);
        return ret;
      },
    },
  }));

function* keepLock(final: Driver): Atomic<void> {
  yield* new SpinLock(final.linux.m, "kept").lock();
}

function* takeLock(final: Driver): Atomic<void> {
  const lock = new SpinLock(final.linux.m, "taken");
  yield* lock.lock();
  final.linux.rcu.readLock();
  yield* final.linux.rcu.readUnlock();
  yield* lock.unlock();
}

it.each(["timer", "rcu"] as const)("flags what a %s leaves behind", (how) => {
  // The kernel says that preemption is disabled, the invariant by whom.
  expect(flags(later(how, keepLock))).toEqual(["held-locks", "interrupt-locks"]);
  const enter = later(how, (final) => {
    final.linux.rcu.readLock();
    return done();
  });
  expect(flags(enter)).toEqual(["interrupt-locks"]);
  const signalling = later(how, (final) => {
    final.linux.fences.beginSignalling();
    return done();
  });
  // dma_fence_begin_signalling() takes nothing in atomic context.
  expect(flags(signalling)).toEqual([]);
  expect(flags(later(how, takeLock))).toEqual([]);
});

it("flags what an interrupt handler leaves behind", () => {
  const handler = (body: (final: Driver) => Atomic<void>) =>
    overlay((final, prev) => ({
      device: {
        *irqRawHandler(pirq) {
          yield* body(final());
          return yield* prev.device.irqRawHandler(pirq);
        },
      },
    }));
  expect(flags(handler(keepLock))).toEqual(["interrupt-locks"]);
  expect(flags(handler(takeLock))).toEqual([]);
  const enabling = handler((final) => final.linux.m.localIrqRestore());
  expect(flags(enabling)).toEqual(["held-locks"]);
});

it("flags references that are kept", () => {
  expect(flags(overlay(() => ({ sched: { groupPut: () => done() } })))).toEqual(["references"]);
});

it("flags a reference of runtime PM that is kept", () => {
  const mistake = overlay((final, prev) => ({
    drv: {
      *ioctlDevQuery(file, args) {
        const ret = yield* final().device.resumeAndGet(file.pfile.ptdev);
        if (ret !== 0) return ret;
        return yield* prev.drv.ioctlDevQuery(file, args);
      },
    },
  }));
  expect(flags(mistake)).toEqual(["references"]);
});

it("flags memory that nobody frees", () => {
  const mistake = overlay((final, prev) => ({
    drv: {
      *ioctlVmCreate(file, args) {
        final().linux.memory.allocPage();
        return yield* prev.drv.ioctlVmCreate(file, args);
      },
    },
  }));
  expect(flags(mistake)).toEqual(["references"]);
});

it("flags fences that nothing signals", () => {
  const mistake = overlay(() => ({
    sched: { groupSyncUpdWork: () => done(), groupTermPostProcessing: () => done() },
  }));
  // Their jobs are left with what they refer to.
  expect(flags(mistake)).toEqual(["references", "fence-once"]);
});

it("flags two jobs whose fences have one number", () => {
  const mistake = overlay((_, prev) => ({
    sched: {
      *queueEmitJob(queue, job) {
        if (queue.fenceCtx.seqno > 0) queue.fenceCtx.seqno--;
        yield* prev.sched.queueEmitJob(queue, job);
      },
    },
  }));
  expect(flags(mistake, twoJobs)).toEqual(["fence-once"]);
});
