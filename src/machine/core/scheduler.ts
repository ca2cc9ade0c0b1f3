// Wake-ups and task switches.
// Kernel: kernel/sched/core.c (try_to_wake_up, ttwu_runnable, __schedule, sched_tick,
// sched_change_begin/end) and kernel/sched/rt.c for SCHED_FIFO; the fair class is machine/sched.
// CPU selection and idle balancing are in cpu-select.ts.

import { K } from "../../timeline/kinds.ts";
import { flagIrqsOff, flagNeedResched } from "../../timeline/recorder.ts";
import type { Task, TaskState } from "./context.ts";
import type { Cpu } from "./cpu.ts";
import { pullTask, selectCpu } from "./cpu-select.ts";
import type { Machine } from "./machine.ts";
import type { FairHost } from "./sched-class.ts";
import { insertAt, removeFrom } from "./small-array.ts";

const plain = {};
const initial = { initial: true };
const delayed = { delayed: true };
const blocks = { sleep: true };
const dies = { sleep: true, special: true };
const requeues = { sleep: false };

export class Scheduler {
  /** Interned state letters of `sched_switch`. */
  private readonly preemptedId: number;
  private readonly sleepingId: number;
  private readonly idleId: number;

  constructor(private readonly m: Machine) {
    const { rec } = m;
    this.preemptedId = rec.str("R+");
    this.sleepingId = rec.str("S");
    this.idleId = rec.str("I");
  }

  private stateId(state: TaskState): number {
    if (state === "S") return this.sleepingId;
    return state === "I" ? this.idleId : this.m.rec.str(state);
  }

  /** What the fair run queue of CPU `id` needs. */
  fairHost(id: number): FairHost {
    const { m } = this;
    return {
      reschedCurr: () => this.setNeedResched(m.cpus[id]),
      needsResched: () => m.cpus[id].needResched,
      blocked: (task) => {
        task.onRq = false;
      },
    };
  }

  /**
   * try_to_wake_up(): makes a sleeping task runnable; false if it was not sleeping.
   * The caller's next preemption point decides whether it is preempted.
   */
  wake(task: Task): boolean {
    if (task.state === "R" || task.state === "X") return false;
    const { m } = this;
    let cpu = m.cpus[task.cpu];
    const entry = this.emitWake(K.sched_waking, task, cpu);
    const running = cpu.task === task;
    task.waitingOn = null;
    if (!running) task.cause = entry;
    if (task.onRq) this.wakeQueued(cpu, task, running);
    else {
      cpu = selectCpu(m, task);
      cpu.fair.clock = m.at.now;
      this.activate(cpu, task, plain);
      this.wakeupPreempt(cpu, task, false);
    }
    task.state = "R";
    this.emitWake(K.sched_wakeup, task, cpu);
    this.kick(cpu);
    return true;
  }

  /** ttwu_runnable(): it has not left its queue, or is still running. */
  private wakeQueued(cpu: Cpu, task: Task, running: boolean): void {
    // A task that wakes itself on its way to sleep does not touch the run queue.
    if (running && this.m.cpu === cpu) return;
    cpu.fair.clock = this.m.at.now;
    if (task.policy === "normal" && cpu.fair.isDelayed(task)) cpu.fair.enqueue(task, delayed);
    if (!running) this.wakeupPreempt(cpu, task, false);
  }

  /** wake_up_new_task(): the first wake-up of a task. */
  wakeNew(task: Task, cpu: Cpu = selectCpu(this.m, task)): void {
    task.state = "R";
    cpu.fair.clock = this.m.at.now;
    this.activate(cpu, task, initial);
    task.cause = this.emitWake(K.sched_wakeup_new, task, cpu);
    this.wakeupPreempt(cpu, task, true);
    this.kick(cpu);
  }

  private emitWake(kind: number, task: Task, cpu: Cpu): number {
    const { rec, at } = this.m;
    const { flags } = at;
    at.flags |= flagIrqsOff;
    const entry = rec.emit(kind, this.commId(task), task.pid, task.prio, cpu.id);
    at.flags = flags;
    return entry;
  }

  /** activate_task(). */
  private activate(cpu: Cpu, task: Task, flags: typeof initial | typeof plain): void {
    task.cpu = cpu.id;
    task.onRq = true;
    if (task.policy === "fifo") enqueueRt(cpu, task);
    else cpu.fair.enqueue(task, flags);
  }

  /** wakeup_preempt(): a higher class preempts, the same class decides by itself. */
  private wakeupPreempt(cpu: Cpu, task: Task, fork: boolean): void {
    const curr = cpu.task;
    if (curr === cpu.idle) this.setNeedResched(cpu);
    else if (task.policy === "fifo") {
      if (curr.policy !== "fifo" || task.prio < curr.prio) this.setNeedResched(cpu);
    } else if (curr.policy !== "fifo") cpu.fair.wakeupPreempt(task, fork);
    // A switch is coming: it saves itself the second look at the time.
    if (curr.onRq && cpu.needResched) cpu.clockSkip = true;
  }

  /** resched_curr(). */
  setNeedResched(cpu: Cpu): void {
    cpu.needResched = true;
    if (this.m.cpu === cpu) this.m.at.flags |= flagNeedResched;
  }

  /** Sends the reschedule interrupt to a CPU that idles or busy-waits. */
  kick(cpu: Cpu): void {
    if (!cpu.needResched || (cpu.state !== "idle" && cpu.state !== "paused")) return;
    const task = cpu.task;
    const preemptible = task === cpu.idle || (task.preemptCount === 0 && cpu.irqsOff === 0);
    if (preemptible && cpu.ctx === task) this.m.makeReady(cpu);
  }

  /** sched_tick(): the periodic tick of a CPU that does not idle, from its timer interrupt. */
  tick(cpu: Cpu): void {
    const curr = cpu.task;
    cpu.fair.clock = this.m.at.now;
    if (curr !== cpu.idle && curr.policy === "normal") cpu.fair.tick();
  }

  /**
   * __schedule(): the current task blocks, gives way or is preempted (`preempt`: it stays on the
   * queue whatever its state); the next one runs. Emits `sched_switch` when the task changes.
   */
  schedule(cpu: Cpu, preempt: boolean): void {
    const { m } = this;
    const prev = cpu.task;
    // sched_submit_work(): a worker that goes to sleep may wake another one first.
    if (!preempt && prev.worker !== null && prev.state !== "R" && prev.state !== "X") {
      prev.worker.sleeps();
    }
    m.rcu?.noteContextSwitch(cpu, prev);
    if (!cpu.clockSkip) cpu.fair.clock = m.at.now;
    cpu.clockSkip = false;
    if (!preempt && prev !== cpu.idle && prev.state !== "R") this.block(cpu, prev);
    const next = this.pickNext(cpu, prev);
    cpu.needResched = false;
    m.at.flags = (m.at.flags & ~flagNeedResched) | flagIrqsOff;
    if (next === prev) {
      // schedule() returns at once: a wake-up came first.
      if (!preempt && next.worker !== null) next.worker.runs();
      return;
    }
    if (prev !== cpu.idle && prev.policy === "normal") cpu.fair.putPrev(prev);
    if (next !== cpu.idle && next.policy === "normal") cpu.fair.setNext(next, true);
    this.emitSwitch(prev, next, preempt);
    cpu.task = next;
    cpu.ctx = next;
    next.cpu = cpu.id;
    if (next.worker !== null) next.worker.runs();
    const cost = m.costs.contextSwitch;
    if (cost > 0 && next !== cpu.idle && next.pauseUntil < 0) {
      const until = m.now + cost;
      next.pauseUntil = until;
      m.queue.push(until, next.cause, () => m.unpause(next, until));
    }
  }

  /** A CPU goes on idling, with nothing on its queues: no schedule(), but RCU sees it idle. */
  noteIdle(cpu: Cpu): void {
    this.m.rcu?.noteContextSwitch(cpu, cpu.idle);
  }

  /** block_task(). */
  private block(cpu: Cpu, task: Task): void {
    task.sleptAt = this.m.now;
    if (task.policy === "fifo") dequeueRt(cpu, task);
    else if (!cpu.fair.dequeue(task, task.state === "X" ? dies : blocks)) return;
    task.onRq = false;
  }

  private pickNext(cpu: Cpu, prev: Task): Task {
    const next = cpu.rt[0] ?? cpu.fair.pickNext();
    if (next !== null) return next;
    if (prev !== cpu.idle && pullTask(this.m, cpu)) return cpu.fair.pickNext() ?? cpu.idle;
    return cpu.idle;
  }

  private emitSwitch(prev: Task, next: Task, preempt: boolean): void {
    const { rec } = this.m;
    rec.emitLong(
      K.sched_switch,
      this.commId(prev),
      prev.pid,
      prev.prio,
      preempt ? this.preemptedId : this.stateId(prev.state),
      this.commId(next),
      next.pid,
      next.prio,
    );
  }

  private commId(task: Task): number {
    if (task.commId < 0) task.commId = this.m.rec.str(task.comm);
    return task.commId;
  }

  /** sched_setscheduler_nocheck(SCHED_FIFO): irq threads call it for themselves. */
  setFifo(task: Task, prio: number): void {
    const cpu = this.m.cpus[task.cpu];
    const running = cpu.task === task;
    cpu.fair.clock = this.m.at.now;
    if (task.policy === "normal" && task.onRq) {
      cpu.fair.dequeue(task, requeues);
      if (running) cpu.fair.putPrev(task);
    } else if (task.onRq) dequeueRt(cpu, task);
    task.policy = "fifo";
    task.prio = prio;
    if (!task.onRq) return;
    enqueueRt(cpu, task);
    // The class of the CPU's current task went up: reschedule, even if it picks the same task.
    if (running) this.setNeedResched(cpu);
    else this.wakeupPreempt(cpu, task, false);
  }

  /** set_user_nice() of a SCHED_NORMAL task. */
  setNice(task: Task, nice: number): void {
    if (task.prio !== 120 + nice) this.setNormal(task, nice);
  }

  /**
   * sched_setscheduler(SCHED_NORMAL) of a SCHED_NORMAL task. Even without a change the task is
   * taken off the queue and placed again, which can shift its vruntime by rounding.
   */
  setNormal(task: Task, nice: number): void {
    const cpu = this.m.cpus[task.cpu];
    const running = cpu.task === task;
    const old = task.prio;
    cpu.fair.clock = this.m.at.now;
    if (task.onRq) {
      cpu.fair.dequeue(task, requeues);
      if (running) cpu.fair.putPrev(task);
    }
    task.prio = 120 + nice;
    if (!task.onRq) return;
    cpu.fair.enqueue(task, plain);
    if (running) cpu.fair.setNext(task, false);
    if (task.prio === old || cpu.fair.nrQueued === 1) return;
    if (!running) this.wakeupPreempt(cpu, task, false);
    else if (task.prio > old) this.setNeedResched(cpu);
  }

  /** wait_task_inactive() of a task that sleeps: it leaves the queue for good. */
  waitTaskInactive(task: Task): void {
    const cpu = this.m.cpus[task.cpu];
    if (task.policy !== "normal" || !cpu.fair.isDelayed(task)) return;
    cpu.fair.clock = this.m.at.now;
    cpu.fair.dequeueDelayed(task);
  }

  /** Moves a queued task that does not run to another CPU. */
  migrate(task: Task, to: Cpu): void {
    this.m.cpus[task.cpu].fair.dequeue(task, requeues);
    this.activate(to, task, plain);
  }
}

/** Highest priority first, first in first out; the running task keeps its place at the head. */
function enqueueRt(cpu: Cpu, task: Task): void {
  const { rt } = cpu;
  let i = rt.length;
  while (i > 0 && rt[i - 1].prio > task.prio) i--;
  insertAt(rt, i, task);
}

function dequeueRt(cpu: Cpu, task: Task): void {
  removeFrom(cpu.rt, task);
}
