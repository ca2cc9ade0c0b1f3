// Creation of a queue: ring buffer, interface memory, profiling slots, DRM scheduler and entity.
// Kernel: panthor_sched.c (7.3), group_create_queue().

import type { Kernel } from "../../machine/core/op.ts";
import { DrmSchedEntity } from "../../machine/drm-sched/entity.ts";
import { DrmGpuScheduler } from "../../machine/drm-sched/scheduler.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { DelayedWork } from "../../machine/workqueue/index.ts";
import { K } from "../../timeline/kinds.ts";
import type { Driver } from "../driver.ts";
import { DRM_PANTHOR_BO_NO_MMAP } from "../gem/types.ts";
import type { PanthorKernelBo } from "../gem/types.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED,
  PANTHOR_VM_KERNEL_AUTO_VA,
} from "../mmu/types.ts";
import { ListHead } from "./list.ts";
import {
  CSF_MAX_QUEUE_PRIO,
  JOB_TIMEOUT_MS,
  MAX_SCHEDULE_TIMEOUT,
  PanthorJob,
  profilingData,
} from "./types.ts";
import type { DrmPanthorQueueCreate, PanthorGroup, PanthorQueue } from "./types.ts";

const ringbufSizeMin = 0x1000;
const ringbufSizeMax = 0x10000;

const isPowerOf2 = (n: number): boolean => n !== 0 && (n & (n - 1)) === 0;

export const queueOps = (drv: Driver) => ({
  /** group_create_queue(). */
  *groupCreateQueue(
    group: PanthorGroup,
    args: DrmPanthorQueueCreate,
    drmClientId: number,
    gid: number,
    qid: number,
  ): Kernel<PanthorQueue | number> {
    const { ringbufSize } = args;
    if (args.pad.some((b) => b !== 0)) return -EINVAL;
    if (ringbufSize < ringbufSizeMin || ringbufSize > ringbufSizeMax || !isPowerOf2(ringbufSize)) {
      return -EINVAL;
    }
    if (args.priority > CSF_MAX_QUEUE_PRIO) return -EINVAL;

    const { memory } = drv.linux;
    if (memory.failsNow()) return -ENOMEM;
    const queue = drv.sched.queueAlloc(args.priority);
    let ret = yield* drv.sched.queueAllocMemory(group, queue, ringbufSize);
    if (ret === 0 && memory.failsNow()) ret = -ENOMEM;
    if (ret === 0) {
      queue.name = `panthor-queue-${drmClientId}-${gid}-${qid}`;
      ret = yield* drv.sched.queueInitSched(group, queue, ringbufSize);
    }
    if (ret === 0) {
      const suspendBuf = drv.gem.kernelBoGpuva(group.suspendBuf!);
      drv.linux.rec.emit(K.queue_fences, queue.fenceCtx.id, suspendBuf, qid);
      return queue;
    }
    yield* drv.sched.groupFreeQueue(group, queue);
    return ret;
  },

  /** group_create_queue(): the object. */
  queueAlloc(priority: number): PanthorQueue {
    const { linux } = drv;
    const queue: PanthorQueue = {
      scheduler: null,
      entity: null,
      name: "",
      timeout: {
        work: new DelayedWork("queue_timeout_work", () => drv.sched.queueTimeoutWork(queue)),
        remaining: linux.time.msecsToJiffies(JOB_TIMEOUT_MS),
      },
      doorbellId: 0,
      priority,
      ringbuf: null,
      iface: { mem: null, input: null!, output: null!, inputFwVa: 0, outputFwVa: 0 },
      syncwait: {
        gpuVa: 0,
        ref: 0n,
        gt: false,
        sync64: false,
        obj: null,
        offset: 0,
        kmap: null,
      },
      fenceCtx: {
        id: linux.fences.contextAlloc(1),
        lock: new SpinLock(linux.m, "&queue->fence_ctx.lock"),
        seqno: 0,
        lastFence: null,
        inFlightJobs: new ListHead<PanthorJob>(),
      },
      profiling: { slots: null, slotCount: 0, seqno: 0 },
    };
    return queue;
  },

  /** group_create_queue(): buffers of the queue. What was made stays in it on failure. */
  *queueAllocMemory(group: PanthorGroup, queue: PanthorQueue, ringbufSize: number): Kernel<number> {
    const { ptdev } = group;
    const ringbuf = yield* drv.sched.queueCreateBo(group, ringbufSize, "CS ring buffer");
    if (typeof ringbuf === "number") return ringbuf;
    queue.ringbuf = ringbuf;
    let ret = yield* drv.gem.kernelBoVmap(ringbuf);
    if (ret !== 0) return ret;

    const iface = yield* drv.fw.allocQueueIfaceMem(ptdev);
    if (typeof iface === "number") return iface;
    Object.assign(queue.iface, iface);

    const slotCount = drv.sched.calcProfilingRingbufNumSlots(ptdev, ringbufSize);
    queue.profiling.slotCount = slotCount;
    const size = slotCount * profilingData.size;
    const slots = yield* drv.sched.queueCreateBo(group, size, "Group job stats");
    if (typeof slots === "number") return slots;
    queue.profiling.slots = slots;
    ret = yield* drv.gem.kernelBoVmap(slots);
    return ret;
  },

  /** A kernel BO in the group's VM, not executable and not cached. */
  queueCreateBo(group: PanthorGroup, size: number, name: string): Kernel<PanthorKernelBo | number> {
    return drv.gem.kernelBoCreate(
      group.ptdev,
      group.vm!,
      size,
      DRM_PANTHOR_BO_NO_MMAP,
      DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC | DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED,
      PANTHOR_VM_KERNEL_AUTO_VA,
      name,
    );
  },

  /** group_create_queue(): one DRM scheduler and one entity a queue. */
  *queueInitSched(group: PanthorGroup, queue: PanthorQueue, ringbufSize: number): Kernel<number> {
    const { ptdev } = group;
    const scheduler = new DrmGpuScheduler(drv.linux);
    let ret = scheduler.init({
      ops: {
        runJob: (job) => drv.sched.queueRunJob(job as PanthorJob),
        timedoutJob: (job) => drv.sched.queueTimedoutJob(job as PanthorJob),
        freeJob: (job) => drv.sched.queueFreeJob(job as PanthorJob),
      },
      submitWq: ptdev.scheduler.wq,
      numRqs: 1,
      // Instructions that the ring holds.
      creditLimit: ringbufSize / 8,
      timeout: MAX_SCHEDULE_TIMEOUT,
      timeoutWq: ptdev.reset.wq,
      name: queue.name,
    });
    // Also when it failed: group_free_queue() looks at the operations, which are set by then.
    queue.scheduler = scheduler;
    if (ret !== 0) return ret;
    const entity = new DrmSchedEntity(drv.linux);
    ret = yield* entity.init(0, [scheduler]);
    if (ret === 0) queue.entity = entity;
    return ret;
  },
});
