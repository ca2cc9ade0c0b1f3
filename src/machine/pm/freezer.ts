// Freezing of user tasks and of freezable workqueues around system sleep.
// Kernel: kernel/power/process.c, kernel/freezer.c, the end of a system call (kernel/signal.c).
// A program that sleeps for itself is woken and freezes on its way to user space, as one inside a
// system call is; the kernel leaves a nanosleep() where it is. Left out: freezable kernel threads
// (nothing here has one), the OOM killer.

import type { Task } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { EBUSY } from "../errno.ts";
import type { Time } from "../time/time.ts";
import { sendSignal } from "../wait/schedule.ts";
import { wakeUpProcess } from "../wait/wake.ts";
import type { Workqueues } from "../workqueue/workqueues.ts";

/** freeze_timeout_msecs. */
const freezeTimeoutMs = 20_000;

export class Freezer {
  /** pm_freezing. */
  private freezing = false;
  private readonly programs: Task[] = [];
  private readonly frozen = new Set<Task>();
  /** Tasks with a fake signal on its way. */
  private readonly signalled = new Set<Task>();

  constructor(
    private readonly m: Machine,
    private readonly time: Time,
    private readonly wq: Workqueues,
  ) {}

  /** suspend_freeze_processes(): 0, or -EBUSY with everything thawed. */
  *freeze(wakeupPending: () => boolean): Kernel<number> {
    this.freezing = true;
    let ret = yield* this.tryToFreeze("user space processes", wakeupPending, () => this.signal());
    if (ret === 0) {
      this.wq.freezeBegin();
      ret = yield* this.tryToFreeze("remaining freezable tasks", wakeupPending, () => this.busy());
    }
    if (ret !== 0) yield* this.thaw();
    return ret;
  }

  /** try_to_freeze_tasks(): `todo` asks all who are not frozen, and counts them. */
  private *tryToFreeze(
    what: string,
    wakeupPending: () => boolean,
    todo: () => Kernel<number>,
  ): Kernel<number> {
    const { rec } = this.m;
    const { timers, sleep } = this.time;
    const start = yield* this.time.ktimeGet();
    const end = timers.jiffies + this.time.msecsToJiffies(freezeTimeoutMs);
    let aborted = false;
    let left = 0;
    for (let us = 1000; ;) {
      left = yield* todo();
      if (left === 0 || timers.jiffies > end) break;
      aborted = wakeupPending();
      if (aborted) break;
      yield* sleep.usleepRange(us / 2, us);
      if (us < 8000) us *= 2;
    }
    const ms = Math.floor(((yield* this.time.ktimeGet()) - start) / 1e6);
    if (left === 0) return 0;
    const took = `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, "0")}`;
    const busy = Number(this.wq.freezeBusy && this.userFrozen);
    rec.log(
      "err",
      `Freezing ${what} ${aborted ? "aborted" : "failed"} after ${took} seconds ` +
        `(${left - busy} tasks refusing to freeze, wq_busy=${busy}):`,
    );
    return -EBUSY;
  }

  /** freeze_task() of each user task but the caller; the number of those not frozen. */
  private *signal(): Kernel<number> {
    let todo = 0;
    for (const task of this.users()) {
      if (this.frozen.has(task)) continue;
      todo++;
      this.signalled.add(task);
      yield* sendSignal(this.m, task);
    }
    return todo;
  }

  private *busy(): Kernel<number> {
    return Number(this.wq.freezeBusy);
  }

  private get userFrozen(): boolean {
    return this.users().every((task) => this.frozen.has(task));
  }

  /** A task of a program: everything else is of the kernel. */
  add(task: Task): void {
    this.programs.push(task);
  }

  private users(): Task[] {
    return this.programs.filter((t) => t !== this.m.current && t.state !== "X");
  }

  /** thaw_processes(). */
  *thaw(): Atomic {
    const { m } = this;
    this.freezing = false;
    this.wq.thaw();
    for (const task of this.frozen) yield* wakeUpProcess(m, task);
    // schedule().
    m.sched.setNeedResched(m.cpu!);
    yield* m.preemptPoint();
  }

  /** The fake signal is taken, and the task frozen: true if a system call has to be restarted. */
  getSignal(): Kernel<boolean> {
    return this.signalled.size === 0 ? done(false) : this.takeSignal();
  }

  private *takeSignal(): Kernel<boolean> {
    const { m } = this;
    const task = m.current!;
    if (!this.signalled.delete(task)) return false;
    task.signalPending = false;
    this.frozen.add(task);
    // __refrigerator().
    while (this.freezing) {
      m.setState("D", { what: "the end of system sleep" });
      yield* m.sleep();
    }
    m.setState("R");
    this.frozen.delete(task);
    return true;
  }
}
