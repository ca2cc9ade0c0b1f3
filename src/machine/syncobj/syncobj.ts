// struct drm_syncobj: a container for a fence that can be replaced, or for a timeline of points.
// Kernel: drivers/gpu/drm/drm_syncobj.c (the object itself; handles are syncobj-file.ts).

import type { Task } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done } from "../core/op.ts";
import { noteShared } from "../dma-fence/array.ts";
import { chainCollect, chainFindSeqno, DmaFenceChain } from "../dma-fence/chain.ts";
import { FenceCb } from "../dma-fence/fence-ops.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import { type Fences, putFence } from "../dma-fence/fences.ts";
import { ENOENT, ENOMEM } from "../errno.ts";
import type { Eventfd } from "../eventfd.ts";
import { Kref } from "../kref.ts";
import { SpinLock } from "../lock/spinlock.ts";
import { wakeUpProcess } from "../wait/wake.ts";
import { syncobjCreateSignaled, waitAvailable } from "./flags.ts";

/** What sync objects need of the kernel around them. */
export interface SyncobjKernel {
  readonly m: Machine;
  readonly fences: Fences;
  readonly time: { ktimeGet(): Atomic<number> };
}

/** struct syncobj_wait_entry: a task that waits for one sync object. */
export class WaitEntry {
  fence: DmaFence | null = null;
  /** On the sync object's list: waits for the fence to be submitted. */
  listed = false;
  /** It has been on the list: its removal takes the lock. */
  everListed = false;
  /** The callback has been added to the fence. */
  armed = false;
  readonly fenceCb: FenceCb;

  constructor(
    m: Machine,
    readonly task: Task,
    readonly point: number,
  ) {
    this.fenceCb = new FenceCb(() => wakeUpProcess(m, task) as Atomic<unknown> as Atomic);
  }
}

/** struct syncobj_eventfd_entry. */
interface EventfdEntry {
  fence: DmaFence | null;
  listed: boolean;
  readonly fenceCb: FenceCb;
  readonly eventfd: Eventfd;
  readonly point: number;
  readonly flags: number;
}

/** struct drm_syncobj. */
export class Syncobj {
  fence: DmaFence | null = null;
  readonly lock: SpinLock;
  private waiters: WaitEntry[] = [];
  private eventfds: EventfdEntry[] = [];
  private readonly kref: Kref;

  private constructor(private readonly kernel: SyncobjKernel) {
    this.kref = new Kref(kernel.m, "drm_syncobj");
    this.lock = new SpinLock(kernel.m, "&syncobj->lock");
  }

  /** drm_syncobj_create(): `fence` gets a reference of its own. Or a negative errno. */
  static *create(
    kernel: SyncobjKernel,
    flags: number,
    fence: DmaFence | null,
  ): Atomic<Syncobj | number> {
    if (kernel.fences.memory.failsNow()) return -ENOMEM;
    const syncobj = new Syncobj(kernel);
    if ((flags & syncobjCreateSignaled) !== 0) {
      const ret = yield* syncobj.assignSignaled();
      if (ret < 0) {
        yield* syncobj.put();
        return ret;
      }
    }
    if (fence !== null) yield* syncobj.replaceFence(fence);
    return syncobj;
  }

  /** kref_read(). */
  get refcount(): number {
    return this.kref.count;
  }

  /** drm_syncobj_get(). */
  get(): this {
    this.kref.get();
    return this;
  }

  /** drm_syncobj_put(). */
  put(): Atomic {
    return this.kref.putTest() ? this.free() : done();
  }

  /** drm_syncobj_free(). */
  private *free(): Atomic {
    yield* this.replaceFence(null);
    for (const entry of this.eventfds) yield* putFence(entry.fence);
    this.eventfds = [];
  }

  /** drm_syncobj_fence_get(): a reference, or null. */
  fenceGet(): DmaFence | null {
    return this.fence === null ? null : this.fence.get();
  }

  /**
   * drm_syncobj_add_point(): `fence` becomes the timeline's point `point`. The caller has allocated
   * the chain node (chainAllocFails()).
   */
  *addPoint(fence: DmaFence, point: number): Atomic {
    const { fences } = this.kernel;
    fence.get();
    noteShared(fence);
    yield* this.lock.lock();
    const prev = this.fenceGet();
    this.fence = new DmaFenceChain(fences, prev, fence, point);
    yield* this.notify();
    yield* this.lock.unlock();
    // The chain took over the sync object's reference to prev; this walk drops what has signalled.
    yield* chainCollect(prev);
    yield* putFence(prev);
  }

  /** drm_syncobj_replace_fence(). */
  *replaceFence(fence: DmaFence | null): Atomic {
    if (fence !== null) {
      fence.get();
      noteShared(fence);
    }
    yield* this.lock.lock();
    const old = this.fence;
    this.fence = fence;
    if (fence !== old) yield* this.notify();
    yield* this.lock.unlock();
    yield* putFence(old);
  }

  /** drm_syncobj_assign_null_handle(): a fence of its own that has signalled; 0 or -ENOMEM. */
  *assignSignaled(): Atomic<number> {
    const now = yield* this.kernel.time.ktimeGet();
    const fence = yield* this.kernel.fences.allocatePrivateStub(now);
    if (fence === null) return -ENOMEM;
    yield* this.replaceFence(fence);
    yield* fence.put();
    return 0;
  }

  /** Tells those that wait for a submission; the lock is held. */
  private notify(): Atomic {
    if (this.waiters.length === 0 && this.eventfds.length === 0) return done();
    return this.notifySlow();
  }

  private *notifySlow(): Atomic {
    for (const entry of this.waiters.slice()) yield* this.notifyWaiter(entry);
    for (const entry of this.eventfds.slice()) yield* this.eventfdEntryFunc(entry);
  }

  /**
   * The fence that signals `point`, as a reference; null: not submitted. A point that has signalled
   * and left the chain gives the stub.
   */
  *fenceOfPoint(point: number): Atomic<DmaFence | null> {
    const { fence } = this;
    if (fence === null) return null;
    const found = yield* chainFindSeqno(fence.get(), point);
    if (found.ret !== 0) {
      yield* putFence(found.fence);
      return null;
    }
    return found.fence ?? (yield* this.kernel.fences.getStub());
  }

  // --- tasks that wait ------------------------------------------------------------------------

  /** drm_syncobj_fence_add_wait(): fills in the fence, or queues for its submission. */
  *addWait(entry: WaitEntry): Atomic {
    if (entry.fence !== null) return;
    yield* this.lock.lock();
    // The fence may have come since the caller looked.
    entry.fence = yield* this.fenceOfPoint(entry.point);
    if (entry.fence === null) {
      this.waiters.push(entry);
      entry.listed = true;
      entry.everListed = true;
    }
    yield* this.lock.unlock();
  }

  /** drm_syncobj_remove_wait(). */
  removeWait(entry: WaitEntry): Atomic {
    return entry.everListed ? this.removeWaitSlow(entry) : done();
  }

  private *removeWaitSlow(entry: WaitEntry): Atomic {
    yield* this.lock.lock();
    this.unlist(entry);
    yield* this.lock.unlock();
  }

  private unlist(entry: WaitEntry): void {
    if (!entry.listed) return;
    entry.listed = false;
    this.waiters.splice(this.waiters.indexOf(entry), 1);
  }

  /** syncobj_wait_syncobj_func(). */
  private *notifyWaiter(entry: WaitEntry): Atomic {
    const fence = yield* this.fenceOfPoint(entry.point);
    if (fence === null) return;
    entry.fence = fence;
    yield* wakeUpProcess(this.kernel.m, entry.task);
    this.unlist(entry);
  }

  // --- eventfds -------------------------------------------------------------------------------

  /** drm_syncobj_add_eventfd(). */
  *addEventfd(eventfd: Eventfd, point: number, flags: number): Atomic {
    const entry: EventfdEntry = {
      fence: null,
      listed: true,
      fenceCb: new FenceCb(() => signalEventfd(entry)),
      eventfd,
      point,
      flags,
    };
    yield* this.lock.lock();
    this.eventfds.push(entry);
    yield* this.eventfdEntryFunc(entry);
    yield* this.lock.unlock();
  }

  /** syncobj_eventfd_entry_func(). */
  private *eventfdEntryFunc(entry: EventfdEntry): Atomic {
    const fence = yield* this.fenceOfPoint(entry.point);
    if (fence === null) return;
    this.eventfds.splice(this.eventfds.indexOf(entry), 1);
    entry.listed = false;
    entry.fence = fence;
    const available = (entry.flags & waitAvailable) !== 0;
    if (available || (yield* fence.addCallback(entry.fenceCb)) === -ENOENT) {
      yield* signalEventfd(entry);
    }
  }
}

/** syncobj_eventfd_entry_fence_func(), and syncobj_eventfd_entry_free() after it. */
function* signalEventfd(entry: EventfdEntry): Atomic {
  yield* entry.eventfd.signal();
  yield* putFence(entry.fence);
  entry.fence = null;
}
