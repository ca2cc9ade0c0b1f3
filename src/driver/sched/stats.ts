// What fdinfo shows of a file's groups: cycles and time of profiled jobs, memory of kernel BOs.
// Kernel: panthor_sched.c (7.3), update_fdinfo_stats(), panthor_fdinfo_gather_group_samples(),
// panthor_fdinfo_gather_group_mem_info(), add_group_kbo_sizes().

import type { Atomic } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorFile } from "../drv/types.ts";
import { registeredGroups } from "./pool.ts";
import {
  PANTHOR_DEVICE_PROFILING_CYCLES,
  PANTHOR_DEVICE_PROFILING_TIMESTAMP,
  profilingData,
} from "./types.ts";
import type { PanthorGroup, PanthorJob } from "./types.ts";

export const statsOps = (drv: Driver) => ({
  /** spin_lock() of the samples of a group. */
  fdinfoLock(group: PanthorGroup): Atomic<void> {
    return group.fdinfo.lock.lock();
  },

  /** spin_unlock(). */
  fdinfoUnlock(group: PanthorGroup): Atomic<void> {
    return group.fdinfo.lock.unlock();
  },

  /** update_fdinfo_stats(): adds what a finished job measured. */
  *updateFdinfoStats(job: PanthorJob): Atomic<void> {
    const group = job.group!;
    const { data } = group.fdinfo;
    const kmap = group.queues[job.queueIdx]!.profiling.slots!.kmap!;
    const slot = job.profiling.slot * profilingData.size;
    const delta = (after: number, before: number): bigint =>
      kmap.read64(slot + after) - kmap.read64(slot + before);

    yield* drv.sched.fdinfoLock(group);
    if ((job.profiling.mask & PANTHOR_DEVICE_PROFILING_CYCLES) !== 0) {
      const cycles = delta(profilingData.cyclesAfter, profilingData.cyclesBefore);
      data.cycles = BigInt.asUintN(64, data.cycles + cycles);
    }
    if ((job.profiling.mask & PANTHOR_DEVICE_PROFILING_TIMESTAMP) !== 0) {
      const time = delta(profilingData.timeAfter, profilingData.timeBefore);
      data.time = BigInt.asUintN(64, data.time + time);
    }
    yield* drv.sched.fdinfoUnlock(group);
  },

  /** panthor_fdinfo_gather_group_samples(): moves the groups' sums into the file's. */
  *fdinfoGatherGroupSamples(pfile: PanthorFile): Atomic<void> {
    const gpool = pfile.groups;
    if (gpool === null) return;
    yield* gpool.xaLock.lock();
    for (const group of registeredGroups(gpool)) {
      const { data } = group.fdinfo;
      yield* drv.sched.fdinfoLock(group);
      // What a job that was stopped before its second sample takes off, wraps here and comes back.
      pfile.stats.cycles = BigInt.asUintN(64, pfile.stats.cycles + data.cycles);
      pfile.stats.time = BigInt.asUintN(64, pfile.stats.time + data.time);
      data.cycles = 0n;
      data.time = 0n;
      yield* drv.sched.fdinfoUnlock(group);
    }
    yield* gpool.xaLock.unlock();
  },

  /** panthor_fdinfo_gather_group_mem_info(). */
  *fdinfoGatherGroupMemInfo(
    pfile: PanthorFile,
    stats: { resident: number; active: number },
  ): Atomic<void> {
    const gpool = pfile.groups;
    if (gpool === null) return;
    yield* gpool.xaLock.lock();
    for (const group of registeredGroups(gpool)) {
      stats.resident += group.fdinfo.kboSizes;
      if (group.csgId >= 0) stats.active += group.fdinfo.kboSizes;
    }
    yield* gpool.xaLock.unlock();
  },

  /** add_group_kbo_sizes(). */
  addGroupKboSizes(ptdev: PanthorDevice, group: PanthorGroup): void {
    if (ptdev.base.warnOn(ptdev !== group.ptdev, "ptdev != group->ptdev")) return;
    const { fdinfo } = group;
    for (const bo of [group.suspendBuf, group.protmSuspendBuf, group.syncobjs]) {
      fdinfo.kboSizes += bo === null ? 0 : bo.obj.size;
    }
    for (let i = 0; i < group.queueCount; i++) {
      const queue = group.queues[i]!;
      for (const bo of [queue.ringbuf, queue.iface.mem, queue.profiling.slots]) {
        fdinfo.kboSizes += bo!.obj.size;
      }
    }
  },
});
