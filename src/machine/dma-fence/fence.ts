// struct dma_fence: a one-shot event with callbacks, an error and a time stamp.
// Kernel: drivers/dma-buf/dma-fence.c, include/linux/dma-fence.h of 7.3. A fence without `release`
// and `wait` lets go of its ops when it signals, and every signalled fence prints as
// "detached-driver". Memory and RCU grace periods are left out; use after the last put is a defect.

import { K } from "../../timeline/kinds.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { EINVAL, ENOENT } from "../errno.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import { maxScheduleTimeout } from "../wait/schedule.ts";
import { FenceCore } from "./fence-core.ts";
import {
  type FenceCb,
  fenceEnableSignal,
  type FenceOps,
  fenceSignaled,
  fenceTimestamp,
} from "./fence-ops.ts";
import type { Fences } from "./fences.ts";
import { defaultWait } from "./wait.ts";

const maxErrno = 4095;

/** struct dma_fence. Subclass it where C embeds it. */
export class DmaFence extends FenceCore {
  /** The stub fence: initialised and signalled at boot, before anything is traced. */
  static signaledAtBoot(fences: Fences, ops: FenceOps): DmaFence {
    const fence = new DmaFence(fences, ops, null, 0, 0, { quiet: true });
    fence.flags |= fenceEnableSignal | fenceSignaled | fenceTimestamp;
    fence.timestamp = fences.now;
    fence.ops = null;
    return fence;
  }

  // --- signalling -----------------------------------------------------------------------------

  /** dma_fence_signal(). */
  *signal(): Atomic {
    const { fences, lock } = this;
    const cookie = fences.beginSignalling();
    yield* lock.lockIrqsave();
    yield* this.signalTimestampLocked(fences.now);
    yield* lock.unlockIrqrestore();
    fences.endSignalling(cookie);
  }

  /** dma_fence_signal_locked(). The clock read costs no time: interrupts are masked. */
  signalLocked(): Atomic {
    return this.signalTimestampLocked(this.fences.now);
  }

  /** dma_fence_signal_timestamp(). */
  *signalTimestamp(timestampNs: number): Atomic {
    yield* this.lock.lockIrqsave();
    yield* this.signalTimestampLocked(timestampNs);
    yield* this.lock.unlockIrqrestore();
  }

  /** dma_fence_check_and_signal(): true if it had signalled before. */
  *checkAndSignal(): Atomic<boolean> {
    yield* this.lock.lockIrqsave();
    const before = yield* this.checkAndSignalLocked();
    yield* this.lock.unlockIrqrestore();
    return before;
  }

  /** dma_fence_check_and_signal_locked(). */
  *checkAndSignalLocked(): Atomic<boolean> {
    const before = this.testSignaledFlag;
    yield* this.signalLocked();
    return before;
  }

  /** dma_fence_signal_timestamp_locked(): runs the callbacks, in order of registration. */
  signalTimestampLocked(timestampNs: number): Atomic {
    if (this.fences.m.lockdep !== null) this.lock.assertHeld();
    if (this.testSignaledFlag) return done();
    this.flags |= fenceSignaled;
    const { m } = this.fences;
    const { ops } = this;
    m.rec.emitLong(
      K.dma_fence_signaled,
      this.driverId,
      this.timelineId,
      this.context,
      this.seqno,
      this.error,
    );
    if (ops !== null && ops.release === undefined && ops.wait === undefined) this.ops = null;
    const { first } = this;
    this.first = null;
    this.last = null;
    this.timestamp = timestampNs;
    this.flags |= fenceTimestamp;
    return first === null ? done() : this.runCallbacks(first);
  }

  private *runCallbacks(first: FenceCb): Atomic {
    let cb: FenceCb | null = first;
    while (cb !== null) {
      const next: FenceCb | null = cb.next;
      cb.prev = null;
      cb.next = null;
      cb.fence = null;
      yield* cb.func(this, cb);
      cb = next;
    }
  }

  /** __dma_fence_enable_signaling(): false if the fence has signalled. */
  private enableSignalingLocked(): Atomic<boolean> {
    const wasSet = (this.flags & fenceEnableSignal) !== 0;
    this.flags |= fenceEnableSignal;
    if (this.testSignaledFlag) return done(false);
    if (wasSet || this.ops?.enableSignaling === undefined) return done(true);
    this.emit(K.dma_fence_enable_signal);
    return this.callEnableSignaling();
  }

  private *callEnableSignaling(): Atomic<boolean> {
    if (yield* this.ops!.enableSignaling!(this)) return true;
    yield* this.signalLocked();
    return false;
  }

  /** dma_fence_enable_signaling() (dma_fence_enable_sw_signaling() before 7.1). */
  *enableSwSignaling(): Atomic {
    yield* this.lock.lockIrqsave();
    yield* this.enableSignalingLocked();
    yield* this.lock.unlockIrqrestore();
  }

  // --- listeners ------------------------------------------------------------------------------

  /** dma_fence_add_callback(): 0, or -ENOENT if the fence has signalled. */
  addCallback(cb: FenceCb): Atomic<number> {
    if (cb.fence !== null)
      throw this.defect("dma_fence_add_callback", "callback is queued already");
    return this.testSignaledFlag ? done(-ENOENT) : this.addCallbackSlow(cb);
  }

  private *addCallbackSlow(cb: FenceCb): Atomic<number> {
    let ret = 0;
    yield* this.lock.lockIrqsave();
    if (yield* this.enableSignalingLocked()) this.link(cb);
    else ret = -ENOENT;
    yield* this.lock.unlockIrqrestore();
    return ret;
  }

  /** dma_fence_remove_callback(): false if the callback has run or was never added. */
  *removeCallback(cb: FenceCb): Atomic<boolean> {
    yield* this.lock.lockIrqsave();
    const queued = cb.fence === this;
    if (queued) this.unlink(cb);
    yield* this.lock.unlockIrqrestore();
    return queued;
  }

  // --- state ----------------------------------------------------------------------------------

  /** dma_fence_is_signaled(): asks the implementation, and signals the fence if it says so. */
  isSignaled(): Atomic<boolean> {
    if (this.testSignaledFlag) return done(true);
    return this.ops?.signaled === undefined ? done(false) : this.askSignaled(false);
  }

  /** dma_fence_is_signaled_locked(). */
  isSignaledLocked(): Atomic<boolean> {
    if (this.testSignaledFlag) return done(true);
    return this.ops?.signaled === undefined ? done(false) : this.askSignaled(true);
  }

  private *askSignaled(locked: boolean): Atomic<boolean> {
    if (!(yield* this.ops!.signaled!(this))) return false;
    yield* locked ? this.signalLocked() : this.signal();
    return true;
  }

  /** The status without looking at the implementation: 0 pending, 1 signalled, negative: error. */
  get status(): number {
    return this.testSignaledFlag ? this.error || 1 : 0;
  }

  /** dma_fence_get_status(). */
  *getStatus(): Atomic<number> {
    yield* this.lock.lockIrqsave();
    const status = (yield* this.isSignaledLocked()) ? this.error || 1 : 0;
    yield* this.lock.unlockIrqrestore();
    return status;
  }

  /** dma_fence_set_error(). */
  setError(error: number): void {
    if (this.testSignaledFlag) this.warn("dma_fence_set_error() of a signalled fence");
    if (error >= 0 || error < -maxErrno) this.warn(`dma_fence_set_error() to ${error}`);
    this.error = error;
  }

  /** dma_fence_timestamp(). */
  timestampNs(): number {
    if (this.testSignaledFlag) return this.timestamp;
    this.warn("dma_fence_timestamp() of a fence that has not signalled");
    return this.fences.now;
  }

  /** dma_fence_set_deadline(). */
  *setDeadline(deadlineNs: number): Atomic {
    const op = this.ops?.setDeadline;
    if (op === undefined || (yield* this.isSignaled())) return;
    yield* op(this, deadlineNs);
  }

  // --- waiting --------------------------------------------------------------------------------

  /** dma_fence_wait(): 0 or -ERESTARTSYS. */
  *wait(intr: boolean): Kernel<number> {
    const ret = yield* this.waitTimeout(intr, maxScheduleTimeout);
    return ret < 0 ? ret : 0;
  }

  /** dma_fence_wait_timeout(): jiffies left, 0: timed out, negative: errno. */
  *waitTimeout(intr: boolean, timeout: number): Kernel<number> {
    const { fences } = this;
    if (timeout < 0) {
      this.warn("dma_fence_wait_timeout() with a negative timeout");
      return -EINVAL;
    }
    mightSleep(fences.m, "dma_fence_wait_timeout");
    fences.mightWait();
    yield* this.enableSwSignaling();
    this.emitDetached(K.dma_fence_wait_start);
    const op = this.ops?.wait;
    const ret = yield* op === undefined
      ? defaultWait(this, intr, timeout)
      : op(this, intr, timeout);
    this.emitDetached(K.dma_fence_wait_end);
    return ret;
  }
}
