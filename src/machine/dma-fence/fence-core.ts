// The state of a dma_fence: names, references and the list of listeners.
// Kernel: drivers/dma-buf/dma-fence.c (dma_fence_init, dma_fence_release). Signalling is fence.ts.

import { K } from "../../timeline/kinds.ts";
import type { WaitReason } from "../core/context.ts";
import { type Atomic, done } from "../core/op.ts";
import { Defect } from "../defect.ts";
import { EDEADLK } from "../errno.ts";
import { SpinLock } from "../lock/spinlock.ts";
import {
  type FenceCb,
  fenceInitialized,
  fenceInlineLock,
  type FenceOps,
  fenceSeqno64,
  fenceSignaled,
} from "./fence-ops.ts";
import type { DmaFence } from "./fence.ts";
import type { Fences } from "./fences.ts";

export interface FenceInitOptions {
  /** dma_fence_init64(): numbers compare as 64-bit values. */
  readonly seqno64?: boolean;
  /** Lock class of the fence's own lock. */
  readonly lockClass?: string;
  /** Initialised before anything is traced. */
  readonly quiet?: boolean;
}

const plain: FenceInitOptions = {};

/** The part of struct dma_fence that does not signal. */
export abstract class FenceCore {
  ops: FenceOps | null;
  /** dma_fence_spinlock(). */
  readonly lock: SpinLock;
  flags: number;
  refcount = 1;
  /** Somebody else may have seen it: it was in a reservation, a sync object or a file. */
  shared = false;
  /** 0 or a negative errno; set before the fence signals. */
  error = 0;
  /** When it signalled, ns; valid with the time-stamp flag. */
  timestamp = 0;
  /** Interned names, for events. */
  readonly driverId: number;
  readonly timelineId: number;
  /** cb_list, in the order in which callbacks run. */
  protected first: FenceCb | null = null;
  protected last: FenceCb | null = null;

  /**
   * dma_fence_init(); without a lock the fence has its own. `ops.timelineName` is asked here,
   * before the fields of a subclass are set.
   */
  constructor(
    readonly fences: Fences,
    ops: FenceOps,
    lock: SpinLock | null,
    readonly context: number,
    readonly seqno: number,
    options: FenceInitOptions = plain,
  ) {
    const { rec } = fences.m;
    this.ops = ops;
    this.flags = fenceInitialized | (options.seqno64 === true ? fenceSeqno64 : 0);
    if (lock === null) {
      this.flags |= fenceInlineLock;
      const name = options.lockClass ?? "&fence->inline_lock";
      this.lock = new SpinLock(fences.m, name);
    } else this.lock = lock;
    const { names } = ops;
    if (names === undefined || names.driver < 0) {
      this.driverId = rec.str(ops.driverName);
      this.timelineId = rec.str(ops.timelineName(this.self));
      if (names !== undefined) {
        names.driver = this.driverId;
        names.timeline = this.timelineId;
      }
    } else {
      this.driverId = names.driver;
      this.timelineId = names.timeline;
    }
    fences.live++;
    if (options.quiet !== true) this.emit(K.dma_fence_init);
  }

  /** As the type that callers know. */
  private get self(): DmaFence {
    return this as FenceCore as DmaFence;
  }

  /** dma_fence_test_signaled_flag(). */
  get testSignaledFlag(): boolean {
    return (this.flags & fenceSignaled) !== 0;
  }

  /** dma_fence_signal_locked(). */
  abstract signalLocked(): Atomic;

  // --- names and events -----------------------------------------------------------------------

  protected emit(kind: number): void {
    this.fences.m.rec.emit(kind, this.driverId, this.timelineId, this.context, this.seqno);
  }

  /** For events outside the signalling path: names as dma_fence_driver_name() gives them. */
  protected emitDetached(kind: number): void {
    if (!this.testSignaledFlag) return this.emit(kind);
    const { m, detachedDriver, signaledTimeline } = this.fences;
    m.rec.emit(kind, detachedDriver, signaledTimeline, this.context, this.seqno);
  }

  /** dma_fence_driver_name(). */
  get driverName(): string {
    if (this.testSignaledFlag || this.ops === null) return "detached-driver";
    return this.ops.driverName;
  }

  /** dma_fence_timeline_name(). */
  get timelineName(): string {
    if (this.testSignaledFlag || this.ops === null) return "signaled-timeline";
    return this.ops.timelineName(this.self);
  }

  /** How waits on it show in a deadlock report. */
  get waitReason(): WaitReason {
    return { what: `dma_fence ${this.context}:${this.seqno} (${this.driverName})` };
  }

  // --- references -----------------------------------------------------------------------------

  /** dma_fence_get(). */
  get(): this {
    if (this.refcount <= 0) throw this.defect("dma_fence_get", "of a released fence");
    this.refcount++;
    return this;
  }

  /** dma_fence_get_rcu(): null if the last reference is gone. */
  getRcu(): this | null {
    if (this.refcount <= 0) return null;
    this.refcount++;
    return this;
  }

  /** dma_fence_put(). */
  put(): Atomic {
    if (this.refcount <= 0) throw this.defect("dma_fence_put", "of a released fence");
    if (--this.refcount > 0) return done();
    if (this.shared && !this.testSignaledFlag) this.emitDetached(K.fence_shared);
    this.emitDetached(K.dma_fence_destroy);
    this.fences.live--;
    if (this.first !== null && !this.testSignaledFlag) return this.releaseUnsignaled();
    return this.ops?.release === undefined ? this.fences.free() : this.ops.release(this.self);
  }

  /** dma_fence_release() of a fence that somebody still listens to: the listeners get an error. */
  private *releaseUnsignaled(): Atomic {
    const { driverName, timelineName, context, seqno } = this;
    const at = `${driverName}:${timelineName}:${context.toString(16)}:${seqno.toString(16)}`;
    this.warn(`Fence ${at} released with pending signals!`);
    yield* this.lock.lockIrqsave();
    this.error = -EDEADLK;
    yield* this.signalLocked();
    yield* this.lock.unlockIrqrestore();
    if (this.ops?.release !== undefined) yield* this.ops.release(this.self);
  }

  // --- the list of listeners ----------------------------------------------------------------

  /** list_add_tail() on cb_list; the lock is held. */
  protected link(cb: FenceCb): void {
    cb.fence = this.self;
    cb.prev = this.last;
    if (this.last === null) this.first = cb;
    else this.last.next = cb;
    this.last = cb;
  }

  /** list_add() on cb_list, for waiters: they are woken before other listeners run. */
  linkFirst(cb: FenceCb): void {
    cb.fence = this.self;
    cb.next = this.first;
    if (this.first === null) this.last = cb;
    else this.first.prev = cb;
    this.first = cb;
  }

  /** list_del() on cb_list; the lock is held. */
  unlink(cb: FenceCb): void {
    if (cb.prev === null) this.first = cb.next;
    else cb.prev.next = cb.next;
    if (cb.next === null) this.last = cb.prev;
    else cb.next.prev = cb.prev;
    cb.prev = null;
    cb.next = null;
    cb.fence = null;
  }

  // --- reports --------------------------------------------------------------------------------

  protected warn(text: string): void {
    this.fences.m.rec.log("warn", `WARNING: ${text}`);
  }

  protected defect(where: string, what: string): Defect {
    return new Defect(where, `${what} (${this.context}:${this.seqno})`);
  }
}
