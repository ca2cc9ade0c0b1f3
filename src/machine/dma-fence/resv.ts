// dma_resv: the fences of a buffer, by usage, under a ww mutex.
// Kernel: drivers/dma-buf/dma-resv.c. Lockless readers see a snapshot; there is no RCU to restart.

import type { Atomic, Kernel } from "../core/op.ts";
import { Defect } from "../defect.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import { DmaFenceArray, noteShared } from "./array.ts";
import type { DmaFence } from "./fence.ts";
import type { Fences } from "./fences.ts";
import { isLaterOrSame } from "./order.ts";
import { type WwAcquireCtx, WwMutex } from "./ww-mutex.ts";

/** enum dma_resv_usage: a query for one usage returns the lower ones too. */
export const Usage = { kernel: 0, write: 1, read: 2, bookkeep: 3 } as const;
export type Usage = (typeof Usage)[keyof typeof Usage];

/** dma_resv_usage_rw(). */
export function usageRw(write: boolean): Usage {
  return write ? Usage.read : Usage.write;
}

interface Entry {
  readonly fence: DmaFence;
  readonly usage: Usage;
}

/** struct dma_resv. */
export class DmaResv {
  readonly mutex: WwMutex;
  private entries: Entry[] | null = null;
  /** Room in `entries`. */
  private maxFences = 0;

  /** dma_resv_init(). */
  constructor(
    readonly owner: Fences,
    name = "reservation_ww_class_mutex",
  ) {
    this.mutex = new WwMutex(owner.m, name, "reservation_ww_class_mutex");
  }

  /** dma_resv_fini(). */
  *fini(): Atomic {
    const { entries } = this;
    this.entries = null;
    if (entries !== null) for (const { fence } of entries) yield* fence.put();
  }

  /** dma_resv_lock(): 0, -EALREADY or -EDEADLK; without a context it cannot fail. */
  lock(ctx: WwAcquireCtx | null = null): Kernel<number> {
    return this.mutex.lock(ctx);
  }

  /** dma_resv_lock_interruptible(). */
  lockInterruptible(ctx: WwAcquireCtx | null = null): Kernel<number> {
    return this.mutex.lockInterruptible(ctx);
  }

  /** dma_resv_lock_slow(): after -EDEADLK, with all other locks of the context dropped. */
  *lockSlow(ctx: WwAcquireCtx): Kernel {
    if (ctx.acquired !== 0) throw new Defect("dma_resv_lock_slow", "locks are held");
    yield* this.mutex.lock(ctx);
  }

  trylock(): Atomic<boolean> {
    return this.mutex.trylock();
  }

  unlock(): Atomic {
    return this.mutex.unlock();
  }

  /** dma_resv_is_locked(). */
  get isLocked(): boolean {
    return this.mutex.isLocked;
  }

  assertHeld(): void {
    this.mutex.assertHeld();
  }

  /** dma_resv_reserve_fences(): room for `n` more fences; drops those that have signalled. */
  *reserveFences(n: number): Atomic<number> {
    this.assertHeld();
    if (n <= 0) return -EINVAL;
    const old = this.entries;
    let max: number;
    if (old !== null && this.maxFences > 0) {
      if (old.length + n <= this.maxFences) return 0;
      max = Math.max(old.length + n, this.maxFences * 2);
    } else max = Math.max(4, 2 ** Math.ceil(Math.log2(n)));
    if (this.owner.memory.failsNow()) return -ENOMEM;
    const kept: Entry[] = [];
    const signaled: DmaFence[] = [];
    for (const entry of old ?? []) {
      if (yield* entry.fence.isSignaled()) signaled.unshift(entry.fence);
      else kept.push(entry);
    }
    this.entries = kept;
    this.maxFences = kmallocRoundup(max);
    for (const fence of signaled) yield* fence.put();
    return 0;
  }

  /** dma_resv_add_fence(): takes its own reference; room must have been reserved. */
  *addFence(fence: DmaFence, usage: Usage): Atomic {
    this.assertHeld();
    const { entries } = this;
    if (entries === null) throw new Defect("dma_resv_add_fence", "no fence slot was reserved");
    fence.get();
    if (!noteShared(fence)) this.warn("dma_resv_add_fence() of a container");
    for (let i = 0; i < entries.length; i++) {
      const old = entries[i];
      const replaces =
        old.fence.context === fence.context &&
        old.usage >= usage &&
        isLaterOrSame(fence, old.fence);
      if (replaces || (yield* old.fence.isSignaled())) {
        entries[i] = { fence, usage };
        yield* old.fence.put();
        return;
      }
    }
    if (entries.length >= this.maxFences) {
      throw new Defect("dma_resv_add_fence", "more fences than reserved");
    }
    entries.push({ fence, usage });
  }

  /** dma_resv_replace_fences(): every fence of `context` gives way to `replacement`. */
  *replaceFences(context: number, replacement: DmaFence, usage: Usage): Atomic {
    this.assertHeld();
    const entries = this.entries ?? [];
    for (let i = 0; i < entries.length; i++) {
      const old = entries[i].fence;
      if (old.context !== context) continue;
      entries[i] = { fence: replacement.get(), usage };
      yield* old.put();
    }
  }

  /** dma_resv_for_each_fence(): under the lock, without references, signalled ones included. */
  fences(usage: Usage): DmaFence[] {
    this.assertHeld();
    const found: DmaFence[] = [];
    for (const e of this.entries ?? []) if (e.usage <= usage) found.push(e.fence);
    return found;
  }

  /** dma_resv_get_fences(): the pending ones, each with a new reference; needs no lock. */
  *getFences(usage: Usage): Atomic<DmaFence[] | number> {
    const found: DmaFence[] = [];
    for (const e of this.entries?.slice() ?? []) {
      const fence = e.fence.getRcu();
      if (fence === null) continue;
      if (e.usage > usage || (yield* fence.isSignaled())) {
        yield* fence.put();
        continue;
      }
      // The array, at the first one.
      if (found.length === 0 && this.owner.memory.failsNow()) {
        yield* fence.put();
        return -ENOMEM;
      }
      found.push(fence);
    }
    return found;
  }

  /** dma_resv_copy_fences(): replaces the fences of this object by the pending ones of `source`. */
  *copyFences(source: DmaResv): Atomic {
    this.assertHeld();
    const copied: Entry[] = [];
    for (const { fence, usage } of source.entries?.slice() ?? []) {
      if (!(yield* fence.isSignaled())) copied.push({ fence: fence.get(), usage });
    }
    const old = this.entries ?? [];
    this.entries = copied;
    this.maxFences = copied.length;
    for (const { fence } of old) yield* fence.put();
  }

  /** dma_resv_get_singleton(): one fence (a new reference) for all pending ones, null, -ENOMEM. */
  *getSingleton(usage: Usage): Atomic<DmaFence | null | number> {
    const found = yield* this.getFences(usage);
    if (typeof found === "number") return found;
    if (found.length <= 1) return found.length === 0 ? null : found[0];
    if (this.owner.memory.failsNow()) {
      for (const fence of found.reverse()) yield* fence.put();
      return -ENOMEM;
    }
    return new DmaFenceArray(this.owner, found, this.owner.contextAlloc(1), 1);
  }

  /** dma_resv_wait_timeout(): jiffies left, 0: timed out, negative: errno. */
  *waitTimeout(usage: Usage, intr: boolean, timeout: number): Kernel<number> {
    let left = timeout;
    let ret = timeout === 0 ? 1 : timeout;
    for (const e of this.entries?.slice() ?? []) {
      const fence = e.fence.getRcu();
      if (fence === null) continue;
      const wanted = e.usage <= usage && !(yield* fence.isSignaled());
      if (wanted) ret = yield* fence.waitTimeout(intr, left);
      yield* fence.put();
      if (!wanted) continue;
      if (ret <= 0) return ret;
      if (left !== 0) left = ret;
    }
    return ret;
  }

  /** dma_resv_test_signaled(). */
  *testSignaled(usage: Usage): Atomic<boolean> {
    for (const e of this.entries?.slice() ?? []) {
      if (e.usage <= usage && !(yield* e.fence.isSignaled())) return false;
    }
    return true;
  }

  /** dma_resv_set_deadline(). */
  *setDeadline(usage: Usage, deadlineNs: number): Atomic {
    for (const e of this.entries?.slice() ?? []) {
      if (e.usage <= usage) yield* e.fence.setDeadline(deadlineNs);
    }
  }

  private warn(text: string): void {
    this.owner.m.rec.log("warn", `WARNING: ${text}`);
  }
}

/** Slots in the kmalloc bucket that holds `slots` of them (8 bytes each, 24 bytes of header). */
function kmallocRoundup(slots: number): number {
  const bytes = 24 + 8 * slots;
  const bucket = bytes <= 96 && bytes > 64 ? 96 : bytes <= 192 && bytes > 128 ? 192 : 0;
  const size = bucket === 0 ? 2 ** Math.ceil(Math.log2(bytes)) : bucket;
  return (size - 24) / 8;
}
