// The two fences of a job: `scheduled` (handed to the hardware) and `finished`.
// Kernel: drivers/gpu/drm/scheduler/sched_fence.c.

import { type Atomic, done } from "../core/op.ts";
import { fenceOps, fenceUserBit, type FenceOps } from "../dma-fence/fence-ops.ts";
import { DmaFence } from "../dma-fence/fence.ts";
import { putFence } from "../dma-fence/fences.ts";
import type { Machine } from "../core/machine.ts";
import { SpinLock } from "../lock/spinlock.ts";
import type { DrmSchedEntity } from "./entity.ts";
import type { DrmGpuScheduler } from "./scheduler.ts";

/** DRM_SCHED_FENCE_DONT_PIPELINE, as a mask of `flags`. */
export const schedFenceDontPipeline = 1 << fenceUserBit;
/** DRM_SCHED_FENCE_FLAG_HAS_DEADLINE_BIT, as a mask of `flags`. */
export const schedFenceHasDeadline = 1 << (fenceUserBit + 1);

/** Fence operations of one scheduler: its name is the timeline of all its fences. */
export interface SchedFenceOps {
  readonly scheduled: FenceOps;
  readonly finished: FenceOps;
}

export function createFenceOps(name: string): SchedFenceOps {
  const common = {
    driverName: "drm_sched",
    timelineName: () => name,
    names: { driver: -1, timeline: -1 },
  };
  return {
    scheduled: fenceOps({
      ...common,
      release: (fence) => releaseScheduled(fence as SchedFencePart),
    }),
    finished: fenceOps({
      ...common,
      release: (fence) => (fence as SchedFencePart).sFence.scheduled.put(),
      setDeadline: (fence, deadlineNs) => setDeadline(fence as SchedFencePart, deadlineNs),
    }),
  };
}

/** One of the two fences embedded in a struct drm_sched_fence. */
export class SchedFencePart extends DmaFence {
  constructor(
    readonly sFence: DrmSchedFence,
    ops: FenceOps,
    context: number,
    seqno: number,
  ) {
    super(sFence.sched!.kernel.fences, ops, sFence.lock, context, seqno);
  }
}

/** struct drm_sched_fence. The constructor is drm_sched_fence_alloc(). */
export class DrmSchedFence {
  /** Set by `init`, with the sequence number. */
  declare scheduled: SchedFencePart;
  declare finished: SchedFencePart;
  initialized = false;
  deadlineNs = 0;
  /** The hardware fence of the job. */
  parent: DmaFence | null = null;
  sched: DrmGpuScheduler | null = null;
  readonly lock: SpinLock;

  constructor(
    m: Machine,
    readonly owner: unknown,
    readonly drmClientId: number,
  ) {
    this.lock = new SpinLock(m, "&fence->lock");
  }

  /** drm_sched_fence_init(). */
  init(entity: DrmSchedEntity): void {
    const sched = entity.rq!.sched;
    this.sched = sched;
    const seqno = ++entity.fenceSeq;
    const { fenceOps } = sched;
    this.scheduled = new SchedFencePart(this, fenceOps.scheduled, entity.fenceContext, seqno);
    this.finished = new SchedFencePart(this, fenceOps.finished, entity.fenceContext + 1, seqno);
    this.initialized = true;
  }

  /** drm_sched_fence_scheduled(): the parent is there before waiters run. */
  signalScheduled(parent: DmaFence | null): Atomic {
    if (parent === null) return this.scheduled.signal();
    this.parent = parent.get();
    if ((this.finished.flags & schedFenceHasDeadline) === 0) return this.scheduled.signal();
    return this.signalWithDeadline(parent);
  }

  private *signalWithDeadline(parent: DmaFence): Atomic {
    yield* parent.setDeadline(this.deadlineNs);
    yield* this.scheduled.signal();
  }

  /** drm_sched_fence_finished(): `result` is 0 or a negative errno. */
  signalFinished(result: number): Atomic {
    if (result !== 0) this.finished.setError(result);
    return this.finished.signal();
  }
}

/** to_drm_sched_fence(). */
export function toSchedFence(fence: DmaFence): DrmSchedFence | null {
  return fence instanceof SchedFencePart ? fence.sFence : null;
}

/** drm_sched_fence_free_rcu(). */
const freed = (): Atomic => done();

/** drm_sched_fence_release_scheduled(). */
function releaseScheduled(fence: SchedFencePart): Atomic {
  const { parent } = fence.sFence;
  fence.sFence.parent = null;
  fence.fences.callRcu?.(freed);
  return parent === null ? done() : putFence(parent);
}

/** drm_sched_fence_set_deadline_finished(): passed on to the hardware fence. */
function* setDeadline(fence: SchedFencePart, deadlineNs: number): Atomic {
  const { sFence } = fence;
  yield* fence.lock.lockIrqsave();
  const earlier = (fence.flags & schedFenceHasDeadline) !== 0 && sFence.deadlineNs < deadlineNs;
  if (!earlier) {
    sFence.deadlineNs = deadlineNs;
    fence.flags |= schedFenceHasDeadline;
  }
  yield* fence.lock.unlockIrqrestore();
  if (!earlier && sFence.parent !== null) yield* sFence.parent.setDeadline(deadlineNs);
}
