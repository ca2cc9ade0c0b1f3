// What a driver may do that looks like a mistake of mutants.test.ts: no invariant flags it.

import { expect, it } from "vitest";
import { gpuControl } from "../../src/device/registers/gpu-control.ts";
import { asCommand } from "../../src/device/registers/mmu.ts";
import { AS_STATUS } from "../../src/driver/mmu/regs.ts";
import { done } from "../../src/machine/core/op.ts";
import { DelayedWork } from "../../src/machine/workqueue/work.ts";
import { overlay } from "../../src/revision/patch.ts";
import { asyncBind, besideAWait, flags, givenUp, twoJobs } from "./mutant.ts";

it("a region that is locked wider than what is unmapped", () => {
  const wide = overlay((_, prev) => ({
    mmu: {
      vmLockRegionSlow: (vm, start, size) => prev.mmu.vmLockRegionSlow(vm, start, size * 4),
    },
  }));
  expect(flags(wide)).toEqual([]);
});

it("a status that is read more than once, or only before the next command", () => {
  const twice = overlay((final, prev) => ({
    mmu: {
      *asSendCmdAndWait(ptdev, asNr, cmd) {
        yield* final().mmio.read32(AS_STATUS(asNr));
        const ret = yield* prev.mmu.asSendCmdAndWait(ptdev, asNr, cmd);
        yield* final().mmio.read32(AS_STATUS(asNr));
        return ret;
      },
    },
  }));
  expect(flags(twice)).toEqual([]);
});

it("a register that is read when the device was resumed for it", () => {
  const resumed = overlay((final, prev) => ({
    drv: {
      *ioctlDevQuery(file, args) {
        const { ptdev } = file.pfile;
        const ret = yield* final().device.resumeAndGet(ptdev);
        if (ret !== 0) return ret;
        yield* final().mmio.read32(gpuControl.GPU_ID.offset);
        yield* ptdev.pmRuntime.putAutosuspend();
        return yield* prev.drv.ioctlDevQuery(file, args);
      },
    },
  }));
  expect(flags(resumed)).toEqual([]);
});

it("an L2 that is asked to come up twice, and interrupts that are looked at during a reset", () => {
  const careful = overlay((final, prev) => ({
    gpu: {
      *l2PowerOn(ptdev) {
        yield* prev.gpu.l2PowerOn(ptdev);
        return yield* prev.gpu.l2PowerOn(ptdev);
      },
      *waitRequest(ptdev, bit) {
        yield* final().mmio.read32(gpuControl.GPU_INT_RAWSTAT.offset);
        return yield* prev.gpu.waitRequest(ptdev, bit);
      },
    },
    drv: {
      *ioctlVmBind(file, args) {
        yield* final().device.scheduleReset(file.pfile.ptdev);
        return yield* prev.drv.ioctlVmBind(file, args);
      },
    },
  }));
  expect(flags(careful)).toEqual([]);
});

it("address spaces that are unlocked once more before they are taken away", () => {
  const again = overlay((final, prev) => ({
    mmu: {
      *suspend(ptdev) {
        yield* final().mmu.asSendCmdAndWait(ptdev, 0, asCommand.unlock);
        yield* prev.mmu.suspend(ptdev);
      },
    },
  }));
  expect(flags(again)).toEqual([]);
});

it("jobs and binds that take a second to start", () => {
  const slow = overlay((final, prev) => ({
    sched: {
      *queueRunJob(job) {
        yield* final().linux.time.nanosleep(1e9);
        return yield* prev.sched.queueRunJob(job);
      },
    },
    mmu: {
      *vmBindRunJob(job) {
        yield* final().linux.time.nanosleep(1e9);
        return yield* prev.mmu.vmBindRunJob(job);
      },
    },
  }));
  expect(flags(slow, asyncBind)).toEqual([]);
});

it("jobs in a row on one queue, whose numbers skip none", () => {
  expect(flags(null, twoJobs)).toEqual([]);
});

it("a group that is given up, and terminated a while later", () => {
  expect(flags(null, givenUp)).toEqual([]);
  const later = overlay((final, prev) => ({
    sched: {
      *tickWork(sched) {
        yield* final().linux.time.nanosleep(50e6);
        yield* prev.sched.tickWork(sched);
      },
    },
  }));
  expect(flags(later, givenUp)).toEqual([]);
});

it("groups on other slots, with a suspend buffer each", () => {
  expect(flags(null, besideAWait)).toEqual([]);
});

it("a lock, a section and a reference that an ioctl takes and gives back", () => {
  const balanced = overlay((final, prev) => ({
    drv: {
      *ioctl(file, name, args) {
        const { linux } = final();
        const { lock } = file.pfile.ptdev.scheduler;
        yield* lock.lock();
        linux.rcu.readLock();
        const cookie = linux.fences.beginSignalling();
        const srcu = linux.rcu.unplugSrcu.readLock();
        yield* linux.rcu.unplugSrcu.readUnlock(srcu);
        linux.fences.endSignalling(cookie);
        yield* linux.rcu.readUnlock();
        yield* lock.unlock();
        return yield* prev.drv.ioctl(file, name, args);
      },
    },
  }));
  expect(flags(balanced)).toEqual([]);
});

it("a reference that a work item drops after the program has exited", () => {
  const late = overlay((final, prev) => ({
    sched: {
      *groupDestroy(pfile, handle) {
        const group = pfile.groups!.xa.get(handle);
        if (group !== undefined) {
          final().sched.groupGet(group);
          const put = new DelayedWork("late_put_work", () => final().sched.groupPut(group));
          yield* final().linux.wq.systemWq.queueDelayedWork(put, 10);
        }
        return yield* prev.sched.groupDestroy(pfile, handle);
      },
    },
  }));
  expect(flags(late)).toEqual([]);
});

it("a job that is armed and dropped before anybody could see its fence", () => {
  const dropped = overlay(() => ({ drv: { submitCtxPushJobs: () => done() } }));
  expect(flags(dropped)).toEqual([]);
});
