// Cross-group sync queues: creation, destruction, lookup. RFC patch 6: panthor_xgs.c
// (panthor_xgs_queue_create, panthor_xgs_queue_destroy, panthor_xgs_queue_pool_*).

import { type Atomic, done, type Kernel } from "../../machine/core/op.ts";
import { DrmSchedEntity } from "../../machine/drm-sched/entity.ts";
import { DrmGpuScheduler } from "../../machine/drm-sched/scheduler.ts";
import { EBADF, EBUSY, ECANCELED, EINVAL } from "../../machine/errno.ts";
import type { Eventfd } from "../../machine/eventfd.ts";
import { Kref } from "../../machine/kref.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { oops } from "../../machine/oops.ts";
import { Work } from "../../machine/workqueue/index.ts";
import type { PanthorFile } from "../../driver/drv/types.ts";
import { ListHead, listDelInit, listEntriesSafe, listMoveTail } from "../../driver/sched/list.ts";
import { type EventfdCtx, userFile } from "./state.ts";
import type { XgsQueueCreateArgs, XgsQueueDestroyArgs } from "./uapi.ts";
import type { UsubDriver } from "./unit.ts";
import {
  MAX_XGS_QUEUES_PER_POOL,
  XGS_JOB_TIMEOUT_MS,
  XgsJob,
  type XgsQueue,
  type XgsQueuePool,
} from "./xgs-types.ts";

export const xgsQueueOps = (drv: () => UsubDriver) => ({
  /** panthor_xgs_queue_pool_create(). */
  xgsPoolCreate(pfile: PanthorFile): void {
    const xaLock = new SpinLock(drv().linux.m, "&xa->xa_lock#xgs");
    userFile(pfile).xgsQueues = { xa: new Map(), xaLock };
  },

  /** panthor_xgs_queue_pool_destroy(). */
  *xgsPoolDestroy(pfile: PanthorFile): Kernel<void> {
    const pool = userFile(pfile).xgsQueues;
    if (pool === null) return;
    for (const handle of [...pool.xa.keys()]) yield* drv().usub.xgsQueueDestroy(pfile, handle);
    userFile(pfile).xgsQueues = null;
  },

  /** panthor_ioctl_xgs_queue_create(). */
  *ioctlXgsQueueCreate(pfile: PanthorFile, args: XgsQueueCreateArgs): Kernel<number> {
    if (args.pad) return -EINVAL;
    const handle = yield* drv().usub.xgsQueueCreate(pfile, args.vmId, args.eventfdSyncUpdate);
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  },

  /** panthor_ioctl_xgs_queue_destroy(). */
  *ioctlXgsQueueDestroy(pfile: PanthorFile, args: XgsQueueDestroyArgs): Kernel<number> {
    if (args.pad) return -EINVAL;
    return yield* drv().usub.xgsQueueDestroy(pfile, args.handle);
  },

  /** panthor_xgs_queue_create(): the handle, or a negative errno. */
  *xgsQueueCreate(pfile: PanthorFile, vmId: number, eventfd: number): Kernel<number> {
    const { usub } = drv();
    const queue = usub.xgsQueueAlloc(pfile);
    const handle = yield* usub.xgsQueueInit(pfile, queue, vmId, eventfd);
    if (handle < 0) yield* usub.xgsQueuePut(queue);
    return handle;
  },

  /** panthor_xgs_queue_create(): the object. Its mutex ends with the DRM device (USUB-15). */
  xgsQueueAlloc(pfile: PanthorFile): XgsQueue {
    const { linux } = drv();
    const queue: XgsQueue = {
      refcount: new Kref("panthor_xgs_queue", linux.krefs),
      ptdev: pfile.ptdev,
      pfile,
      handle: 0,
      vm: null,
      eventfd: null,
      lock: new Mutex(linux.m, "&queue->lock", { class: "&xgs_queue->lock" }),
      scheduler: null,
      entity: null,
      fenceCtx: {
        lock: new SpinLock(linux.m, "&xgs_queue->fence_ctx.lock"),
        id: 0,
        seqno: 0,
        inFlightJobs: new ListHead<XgsJob>(),
      },
      releaseWork: new Work("xgs_queue_release_work", () => drv().usub.xgsQueueReleaseWork(queue)),
      destroyed: false,
      freed: false,
      error: 0,
    };
    drv().usub.xgsQueueMutexInit(queue);
    return queue;
  },

  /** drmm_mutex_init(): destroyed with the device, whenever the queue is freed. */
  xgsQueueMutexInit(queue: XgsQueue): void {
    const { base } = queue.ptdev;
    base.addAction(() => {
      if (queue.freed) drv().usub.useAfterFree(queue.ptdev, "panthor_xgs_queue", "mutex_destroy");
      return done();
    });
  },

  /** panthor_xgs_queue_create(): what was made stays in the queue on failure. */
  *xgsQueueInit(
    pfile: PanthorFile,
    queue: XgsQueue,
    vmId: number,
    eventfd: number,
  ): Kernel<number> {
    const { linux, mmu, usub } = drv();
    const pool = userFile(pfile).xgsQueues!;
    if (eventfd >= 0) {
      const ret = usub.storeEventfd(pfile, eventfd, (ctx) => (queue.eventfd = ctx));
      if (ret !== 0) return ret;
    }
    queue.vm = mmu.vmPoolGetVm(pfile.vms!, vmId);
    if (queue.vm === null) return -EINVAL;

    const handle = lowestFree(pool);
    if (handle === null) return -EBUSY;
    const submitWq = yield* linux.wq.create("panthor_xgs", { ordered: true, memReclaim: true });
    const scheduler = new DrmGpuScheduler(linux);
    const ret = scheduler.init({
      ops: {
        runJob: (job) => drv().usub.xgsJobRun(job as XgsJob),
        timedoutJob: (job) => drv().usub.xgsJobTimedout(job as XgsJob),
        freeJob: (job) => drv().usub.xgsJobPut(job as XgsJob),
      },
      submitWq,
      numRqs: 1,
      creditLimit: 1,
      timeout: linux.time.msecsToJiffies(usub.xgsTimeoutMs()),
      name: "panthor_xgs",
    });
    if (ret !== 0) return ret;
    queue.scheduler = scheduler;
    const entity = new DrmSchedEntity(linux);
    const entityRet = yield* entity.init(0, [scheduler]);
    if (entityRet !== 0) return entityRet;
    queue.entity = entity;
    queue.fenceCtx.id = linux.fences.contextAlloc(1);
    queue.handle = handle;
    pool.xa.set(handle, queue);
    return handle;
  },

  /** XGS_JOB_TIMEOUT_MS. */
  xgsTimeoutMs(): number {
    return XGS_JOB_TIMEOUT_MS;
  },

  /** eventfd_ctx_fdget(): the error pointer is stored as well, and put later (USUB-27). */
  storeEventfd(pfile: PanthorFile, fd: number, store: (ctx: EventfdCtx) => void): number {
    const ctx = drv().usub.eventfdCtx(pfile, fd);
    store(ctx);
    return typeof ctx === "number" ? ctx : 0;
  },

  /** eventfd_ctx_fdget(). */
  eventfdCtx(pfile: PanthorFile, fd: number): Eventfd | number {
    const file = userFile(pfile).file?.syncobjs.fds.get(fd) ?? null;
    if (file === null) return -EBADF;
    return file.kind === "eventfd" ? file.eventfd : -EINVAL;
  },

  /** eventfd_ctx_put(): of an error pointer, an oops. */
  *eventfdPut(ctx: EventfdCtx): Kernel<void> {
    if (typeof ctx !== "number") return;
    const address = BigInt.asUintN(64, BigInt(ctx)).toString(16);
    const text = `Unable to handle kernel paging request at virtual address ${address}`;
    yield* oops(drv().linux.m, text, "eventfd_ctx_put+0x9/0x90");
  },

  /** xgs_queue_get(): after the lookup, not with it (USUB-28). */
  *xgsQueueLookup(pfile: PanthorFile, handle: number): Kernel<XgsQueue | null> {
    const queue = userFile(pfile).xgsQueues?.xa.get(handle) ?? null;
    if (queue === null) return null;
    yield* drv().usub.raceWindow("xgs_lookup", handle);
    if (queue.refcount.count === 0) {
      drv().usub.useAfterFree(queue.ptdev, "panthor_xgs_queue", "kref_get");
      return null;
    }
    queue.refcount.get();
    return queue;
  },

  /** panthor_xgs_queue_put(). */
  xgsQueuePut(queue: XgsQueue): Atomic<void> {
    if (!queue.refcount.putTest()) return done();
    const queued = drv().drv.cleanupWq.queueWork(queue.releaseWork);
    return queued as Atomic<unknown> as Atomic<void>;
  },

  /** xgs_queue_release_work(). */
  *xgsQueueReleaseWork(queue: XgsQueue): Kernel<void> {
    const { mmu, usub } = drv();
    if (queue.entity !== null) yield* queue.entity.destroy();
    if (queue.scheduler !== null) {
      const { submitWq } = queue.scheduler;
      yield* queue.scheduler.fini();
      yield* submitWq.destroy();
    }
    yield* mmu.vmPut(queue.vm);
    yield* usub.eventfdPut(queue.eventfd);
    usub.xgsQueueMutexDestroy(queue);
    queue.freed = true;
  },

  /** mutex_destroy() in the queue's own release, where a patch moves it there. */
  xgsQueueMutexDestroy(_queue: XgsQueue): void {},

  /** panthor_xgs_queue_destroy(). */
  *xgsQueueDestroy(pfile: PanthorFile, handle: number): Kernel<number> {
    const { usub } = drv();
    const pool = userFile(pfile).xgsQueues!;
    yield* pool.xaLock.lock();
    const queue = pool.xa.get(handle) ?? null;
    pool.xa.delete(handle);
    yield* pool.xaLock.unlock();
    if (queue === null) return -EINVAL;
    queue.destroyed = true;
    yield* usub.xgsQueueCancel(queue);
    yield* usub.xgsQueuePut(queue);
    return 0;
  },

  /** panthor_xgs_queue_destroy(): the job in flight; those behind it stay (USUB-17). */
  *xgsQueueCancel(queue: XgsQueue): Kernel<void> {
    const canceled = new ListHead<XgsJob>();
    yield* queue.lock.lock();
    for (const job of listEntriesSafe(queue.fenceCtx.inFlightJobs)) {
      listMoveTail(job.node, canceled);
    }
    yield* queue.lock.unlock();
    for (const job of listEntriesSafe(canceled)) {
      yield* drv().usub.xgsJobEnd(job, -ECANCELED);
      listDelInit(job.node);
      yield* drv().usub.xgsJobPut(job);
    }
  },
});

function lowestFree(pool: XgsQueuePool): number | null {
  for (let handle = 1; handle <= MAX_XGS_QUEUES_PER_POOL; handle++) {
    if (!pool.xa.has(handle)) return handle;
  }
  return null;
}
