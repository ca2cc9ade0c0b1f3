// A device's runtime PM data and what all transitions share: drivers/base/power/runtime.c,
// struct dev_pm_info. Left out: suppliers, wake irqs, irq-safe devices, QoS.

import { K } from "../../timeline/kinds.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import { EACCES, EAGAIN, EBUSY, EINVAL } from "../errno.ts";
import { SpinLock } from "../lock/spinlock.ts";
import type { HrTimer } from "../time/hrtimer.ts";
import { WaitQueue } from "../wait/wait-queue.ts";
import {
  type PmCallbacks,
  type PmHost,
  type PmWork,
  RPM_ASYNC,
  RPM_AUTO,
  RPM_GET_PUT,
  RPM_NOWAIT,
  RpmRequest,
  type RpmStatus,
  statusText,
} from "./rpm-state.ts";

/** The state; transitions are in the classes below it. */
export abstract class RpmBase {
  readonly m: Machine;
  readonly lock: SpinLock;
  status: RpmStatus = "suspended";
  /** Status when runtime PM was disabled; null while enabled. */
  lastStatus: RpmStatus | null = null;
  usageCount = 0;
  childCount = 0;
  /** Runtime PM is enabled at 0. */
  disableDepth = 1;
  runtimeError = 0;
  autosuspend = false;
  autosuspendDelayMs = 0;
  lastBusyNs = 0;
  ignoreChildren = false;
  /** Suspended for system sleep while in use: pm_runtime_force_resume() has to bring it back. */
  needsForceResume = false;
  protected requestPending = false;
  protected request: RpmRequest = RpmRequest.none;
  protected deferredResume = false;
  protected idleNotification = false;
  protected timerExpires = 0;
  protected timerAutosuspends = false;
  protected readonly waitQueue: WaitQueue;
  protected readonly work: PmWork;
  protected readonly timer: HrTimer;
  private readonly devId: number;

  constructor(
    protected readonly host: PmHost,
    readonly devName: string,
    readonly callbacks: PmCallbacks,
    protected readonly parent: RpmBase | null,
  ) {
    const { m, time } = host;
    this.m = m;
    this.devId = m.rec.str(devName);
    this.lock = new SpinLock(m, `${devName}.power.lock`, { class: "&dev->power.lock" });
    this.waitQueue = new WaitQueue(m, `${devName}.power.wait_queue`);
    this.work = host.pmWork("pm_runtime_work", () => this.runWork());
    this.timer = time.hrtimer("pm_suspend_timer_fn", () => this.timerFn());
  }

  /** Entered and left with `lock` held, as rpmSuspend() and rpmResume(). */
  abstract rpmIdle(flags: number): Kernel<number>;
  abstract rpmSuspend(flags: number): Kernel<number>;
  abstract rpmResume(flags: number): Kernel<number>;

  protected trace(kind: number, flags: number): void {
    this.m.rec.emit(kind, this.devId, flags, this.usageCount);
  }

  protected ret(fn: string, value: number): number {
    this.m.rec.emit(K.rpm_return_int, this.m.rec.str(fn), this.devId, value);
    return value;
  }

  protected setStatus(status: RpmStatus): void {
    this.m.rec.emit(K.rpm_status, this.devId, this.m.rec.str(statusText[status]));
    this.status = status;
  }

  protected deactivateTimer(): void {
    if (this.timerExpires === 0) return;
    this.timer.cancel();
    this.timerExpires = 0;
  }

  protected cancelPending(): void {
    this.deactivateTimer();
    this.request = RpmRequest.none;
  }

  /** pm_runtime_autosuspend_expiration(), with the lock held: the clock read is free. */
  protected autosuspendExpiration(): number {
    if (!this.autosuspend || this.autosuspendDelayMs < 0) return 0;
    const expires = this.lastBusyNs + this.autosuspendDelayMs * 1e6;
    return expires > this.host.time.clock.now ? expires : 0;
  }

  /** rpm_check_suspend_allowed(). */
  protected checkSuspendAllowed(): number {
    if (this.runtimeError !== 0) return -EINVAL;
    if (this.disableDepth > 0) return -EACCES;
    if (this.usageCount > 0) return -EAGAIN;
    if (!this.ignoreChildren && this.childCount > 0) return -EBUSY;
    if (this.deferredResume && this.status === "suspending") return -EAGAIN;
    if (this.requestPending && this.request === RpmRequest.resume) return -EAGAIN;
    return this.status === "suspended" ? 1 : 0;
  }

  protected *queueRequest(request: RpmRequest): Atomic {
    this.request = request;
    if (this.requestPending) return;
    this.requestPending = true;
    yield* this.work.queue();
  }

  /** Waits, without the lock, for the transition that another task carries out. */
  protected *waitTransition(): Kernel {
    yield* this.lock.unlockIrq();
    yield* this.waitQueue.waitEvent(() => !this.inTransition);
    yield* this.lock.lockIrq();
  }

  protected get inTransition(): boolean {
    return this.status === "suspending" || this.status === "resuming";
  }

  /** rpm_callback(): calls the driver without the lock. */
  protected *callback(fn: (() => Kernel<number>) | undefined): Kernel<number> {
    yield* this.lock.unlockIrq();
    const ret = fn === undefined ? 0 : yield* fn();
    yield* this.lock.lockIrq();
    return ret === -EACCES ? -EAGAIN : ret;
  }

  /** pm_runtime_put(). */
  put(): Atomic {
    // An asynchronous request never sleeps.
    return this.runtimeIdle(RPM_GET_PUT | RPM_ASYNC) as Kernel<unknown> as Atomic;
  }

  /** __pm_runtime_idle(). */
  *runtimeIdle(flags: number): Kernel<number> {
    if ((flags & RPM_GET_PUT) !== 0) {
      const count = this.dropUsage();
      if (count < 0) return count;
      if (count > 0) {
        this.trace(K.rpm_usage, flags);
        // A trace event outside of locks ends with a preemption point.
        yield* this.m.preemptPoint();
        return 0;
      }
    }
    yield* this.lock.lockIrqsave();
    const ret = yield* this.rpmIdle(flags);
    yield* this.lock.unlockIrqrestore();
    return ret;
  }

  /** rpm_drop_usage_count(). */
  protected dropUsage(): number {
    if (this.usageCount > 0) return --this.usageCount;
    this.m.rec.log("warn", `${this.devName}: Runtime PM usage count underflow!`);
    return -EINVAL;
  }

  /** pm_runtime_work(). */
  private *runWork(): Kernel {
    yield* this.lock.lockIrq();
    if (this.requestPending) {
      const { request } = this;
      this.request = RpmRequest.none;
      this.requestPending = false;
      if (request === RpmRequest.idle) yield* this.rpmIdle(RPM_NOWAIT);
      else if (request === RpmRequest.suspend) yield* this.rpmSuspend(RPM_NOWAIT);
      else if (request === RpmRequest.autosuspend) yield* this.rpmSuspend(RPM_NOWAIT | RPM_AUTO);
      else if (request === RpmRequest.resume) yield* this.rpmResume(RPM_NOWAIT);
    }
    yield* this.lock.unlockIrq();
  }

  /** pm_suspend_timer_fn(). */
  private *timerFn(): Atomic<void> {
    yield* this.lock.lockIrqsave();
    if (this.timerExpires > 0 && this.timerExpires <= this.host.time.clock.now) {
      this.timerExpires = 0;
      const flags = this.timerAutosuspends ? RPM_ASYNC | RPM_AUTO : RPM_ASYNC;
      yield* this.rpmSuspend(flags) as Kernel<unknown> as Atomic<unknown>;
    }
    yield* this.lock.unlockIrqrestore();
  }

  /** __pm_runtime_barrier(). */
  protected *barrier(): Kernel {
    this.deactivateTimer();
    if (this.requestPending) {
      this.request = RpmRequest.none;
      yield* this.lock.unlockIrq();
      yield* this.work.cancelSync();
      yield* this.lock.lockIrq();
      this.requestPending = false;
    }
    while (this.inTransition || this.idleNotification) {
      yield* this.lock.unlockIrq();
      yield* this.waitQueue.waitEvent(() => !this.inTransition && !this.idleNotification);
      yield* this.lock.lockIrq();
    }
  }
}
