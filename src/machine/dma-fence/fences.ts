// What all fences of a machine share: context numbers, the stub fence, signalling annotations.
// Kernel: drivers/dma-buf/dma-fence.c.

import type { Machine } from "../core/machine.ts";
import { type Atomic, done } from "../core/op.ts";
import { Defect } from "../defect.ts";
import { fenceEnableSignal, fenceOps, type FenceOps } from "./fence-ops.ts";
import { type Allocations, plentiful } from "../memory/fail-nth.ts";
import { DmaFence } from "./fence.ts";
import { IrqWorks } from "./irq-work.ts";
import { WwClass } from "./ww-mutex.ts";

/** dma_fence_begin_signalling() and its companions, as the lock validator implements them. */
export interface SignallingValidator {
  beginSignalling(): boolean;
  endSignalling(cookie: boolean): void;
  mightWait?(): void;
}

const stubOps: FenceOps = fenceOps({ driverName: "stub", timelineName: () => "stub" });

/** Fence contexts, the stub fence and irq_work of one machine. */
export class Fences {
  readonly irqWorks: IrqWorks;
  /** reservation_ww_class. */
  readonly reservationClass = new WwClass();
  /** Names of a fence that signalled: it no longer belongs to its driver. */
  readonly detachedDriver: number;
  readonly signaledTimeline: number;
  /** Initialised fences that are not released yet, stubs included. */
  live = 0;
  signalling: SignallingValidator | null = null;
  /** call_rcu(): memory of fences is freed after a grace period, which keeps the tick alive. */
  callRcu: ((fn: () => Atomic<void>) => void) | null = null;
  /** What allocations of fences, and of what holds fences, ask. */
  memory: Allocations = plentiful;
  /** kfree_rcu() gives way at its end (6.12: it takes and drops a lock of the CPU). */
  freeGivesWay = false;
  /** What its first user reads to make the stub (6.12); null: it is made at boot. */
  stubClock: (() => Atomic<number>) | null = null;
  private nextContext = 1;
  private stub: DmaFence;

  constructor(
    readonly m: Machine,
    /** The clock of time stamps; virtual time itself when not given. */
    private readonly clock: { readonly now: number } = m,
  ) {
    this.irqWorks = new IrqWorks(m);
    this.detachedDriver = m.rec.str("detached-driver");
    this.signaledTimeline = m.rec.str("signaled-timeline");
    this.stub = DmaFence.signaledAtBoot(this, stubOps);
  }

  /** dma_fence_context_alloc(): the first of `n` new context numbers. */
  contextAlloc(n: number): number {
    if (n <= 0) throw new Defect("dma_fence_context_alloc", `of ${n} contexts`);
    const first = this.nextContext;
    this.nextContext += n;
    return first;
  }

  /** dma_fence_free(): kfree_rcu(). */
  free(): Atomic {
    return this.freeGivesWay ? this.m.preemptPoint() : done();
  }

  /** dma_fence_get_stub(): a reference to the one fence that is always signalled. */
  getStub(): Atomic<DmaFence> {
    return this.stubClock === null ? done(this.stub.get()) : this.makeStub(this.stubClock);
  }

  private *makeStub(clock: () => Atomic<number>): Atomic<DmaFence> {
    this.stubClock = null;
    this.stub = new DmaFence(this, stubOps, null, 0, 0);
    this.stub.flags |= fenceEnableSignal;
    yield* this.stub.signalTimestamp(yield* clock());
    return this.stub.get();
  }

  /** dma_fence_allocate_private_stub(): a new signalled fence; null without memory. */
  *allocatePrivateStub(timestampNs: number): Atomic<DmaFence | null> {
    if (this.memory.failsNow()) return null;
    const fence = new DmaFence(this, stubOps, null, 0, 0);
    fence.flags |= fenceEnableSignal;
    yield* fence.signalTimestamp(timestampNs);
    return fence;
  }

  /** ktime_get() where interrupts are masked, which costs no time. */
  get now(): number {
    return this.clock.now;
  }

  /** dma_fence_begin_signalling(): true without a validator, as without CONFIG_LOCKDEP. */
  beginSignalling(): boolean {
    return this.signalling === null ? true : this.signalling.beginSignalling();
  }

  /** dma_fence_end_signalling(). */
  endSignalling(cookie: boolean): void {
    if (!cookie) this.signalling?.endSignalling(cookie);
  }

  /** __dma_fence_might_wait(). */
  mightWait(): void {
    this.signalling?.mightWait?.();
  }
}

/** dma_fence_put(), NULL included. */
export function putFence(fence: DmaFence | null | undefined): Atomic {
  return fence === null || fence === undefined ? done() : fence.put();
}
