// Waiting for work items: barriers behind single items, flush colours for whole workqueues.
// Kernel: kernel/workqueue.c (insert_wq_barrier, __flush_work, __cancel_work_sync,
// __flush_workqueue, drain_workqueue, destroy_workqueue).

import type { Kernel } from "../core/op.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import { Completion } from "../wait/completion.ts";
import type { WqEnv } from "./env.ts";
import { nextColor, type PoolWorkqueue } from "./pool-workqueue.ts";
import type { Worker } from "./pool.ts";
import type { Queueing } from "./queueing.ts";
import { type DelayedWork, Work } from "./work.ts";
import type { Flusher, Workqueue } from "./workqueue.ts";

export class Flush {
  constructor(
    private readonly env: WqEnv,
    private readonly queueing: Queueing,
  ) {}

  // --- single items ---------------------------------------------------------------------------

  /** flush_work(): false if the item was idle. */
  *flushWork(work: Work, fromCancel = false): Kernel<boolean> {
    const { env } = this;
    mightSleep(env.m, "flush_work", work.functionName);
    const pool = work.pwq?.pool ?? work.pool;
    if (pool === null) return false;
    env.lock();
    const worker = work.pwq === null ? pool.workerOf(work) : null;
    const pwq = work.pwq ?? worker?.currentPwq ?? null;
    if (pwq === null) {
      yield* env.unlock();
      return false;
    }
    const { wq } = pwq;
    this.checkDependency(wq, work, fromCancel);
    const finished = new Completion(env.m, `flush of ${work.functionName}`);
    this.insertBarrier(pwq, finished, work, worker);
    yield* env.unlock();
    if (!fromCancel && (wq.maxActive === 1 || wq.rescuer !== null)) this.touchLockMap(wq);
    yield* finished.wait();
    return true;
  }

  /** flush_delayed_work(): a delayed item is queued at once. */
  *flushDelayedWork(dwork: DelayedWork): Kernel<boolean> {
    const { m } = this.env;
    m.localIrqSave();
    if (dwork.timer !== null && (yield* dwork.timer.delete())) {
      this.queueing.insert(dwork.wq!, dwork.work, -1);
    }
    yield* m.localIrqRestore();
    return yield* this.flushWork(dwork.work);
  }

  /** insert_wq_barrier(): an item that completes `finished` right after `target`. */
  private insertBarrier(
    pwq: PoolWorkqueue,
    finished: Completion,
    target: Work,
    worker: Worker | null,
  ): void {
    const barrier = new Work("wq_barrier_func", () => finished.complete());
    barrier.pending = true;
    barrier.inactive = true;
    barrier.cause = this.env.m.at.cause;
    barrier.pwq = pwq;
    if (worker !== null) {
      barrier.color = worker.currentColor;
      barrier.list = worker.scheduled;
      worker.scheduled.unshift(barrier);
    } else {
      const list = target.list!;
      barrier.color = target.color;
      barrier.linked = target.linked;
      target.linked = true;
      barrier.list = list;
      list.splice(list.indexOf(target) + 1, 0, barrier);
    }
    pwq.inFlight[barrier.color]++;
  }

  /** cancel_work_sync(), disable_work_sync(): not pending and not running on return. */
  *cancelSync(work: Work, dwork: DelayedWork | null, disable: boolean): Kernel<boolean> {
    const { queueing } = this;
    const wasPending = yield* queueing.cancel(work, dwork, true);
    mightSleep(this.env.m, "cancel_work_sync", work.functionName);
    yield* this.flushWork(work, true);
    if (!disable) yield* queueing.enable(work);
    return wasPending;
  }

  /** check_flush_dependency(): reclaim work must not wait for work that needs memory. */
  private checkDependency(wq: Workqueue, work: Work | null, fromCancel: boolean): void {
    if (fromCancel || wq.options.memReclaim === true) return;
    const worker = this.env.currentWorker;
    const current = worker?.currentPwq?.wq;
    if (current?.options.memReclaim !== true) return;
    this.env.m.rec.log(
      "warn",
      `workqueue: WQ_MEM_RECLAIM ${current.name}:${worker!.currentWork!.functionName} ` +
        `is flushing !WQ_MEM_RECLAIM ${wq.name}:${work?.functionName ?? "(all)"}`,
    );
  }

  /** touch_wq_lockdep_map(). */
  private touchLockMap(wq: Workqueue): void {
    const { lockdep } = this.env.m;
    lockdep?.acquire(wq.lockMap, 0, false);
    lockdep?.release(wq.lockMap);
  }

  // --- whole workqueues -----------------------------------------------------------------------

  /** __flush_workqueue(). */
  *flushWorkqueue(wq: Workqueue): Kernel {
    this.touchLockMap(wq);
    yield* wq.mutex.lock();
    const me = { color: -1, done: new Completion(this.env.m, `flush of ${wq.name}`) };
    if (!(yield* this.startToWait(wq, me))) {
      yield* wq.mutex.unlock();
      return;
    }
    this.checkDependency(wq, null, false);
    yield* wq.mutex.unlock();
    yield* me.done.wait();
    if (wq.firstFlusher !== me) return;
    yield* wq.mutex.lock();
    if (wq.firstFlusher === me) yield* this.cascade(wq);
    yield* wq.mutex.unlock();
  }

  /** The start-to-wait phase: takes a colour; false if nothing has to be waited for. */
  private *startToWait(wq: Workqueue, me: Flusher): Kernel<boolean> {
    const next = nextColor(wq.workColor);
    if (next === wq.flushColor) {
      wq.flusherOverflow.push(me);
      return true;
    }
    me.color = wq.workColor;
    wq.workColor = next;
    if (wq.firstFlusher !== null) {
      wq.flusherQueue.push(me);
      yield* this.prepare(wq, -1, wq.workColor);
      return true;
    }
    wq.firstFlusher = me;
    if (yield* this.prepare(wq, wq.flushColor, wq.workColor)) return true;
    wq.flushColor = next;
    wq.firstFlusher = null;
    return false;
  }

  /** flush_workqueue_prep_pwqs(). */
  private *prepare(wq: Workqueue, flushColor: number, workColor: number): Kernel<boolean> {
    let wait = false;
    if (flushColor >= 0) wq.pwqsToFlush = 1;
    this.env.lock();
    for (const pwq of wq.pwqs) {
      if (flushColor >= 0 && pwq.inFlight[flushColor] > 0) {
        pwq.flushColor = flushColor;
        wq.pwqsToFlush++;
        wait = true;
      }
      if (workColor >= 0) pwq.workColor = workColor;
    }
    yield* this.env.unlock();
    if (flushColor >= 0 && --wq.pwqsToFlush === 0) yield* wq.firstFlusher!.done.complete();
    return wait;
  }

  /** The wake-up-and-cascade phase of the first flusher. */
  private *cascade(wq: Workqueue): Kernel {
    const { flusherQueue: queue, flusherOverflow: overflow } = wq;
    wq.firstFlusher = null;
    for (;;) {
      while (queue.length > 0 && queue[0].color === wq.flushColor) {
        yield* queue.shift()!.done.complete();
      }
      wq.flushColor = nextColor(wq.flushColor);
      if (overflow.length > 0) {
        for (const flusher of overflow) flusher.color = wq.workColor;
        wq.workColor = nextColor(wq.workColor);
        queue.push(...overflow.splice(0));
        yield* this.prepare(wq, -1, wq.workColor);
      }
      if (queue.length === 0) return;
      wq.firstFlusher = queue.shift()!;
      if (yield* this.prepare(wq, wq.flushColor, -1)) return;
      wq.firstFlusher = null;
    }
  }

  /** drain_workqueue(). */
  *drain(wq: Workqueue): Kernel {
    yield* wq.mutex.lock();
    wq.drainers++;
    yield* wq.mutex.unlock();
    for (let tries = 0; ;) {
      yield* this.flushWorkqueue(wq);
      yield* wq.mutex.lock();
      if (wq.isEmpty) break;
      if (++tries === 10 || (tries % 100 === 0 && tries <= 1000)) {
        const text = `workqueue ${wq.name}: drain_workqueue() isn't complete after ${tries} tries`;
        this.env.m.rec.log("warn", text);
      }
      yield* wq.mutex.unlock();
    }
    wq.drainers--;
    yield* wq.mutex.unlock();
  }

  /** destroy_workqueue(). */
  *destroy(wq: Workqueue): Kernel {
    yield* wq.mutex.lock();
    wq.destroying = true;
    yield* wq.mutex.unlock();
    yield* this.drain(wq);
    if (wq.rescuer !== null) {
      yield* this.env.kthreads.stop(wq.rescuer);
      wq.rescuer = null;
    }
  }
}
