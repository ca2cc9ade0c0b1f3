// What a fence implementation provides and what a listener registers.
// Kernel: include/linux/dma-fence.h (dma_fence_ops, dma_fence_cb, flag bits).

import type { Atomic, Kernel } from "../core/op.ts";
import type { DmaFence } from "./fence.ts";

/** dma_fence_flag_bits, as masks. */
export const fenceInitialized = 1 << 0;
export const fenceInlineLock = 1 << 1;
export const fenceSeqno64 = 1 << 2;
export const fenceSignaled = 1 << 3;
export const fenceTimestamp = 1 << 4;
export const fenceEnableSignal = 1 << 5;
/** First of the bits that implementations may use for themselves (DMA_FENCE_FLAG_USER_BITS). */
export const fenceUserBit = 6;

/** Interned names of the fences of an implementation; -1 until the first one is initialised. */
export interface FenceNames {
  driver: number;
  timeline: number;
}

/** struct dma_fence_ops. Immutable, shared by all fences of an implementation. */
export interface FenceOps {
  readonly driverName: string;
  timelineName(fence: DmaFence): string;
  /** Called once, with the fence's lock held; false: already passed, the core signals the fence. */
  enableSignaling?(fence: DmaFence): Atomic<boolean>;
  /** Peeks at the state, without a promise of being up to date. */
  signaled?(fence: DmaFence): Atomic<boolean>;
  /** Replaces the default wait; deprecated. Keeps the fence attached after it signalled. */
  wait?(fence: DmaFence, intr: boolean, timeout: number): Kernel<number>;
  /** Called when the last reference is gone. Keeps the fence attached after it signalled. */
  release?(fence: DmaFence): Atomic;
  setDeadline?(fence: DmaFence, deadlineNs: number): Atomic;
  /** Of ops that belong to one machine, with one timeline name for all their fences. */
  readonly names?: FenceNames;
}

/** Every operation, with none of them implemented. */
const noOps = {
  driverName: "",
  timelineName: undefined,
  enableSignaling: undefined,
  signaled: undefined,
  wait: undefined,
  release: undefined,
  setDeadline: undefined,
  names: undefined,
};

/** Ops of one shape, whatever is left out: each fence asks for most of them in its life. */
export function fenceOps(given: FenceOps): FenceOps {
  return { ...noOps, ...given };
}

/** dma_fence_func_t: runs with the fence's lock held and interrupts masked. */
export type FenceFunc = (fence: DmaFence, cb: FenceCb) => Atomic;

/**
 * struct dma_fence_cb: one listener, on at most one fence at a time. Subclass it (or close over
 * what is needed) where C would use container_of.
 */
export class FenceCb {
  prev: FenceCb | null = null;
  next: FenceCb | null = null;
  /** The fence it is queued on; null: not queued (list_empty(&cb->node)). */
  fence: DmaFence | null = null;

  constructor(public func: FenceFunc) {}

  get queued(): boolean {
    return this.fence !== null;
  }
}
