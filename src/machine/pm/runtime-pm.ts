// Runtime PM as drivers use it: include/linux/pm_runtime.h over the transitions of rpm-{suspend,resume}.ts.

import { K } from "../../timeline/kinds.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import { EAGAIN, EINVAL } from "../errno.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import { RpmResume } from "./rpm-resume.ts";
import {
  type PmCallbacks,
  type PmHost,
  RPM_ASYNC,
  RPM_AUTO,
  RPM_GET_PUT,
  RpmRequest,
} from "./rpm-state.ts";

export type { PmCallbacks, PmHost, PmWork, RpmStatus } from "./rpm-state.ts";

/** dev->power and the pm_runtime_* functions. Suspended and disabled at first. */
export class RuntimePm extends RpmResume {
  constructor(host: PmHost, devName: string, callbacks: PmCallbacks = {}, parent?: RuntimePm) {
    super(host, devName, callbacks, parent ?? null);
  }

  /** pm_runtime_active(). */
  get active(): boolean {
    return this.status === "active" || this.disableDepth > 0;
  }

  /** pm_runtime_suspended(). */
  get isSuspended(): boolean {
    return this.status === "suspended" && this.disableDepth === 0;
  }

  /** pm_runtime_enabled(). */
  get enabled(): boolean {
    return this.disableDepth === 0;
  }

  /** pm_runtime_enable(). */
  *enable(): Atomic {
    yield* this.lock.lockIrqsave();
    if (this.disableDepth === 0) {
      this.m.rec.log("warn", `${this.devName}: Unbalanced pm_runtime_enable!`);
    } else if (--this.disableDepth === 0) this.lastStatus = null;
    yield* this.lock.unlockIrqrestore();
  }

  /** pm_runtime_disable(). */
  *disable(): Kernel {
    yield* this.lock.lockIrq();
    if (this.disableDepth > 0) this.disableDepth++;
    else {
      if (this.requestPending && this.request === RpmRequest.resume) {
        this.usageCount++;
        yield* this.rpmResume(0);
        this.usageCount--;
      }
      this.disableDepth++;
      yield* this.barrier();
      this.lastStatus = this.status;
    }
    yield* this.lock.unlockIrq();
  }

  /** pm_runtime_disable_action(): what devm_pm_runtime_enable() does at the end. */
  *disableAction(): Kernel {
    yield* this.dontUseAutosuspend();
    yield* this.disable();
  }

  /** pm_runtime_set_active(): only while disabled. */
  setActive(): Kernel<number> {
    return this.setStatusDirect("active");
  }

  /** pm_runtime_set_suspended(): only while disabled. */
  setSuspended(): Kernel<number> {
    return this.setStatusDirect("suspended");
  }

  /** __pm_runtime_set_status(). */
  private *setStatusDirect(status: "active" | "suspended"): Kernel<number> {
    yield* this.lock.lockIrqsave();
    if (this.runtimeError === 0 && this.disableDepth === 0) {
      yield* this.lock.unlockIrqrestore();
      return -EAGAIN;
    }
    this.runtimeError = 0;
    const { parent } = this;
    const changes = parent !== null && this.status !== status;
    if (changes && status === "active") parent.childCount++;
    else if (changes && parent.childCount > 0) parent.childCount--;
    this.setStatus(status);
    yield* this.lock.unlockIrqrestore();
    if (changes && status === "suspended") yield* parent.runtimeIdle(RPM_ASYNC);
    return 0;
  }

  /** pm_runtime_set_autosuspend_delay(). */
  *setAutosuspendDelay(ms: number): Kernel {
    yield* this.lock.lockIrq();
    const old = this.autosuspendDelayMs;
    this.autosuspendDelayMs = ms;
    yield* this.updateAutosuspend(old, this.autosuspend);
    yield* this.lock.unlockIrq();
  }

  /** pm_runtime_use_autosuspend(). */
  useAutosuspend(): Kernel {
    return this.setUseAutosuspend(true);
  }

  /** pm_runtime_dont_use_autosuspend(). */
  dontUseAutosuspend(): Kernel {
    return this.setUseAutosuspend(false);
  }

  private *setUseAutosuspend(use: boolean): Kernel {
    yield* this.lock.lockIrq();
    const old = this.autosuspend;
    this.autosuspend = use;
    yield* this.updateAutosuspend(this.autosuspendDelayMs, old);
    yield* this.lock.unlockIrq();
  }

  /** update_autosuspend(). */
  private *updateAutosuspend(oldDelay: number, oldUse: boolean): Kernel {
    if (this.autosuspend && this.autosuspendDelayMs < 0) {
      if (!oldUse || oldDelay >= 0) {
        this.usageCount++;
        yield* this.rpmResume(0);
      } else this.trace(K.rpm_usage, 0);
      return;
    }
    if (oldUse && oldDelay < 0) this.usageCount--;
    yield* this.rpmIdle(RPM_AUTO);
  }

  /** __pm_runtime_resume(). */
  private *runtimeResume(flags: number): Kernel<number> {
    if ((flags & RPM_ASYNC) === 0 && this.status !== "active") {
      mightSleep(this.m, "__pm_runtime_resume");
    }
    if ((flags & RPM_GET_PUT) !== 0) this.usageCount++;
    yield* this.lock.lockIrqsave();
    const ret = yield* this.rpmResume(flags);
    yield* this.lock.unlockIrqrestore();
    return ret;
  }

  /** __pm_runtime_suspend(). */
  private *runtimeSuspend(flags: number): Kernel<number> {
    if ((flags & RPM_GET_PUT) !== 0) {
      const count = this.dropUsage();
      if (count < 0) return count;
      if (count > 0) {
        this.trace(K.rpm_usage, flags);
        yield* this.m.preemptPoint();
        return 0;
      }
    }
    if ((flags & RPM_ASYNC) === 0) mightSleep(this.m, "__pm_runtime_suspend");
    yield* this.lock.lockIrqsave();
    const ret = yield* this.rpmSuspend(flags);
    yield* this.lock.unlockIrqrestore();
    return ret;
  }

  /** pm_runtime_get_sync(). */
  getSync(): Kernel<number> {
    return this.runtimeResume(RPM_GET_PUT);
  }

  /** pm_runtime_get(): asynchronous. */
  get(): Atomic<number> {
    return this.runtimeResume(RPM_GET_PUT | RPM_ASYNC) as Kernel<unknown> as Atomic<number>;
  }

  /** pm_runtime_resume_and_get(): 0, or an error and no reference. */
  *resumeAndGet(): Kernel<number> {
    const ret = yield* this.runtimeResume(RPM_GET_PUT);
    if (ret >= 0) return 0;
    this.putNoidle();
    return ret;
  }

  /** pm_runtime_get_noresume(). */
  getNoresume(): void {
    this.usageCount++;
  }

  /** pm_runtime_put_noidle(). */
  putNoidle(): void {
    if (this.usageCount > 0) this.usageCount--;
  }

  /** pm_runtime_get_if_active(): 1 with a reference if the device is active. */
  getIfActive(): Atomic<number> {
    return this.getConditional(true);
  }

  /** pm_runtime_get_if_in_use(). */
  getIfInUse(): Atomic<number> {
    return this.getConditional(false);
  }

  private *getConditional(ignoreUsage: boolean): Atomic<number> {
    yield* this.lock.lockIrqsave();
    let ret = 0;
    if (this.disableDepth > 0) ret = -EINVAL;
    else if (this.status === "active") {
      const inUse = this.usageCount > 0 || (!this.ignoreChildren && this.childCount > 0);
      ret = ignoreUsage || inUse ? 1 : 0;
    }
    if (ret === 1) this.usageCount++;
    this.trace(K.rpm_usage, 0);
    yield* this.lock.unlockIrqrestore();
    return ret;
  }

  /** pm_runtime_mark_last_busy(): a clock read. */
  *markLastBusy(): Atomic {
    this.lastBusyNs = yield* this.host.time.ktimeGet();
  }

  /** pm_runtime_put_autosuspend(): marks the device busy (from 6.16 on), then drops the reference. */
  *putAutosuspend(): Atomic<number> {
    if (this.host.putMarksBusy !== false) yield* this.markLastBusy();
    const flags = RPM_GET_PUT | RPM_ASYNC | RPM_AUTO;
    return yield* this.runtimeSuspend(flags) as Kernel<unknown> as Atomic<number>;
  }

  /** pm_runtime_put_sync(). */
  putSync(): Kernel<number> {
    return this.runtimeIdle(RPM_GET_PUT);
  }

  /** pm_runtime_put_sync_suspend(). */
  putSyncSuspend(): Kernel<number> {
    return this.runtimeSuspend(RPM_GET_PUT);
  }

  /** pm_runtime_put_sync_autosuspend(). */
  *putSyncAutosuspend(): Kernel<number> {
    yield* this.markLastBusy();
    return yield* this.runtimeSuspend(RPM_GET_PUT | RPM_AUTO);
  }

  /** pm_runtime_suspend(). */
  suspend(): Kernel<number> {
    return this.runtimeSuspend(0);
  }

  /** pm_runtime_resume(). */
  resume(): Kernel<number> {
    return this.runtimeResume(0);
  }

  /** pm_runtime_idle(). */
  idle(): Kernel<number> {
    return this.runtimeIdle(0);
  }

  /** pm_request_idle(). */
  requestIdle(): Atomic<number> {
    return this.runtimeIdle(RPM_ASYNC) as Kernel<unknown> as Atomic<number>;
  }

  /** pm_runtime_barrier(). */
  *runtimeBarrier(): Kernel {
    this.usageCount++;
    yield* this.lock.lockIrq();
    if (this.requestPending && this.request === RpmRequest.resume) yield* this.rpmResume(0);
    yield* this.barrier();
    yield* this.lock.unlockIrq();
    this.putNoidle();
  }
}
