// dma_fence_chain: one point of a timeline, a fence plus a link to the points before it.
// Kernel: drivers/dma-buf/dma-fence-chain.c. A chain node listens to the first pending fence of its
// chain only; when that signals, an irq_work looks for the next one or signals the node.

import { type Atomic, done } from "../core/op.ts";
import { EINVAL } from "../errno.ts";
import { FenceCb, fenceOps, type FenceOps } from "./fence-ops.ts";
import { DmaFence } from "./fence.ts";
import { type Fences, putFence } from "./fences.ts";
import { IrqWork } from "./irq-work.ts";
import { seqnoIsLater } from "./order.ts";

const chainOps: FenceOps = fenceOps({
  driverName: "dma_fence_chain",
  timelineName: () => "unbound",
  enableSignaling: (fence) => enableSignaling(fence as DmaFenceChain),
  signaled: (fence) => signaled(fence as DmaFenceChain),
  release: (fence) => release(fence as DmaFenceChain),
  setDeadline: (fence, deadlineNs) => setDeadline(fence as DmaFenceChain, deadlineNs),
});

/** struct dma_fence_chain. The constructor is dma_fence_chain_init(). */
export class DmaFenceChain extends DmaFence {
  /** Sequence number of the node before, kept when that node is dropped. */
  readonly prevSeqno: number;
  readonly cb: FenceCb;
  readonly work: IrqWork;

  /** Takes over the caller's references to `prev` and `fence`. */
  constructor(
    fences: Fences,
    /** The node (or plain fence) before this one. */
    public prev: DmaFence | null,
    /** The fence of this point. */
    readonly fence: DmaFence,
    seqno: number,
  ) {
    const prevChain = toChain(prev);
    const follows = prevChain !== null && seqnoIsLater(prevChain, seqno, prevChain.seqno);
    const context = follows ? prevChain.context : fences.contextAlloc(1);
    const number = prevChain !== null && !follows ? Math.max(prevChain.seqno, seqno) : seqno;
    super(fences, chainOps, null, context, number, {
      seqno64: true,
      lockClass: "dma_fence_chain_lock_key",
    });
    this.prevSeqno = follows ? prevChain.seqno : 0;
    this.cb = new FenceCb((f) => chainCb(this, f));
    this.work = new IrqWork(() => chainIrqWork(this));
    if (fence instanceof DmaFenceChain) {
      fences.m.rec.log("warn", "WARNING: dma_fence_chain_init: a chain inside a chain node");
    }
  }
}

/** dma_fence_chain_alloc(): true if it fails. The node is made when it is linked. */
export function chainAllocFails(fences: Fences): boolean {
  return fences.memory.failsNow();
}

/** to_dma_fence_chain(). */
export function toChain(fence: DmaFence | null): DmaFenceChain | null {
  return fence instanceof DmaFenceChain ? fence : null;
}

/** dma_fence_chain_contained(). */
export function chainContained(fence: DmaFence): DmaFence {
  return fence instanceof DmaFenceChain ? fence.fence : fence;
}

/**
 * dma_fence_chain_walk(): gives up `fence`, returns a reference to the node before it or null.
 * Drops nodes that have signalled from the chain.
 */
export function* chainWalk(fence: DmaFence): Atomic<DmaFence | null> {
  const chain = toChain(fence);
  if (chain === null) {
    yield* fence.put();
    return null;
  }
  let prev: DmaFence | null;
  while ((prev = chain.prev?.get() ?? null) !== null) {
    const prevChain = toChain(prev);
    if (!(yield* (prevChain === null ? prev : prevChain.fence).isSignaled())) break;
    const replacement: DmaFence | null = prevChain?.prev?.get() ?? null;
    if (chain.prev === prev) {
      chain.prev = replacement;
      yield* prev.put();
    } else yield* putFence(replacement);
    yield* prev.put();
  }
  yield* fence.put();
  return prev;
}

/** Result of `chainFindSeqno`: `fence` replaces the caller's reference in either case. */
export interface FindSeqnoResult {
  ret: number;
  fence: DmaFence | null;
}

/**
 * dma_fence_chain_find_seqno(): the node that signals `seqno`. With result 0 the fence may be null:
 * the point has signalled. With -EINVAL (no such point yet) the reference stays the caller's.
 */
export function chainFindSeqno(fence: DmaFence, seqno: number): Atomic<FindSeqnoResult> {
  if (seqno === 0) return done({ ret: 0, fence });
  const chain = toChain(fence);
  if (chain === null || chain.seqno < seqno) return done({ ret: -EINVAL, fence });
  return findNode(chain, seqno);
}

function* findNode(chain: DmaFenceChain, seqno: number): Atomic<FindSeqnoResult> {
  let node: DmaFence | null = chain.get();
  while (node !== null) {
    const current: DmaFenceChain | null = toChain(node);
    if (node.context !== chain.context || current!.prevSeqno < seqno) break;
    node = yield* chainWalk(node);
  }
  yield* chain.put();
  return { ret: 0, fence: node };
}

/** Walks a whole chain once, dropping what has signalled; does not consume `head`. */
export function* chainCollect(head: DmaFence | null): Atomic {
  let node: DmaFence | null = head === null ? null : head.get();
  while (node !== null) node = yield* chainWalk(node);
}

/** dma_fence_chain_irq_work(). */
function* chainIrqWork(chain: DmaFenceChain): Atomic {
  if (!(yield* enableSignaling(chain))) yield* chain.signal();
  yield* chain.put();
}

/** dma_fence_chain_cb(): the fence listened to has signalled. */
function* chainCb(chain: DmaFenceChain, fence: DmaFence): Atomic {
  yield* chain.fences.irqWorks.queue(chain.work);
  yield* fence.put();
}

/** dma_fence_chain_enable_signaling(): listens to the first pending fence, newest point first. */
function* enableSignaling(head: DmaFenceChain): Atomic<boolean> {
  head.get();
  let node: DmaFence | null = head.get();
  while (node !== null) {
    const fence = chainContained(node);
    fence.get();
    if ((yield* fence.addCallback(head.cb)) === 0) {
      yield* node.put();
      return true;
    }
    yield* fence.put();
    node = yield* chainWalk(node);
  }
  yield* head.put();
  return false;
}

/** dma_fence_chain_signaled(). */
function* signaled(chain: DmaFenceChain): Atomic<boolean> {
  let node: DmaFence | null = chain.get();
  while (node !== null) {
    if (!(yield* chainContained(node).isSignaled())) {
      yield* node.put();
      return false;
    }
    node = yield* chainWalk(node);
  }
  return true;
}

/** dma_fence_chain_release(): unlinks nodes that only this one held, without recursion. */
function* release(chain: DmaFenceChain): Atomic {
  let prev: DmaFence | null;
  while ((prev = chain.prev) !== null) {
    if (prev.refcount > 1) break;
    const prevChain = toChain(prev);
    if (prevChain === null) break;
    chain.prev = prevChain.prev;
    prevChain.prev = null;
    yield* prev.put();
  }
  if (prev !== null) yield* prev.put();
  chain.prev = null;
  yield* chain.fence.put();
}

/** dma_fence_chain_set_deadline(). */
function* setDeadline(chain: DmaFenceChain, deadlineNs: number): Atomic {
  let node: DmaFence | null = chain.get();
  while (node !== null) {
    yield* chainContained(node).setDeadline(deadlineNs);
    node = yield* chainWalk(node);
  }
}
