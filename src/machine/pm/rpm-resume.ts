// Runtime PM on the way up: rpm_resume() of drivers/base/power/runtime.c. All functions are
// entered and left with the device's power lock held.

import { K } from "../../timeline/kinds.ts";
import type { Kernel } from "../core/op.ts";
import { EACCES, EBUSY, EINPROGRESS, EINVAL } from "../errno.ts";
import type { RpmBase } from "./rpm-base.ts";
import { RPM_ASYNC, RPM_NOWAIT, RpmRequest } from "./rpm-state.ts";
import { RpmSuspend } from "./rpm-suspend.ts";

export class RpmResume extends RpmSuspend {
  /** rpm_resume(). */
  override *rpmResume(flags: number): Kernel<number> {
    this.trace(K.rpm_resume, flags);
    const held: { parent: RpmBase | null } = { parent: null };
    let ret: number | null = null;
    while (ret === null) ret = yield* this.tryResume(flags, held);
    if (held.parent !== null) {
      yield* this.lock.unlockIrq();
      yield* held.parent.put();
      yield* this.lock.lockIrq();
    }
    return this.ret("rpm_resume", ret);
  }

  /** One pass of rpm_resume(); null repeats it. `held.parent` is referenced when set. */
  private *tryResume(flags: number, held: { parent: RpmBase | null }): Kernel<number | null> {
    if (this.runtimeError !== 0) return -EINVAL;
    if (this.disableDepth > 0) {
      return this.status === "active" && this.lastStatus === "active" ? 1 : -EACCES;
    }
    this.request = RpmRequest.none;
    if (!this.timerAutosuspends) this.deactivateTimer();
    if (this.status === "active") return 1;
    if (this.inTransition) {
      if ((flags & (RPM_ASYNC | RPM_NOWAIT)) !== 0) {
        if (this.status !== "suspending") return -EINPROGRESS;
        this.deferredResume = true;
        return (flags & RPM_NOWAIT) !== 0 ? -EINPROGRESS : 0;
      }
      yield* this.waitTransition();
      return null;
    }
    if ((flags & RPM_ASYNC) !== 0) {
      yield* this.queueRequest(RpmRequest.resume);
      return 0;
    }
    if (held.parent === null && this.parent !== null) {
      held.parent = this.parent;
      return (yield* this.resumeParent(this.parent)) ? null : -EBUSY;
    }
    this.setStatus("resuming");
    const ret = yield* this.callback(this.callbacks.runtimeResume);
    if (ret !== 0) {
      this.setStatus("suspended");
      this.cancelPending();
    } else {
      this.setStatus("active");
      this.lastBusyNs = this.host.time.clock.now;
      if (held.parent !== null) held.parent.childCount++;
    }
    yield* this.waitQueue.wakeUpAll();
    if (ret >= 0) yield* this.rpmIdle(RPM_ASYNC);
    return ret;
  }

  private *resumeParent(parent: RpmBase): Kernel<boolean> {
    yield* this.lock.unlock();
    parent.usageCount++;
    yield* parent.lock.lock();
    let ok = true;
    if (parent.disableDepth === 0 && !parent.ignoreChildren) {
      yield* parent.rpmResume(0);
      ok = parent.status === "active";
    }
    yield* parent.lock.unlock();
    yield* this.lock.lock();
    return ok;
  }
}
