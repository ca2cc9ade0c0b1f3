// Runtime PM on the way down: rpm_idle() and rpm_suspend() of drivers/base/power/runtime.c. All
// functions are entered and left with the device's power lock held.

import { K } from "../../timeline/kinds.ts";
import type { Kernel } from "../core/op.ts";
import { EAGAIN, EBUSY, EINPROGRESS } from "../errno.ts";
import { RpmBase } from "./rpm-base.ts";
import { RPM_ASYNC, RPM_AUTO, RPM_GET_PUT, RPM_NOWAIT, RpmRequest } from "./rpm-state.ts";

export abstract class RpmSuspend extends RpmBase {
  /** rpm_idle(). */
  override *rpmIdle(flags: number): Kernel<number> {
    this.trace(K.rpm_idle, flags);
    let ret = this.checkSuspendAllowed();
    if (ret < 0 || ((flags & RPM_GET_PUT) !== 0 && ret === 1)) {
      // The conditions are wrong, or there is nothing to do.
    } else if (this.status !== "active") ret = -EAGAIN;
    else if (this.requestPending && this.request > RpmRequest.idle) ret = -EAGAIN;
    else if (this.idleNotification) ret = -EINPROGRESS;
    if (ret === 0) {
      this.request = RpmRequest.none;
      const idle = this.callbacks.runtimeIdle;
      if (idle !== undefined) {
        if ((flags & RPM_ASYNC) !== 0) {
          yield* this.queueRequest(RpmRequest.idle);
          return this.ret("rpm_idle", 0);
        }
        this.idleNotification = true;
        ret = yield* this.callback(idle);
        this.idleNotification = false;
        yield* this.waitQueue.wakeUpAll();
      }
    }
    this.ret("rpm_idle", ret);
    return ret !== 0 ? ret : yield* this.rpmSuspend(flags | RPM_AUTO);
  }

  /** rpm_suspend(). */
  override *rpmSuspend(flags: number): Kernel<number> {
    this.trace(K.rpm_suspend, flags);
    for (;;) {
      const ret = yield* this.trySuspend(flags);
      if (ret !== null) return this.ret("rpm_suspend", ret);
    }
  }

  /** One pass of rpm_suspend(); null repeats it. */
  private *trySuspend(flags: number): Kernel<number | null> {
    let ret = this.checkSuspendAllowed();
    if (ret >= 0 && this.status === "resuming" && (flags & RPM_ASYNC) === 0) ret = -EAGAIN;
    if (ret !== 0) return ret;
    if ((flags & RPM_AUTO) !== 0 && this.status !== "suspending") {
      const expires = this.autosuspendExpiration();
      if (expires !== 0) {
        this.armAutosuspend(expires);
        return 0;
      }
    }
    this.cancelPending();
    if (this.status === "suspending") {
      if ((flags & (RPM_ASYNC | RPM_NOWAIT)) !== 0) return -EINPROGRESS;
      yield* this.waitTransition();
      return null;
    }
    if ((flags & RPM_ASYNC) !== 0) {
      const auto = (flags & RPM_AUTO) !== 0;
      yield* this.queueRequest(auto ? RpmRequest.autosuspend : RpmRequest.suspend);
      return 0;
    }
    this.setStatus("suspending");
    ret = yield* this.callback(this.callbacks.runtimeSuspend);
    return ret === 0 ? yield* this.suspended() : yield* this.suspendFailed(flags, ret);
  }

  /** Sets the timer unless it runs and expires early enough; a slack of a quarter of the delay. */
  private armAutosuspend(expires: number): void {
    this.request = RpmRequest.none;
    if (this.timerExpires === 0 || this.timerExpires > expires) {
      this.timerExpires = expires;
      this.timer.start(expires, this.autosuspendDelayMs * 250_000);
    }
    this.timerAutosuspends = true;
  }

  private *suspended(): Kernel<number> {
    this.setStatus("suspended");
    this.deactivateTimer();
    const { parent } = this;
    if (parent !== null && parent.childCount > 0) parent.childCount--;
    yield* this.waitQueue.wakeUpAll();
    if (this.deferredResume) {
      this.deferredResume = false;
      yield* this.rpmResume(0);
      return -EAGAIN;
    }
    if (parent !== null && !parent.ignoreChildren) {
      yield* this.lock.unlock();
      yield* parent.lock.lock();
      yield* parent.rpmIdle(RPM_ASYNC);
      yield* parent.lock.unlock();
      yield* this.lock.lock();
    }
    return 0;
  }

  private *suspendFailed(flags: number, ret: number): Kernel<number | null> {
    this.setStatus("active");
    this.deferredResume = false;
    yield* this.waitQueue.wakeUpAll();
    if (ret !== -EAGAIN && ret !== -EBUSY) this.runtimeError = ret;
    const auto = this.runtimeError === 0 && (flags & RPM_AUTO) !== 0;
    if (auto && this.autosuspendExpiration() !== 0) return null;
    this.cancelPending();
    return ret;
  }
}
