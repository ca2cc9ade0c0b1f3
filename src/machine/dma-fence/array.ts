// dma_fence_array: signals when all of its fences have. Kernel: drivers/dma-buf/dma-fence-array.c.

import { type Atomic, done } from "../core/op.ts";
import { DmaFenceChain } from "./chain.ts";
import { FenceCb, fenceEnableSignal, fenceOps, type FenceOps } from "./fence-ops.ts";
import { DmaFence } from "./fence.ts";
import type { Fences } from "./fences.ts";
import { IrqWork } from "./irq-work.ts";

/** `error` while the array is pending: the first error of a member replaces it. */
const pendingError = 1;

const arrayOps: FenceOps = fenceOps({
  driverName: "dma_fence_array",
  timelineName: () => "unbound",
  enableSignaling: (fence) => enableSignaling(fence as DmaFenceArray),
  signaled: (fence) => signaled(fence as DmaFenceArray),
  release: (fence) => release(fence as DmaFenceArray),
  setDeadline: (fence, deadlineNs) => setDeadline(fence as DmaFenceArray, deadlineNs),
});

/** struct dma_fence_array. The constructor is dma_fence_array_create(). */
export class DmaFenceArray extends DmaFence {
  numPending: number;
  readonly work: IrqWork;

  /** Takes over the references to the members. */
  constructor(
    fences: Fences,
    readonly members: readonly DmaFence[],
    context: number,
    seqno: number,
  ) {
    super(fences, arrayOps, null, context, seqno, { lockClass: "dma_fence_array_lock_key" });
    this.numPending = members.length;
    this.error = pendingError;
    this.work = new IrqWork(() => arrayIrqWork(this));
    if (members.length === 0 || members.some(isContainer)) {
      const what = members.length === 0 ? "no fences" : "a container inside an array";
      fences.m.rec.log("warn", `WARNING: dma_fence_array_init: ${what}`);
    }
  }
}

/** to_dma_fence_array(). */
export function toArray(fence: DmaFence | null): DmaFenceArray | null {
  return fence instanceof DmaFenceArray ? fence : null;
}

/** dma_fence_is_container(). */
export function isContainer(fence: DmaFence): boolean {
  return fence instanceof DmaFenceArray || fence instanceof DmaFenceChain;
}

/**
 * Others can see a fence from now on. Containers do not count: they signal only when somebody looks,
 * so one that goes unsignalled is no mistake. False for a container.
 */
export function noteShared(fence: DmaFence): boolean {
  if (isContainer(fence)) return false;
  fence.shared = true;
  return true;
}

/** dma_fence_match_context(). */
export function matchContext(fence: DmaFence, context: number): boolean {
  if (!(fence instanceof DmaFenceArray)) return fence.context === context;
  return fence.members.every((member) => member.context === context);
}

function setPendingError(array: DmaFenceArray, error: number): void {
  if (error !== 0 && array.error === pendingError) array.error = error;
}

function clearPendingError(array: DmaFenceArray): void {
  if (array.error === pendingError) array.error = 0;
}

/** irq_dma_fence_array_work(). */
function* arrayIrqWork(array: DmaFenceArray): Atomic {
  clearPendingError(array);
  yield* array.signal();
  yield* array.put();
}

/** dma_fence_array_cb_func(). */
function arrayCb(array: DmaFenceArray, member: DmaFence): Atomic {
  setPendingError(array, member.error);
  if (--array.numPending > 0) return array.put();
  return array.fences.irqWorks.queue(array.work) as Atomic<unknown> as Atomic;
}

/** dma_fence_array_enable_signaling(). */
function* enableSignaling(array: DmaFenceArray): Atomic<boolean> {
  for (const member of array.members) {
    // The callback owns a reference: the array may signal before all callbacks have run.
    array.get();
    const cb = new FenceCb((fence) => arrayCb(array, fence));
    if ((yield* member.addCallback(cb)) === 0) continue;
    setPendingError(array, member.error);
    yield* array.put();
    if (--array.numPending === 0) {
      clearPendingError(array);
      return false;
    }
  }
  return true;
}

/** dma_fence_array_signaled(). */
function signaled(array: DmaFenceArray): Atomic<boolean> {
  if ((array.flags & fenceEnableSignal) === 0) return pollMembers(array);
  if (array.numPending > 0) return done(false);
  clearPendingError(array);
  return done(true);
}

function* pollMembers(array: DmaFenceArray): Atomic<boolean> {
  let pending = array.numPending;
  for (const member of array.members) {
    if ((yield* member.isSignaled()) && --pending === 0) {
      clearPendingError(array);
      return true;
    }
  }
  return false;
}

/** dma_fence_array_release(). */
function* release(array: DmaFenceArray): Atomic {
  for (const member of array.members) yield* member.put();
}

/** dma_fence_array_set_deadline(). */
function* setDeadline(array: DmaFenceArray, deadlineNs: number): Atomic {
  for (const member of array.members) yield* member.setDeadline(deadlineNs);
}
