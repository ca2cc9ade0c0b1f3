// Wake-ups and task switches.
// Kernel: kernel/sched/core.c (try_to_wake_up, ttwu_do_activate, __schedule), kernel/sched/rt.c.

import { K } from "../../timeline/kinds.ts";
import { flagNeedResched } from "../../timeline/recorder.ts";
import type { Task } from "./context.ts";
import type { Cpu } from "./cpu.ts";
import type { Machine } from "./machine.ts";

const wakeup = { wakeup: true, initial: false };
const initial = { wakeup: true, initial: true };

export class Scheduler {
  constructor(private readonly m: Machine) {}

  /**
   * try_to_wake_up(): makes a sleeping task runnable; false if it was not sleeping.
   * The caller's next preemption point decides whether it is preempted.
   */
  wake(task: Task): boolean {
    if (task.state === "R" || task.state === "X") return false;
    const { m } = this;
    const entry = this.emitWake(K.sched_waking, task, this.selectCpu(task));
    task.state = "R";
    task.waitingOn = null;
    task.cause = entry;
    if (task.onRq || this.isCurrent(task)) return true;
    this.activate(task, this.selectCpu(task), wakeup);
    this.emitWake(K.sched_wakeup, task, m.cpus[task.cpu]);
    return true;
  }

  /** wake_up_new_task(): the first wake-up of a task. */
  wakeNew(task: Task, cpu: Cpu = this.selectCpu(task)): void {
    task.state = "R";
    task.cpu = cpu.id;
    this.activate(task, cpu, initial);
    task.cause = this.emitWake(K.sched_wakeup_new, task, cpu);
  }

  private emitWake(kind: number, task: Task, cpu: Cpu): number {
    const { rec } = this.m;
    return rec.emit(kind, rec.str(task.comm), task.pid, task.prio, cpu.id);
  }

  private isCurrent(task: Task): boolean {
    return this.m.cpus[task.cpu].task === task;
  }

  /** select_task_rq(), reduced: the CPU it ran on if idle, else an idle one, else where it was. */
  private selectCpu(task: Task): Cpu {
    const { cpus } = this.m;
    const last = cpus[task.cpu];
    if (cpus.length === 1) return last;
    if (this.allowed(task, last) && last.task === last.idle) return last;
    for (const cpu of cpus) if (this.allowed(task, cpu) && cpu.task === cpu.idle) return cpu;
    if (this.allowed(task, last)) return last;
    return cpus.find((cpu) => this.allowed(task, cpu)) ?? last;
  }

  private allowed(task: Task, cpu: Cpu): boolean {
    return ((task.affinity >>> cpu.id) & 1) === 1;
  }

  private activate(task: Task, cpu: Cpu, flags: typeof wakeup): void {
    task.cpu = cpu.id;
    task.onRq = true;
    if (task.policy === "fifo") enqueueRt(cpu, task, false);
    else cpu.fair.enqueue(task, flags);
    if (this.preempts(cpu, task)) this.setNeedResched(cpu);
    if (cpu.state === "idle" || cpu.state === "paused") this.kick(cpu);
  }

  /** wakeup_preempt(): a higher class always preempts, the same class decides by itself. */
  private preempts(cpu: Cpu, task: Task): boolean {
    const curr = cpu.task;
    if (curr === cpu.idle) return true;
    if (task.policy === "fifo") return curr.policy !== "fifo" || task.prio < curr.prio;
    if (curr.policy === "fifo") return false;
    return cpu.fair.checkPreempt(curr, task);
  }

  /** resched_curr(). */
  setNeedResched(cpu: Cpu): void {
    cpu.needResched = true;
    if (this.m.cpu === cpu) this.m.at.flags |= flagNeedResched;
  }

  /** Sends the reschedule interrupt to a CPU that idles or busy-waits. */
  kick(cpu: Cpu): void {
    if (!cpu.needResched) return;
    const task = cpu.task;
    const preemptible = task === cpu.idle || (task.preemptCount === 0 && cpu.irqsOff === 0);
    if (preemptible && cpu.ctx === task) this.m.makeReady(cpu);
  }

  /**
   * __schedule(): the current task sleeps or is preempted (`preempt`), the next one runs.
   * Emits `sched_switch` when the task changes.
   */
  schedule(cpu: Cpu, preempt: boolean): void {
    const { m } = this;
    const prev = cpu.task;
    cpu.needResched = false;
    if (prev !== cpu.idle) this.deschedule(cpu, prev);
    const next = this.pickNext(cpu);
    if (next === prev) {
      if (prev !== cpu.idle) this.setRunning(cpu, prev);
      return;
    }
    if (next !== cpu.idle) this.setRunning(cpu, next);
    this.emitSwitch(prev, next, preempt);
    cpu.task = next;
    cpu.ctx = next;
    next.cpu = cpu.id;
    if (prev.state !== "R" && prev.state !== "X") prev.onSleep?.();
    next.onRun?.();
    const cost = m.costs.contextSwitch;
    if (cost > 0 && next !== cpu.idle && next.pauseUntil < 0) {
      const until = m.now + cost;
      next.pauseUntil = until;
      m.queue.push(until, next.cause, () => m.unpause(next, until));
    }
  }

  private deschedule(cpu: Cpu, prev: Task): void {
    if (prev.state === "R") {
      if (prev.policy === "fifo") enqueueRt(cpu, prev, true);
      else cpu.fair.putPrev(prev);
      return;
    }
    prev.onRq = false;
    prev.sleptAt = this.m.now;
    if (prev.policy === "normal") cpu.fair.dequeue(prev);
  }

  private pickNext(cpu: Cpu): Task {
    return cpu.rt[0] ?? cpu.fair.pickNext() ?? cpu.idle;
  }

  private setRunning(cpu: Cpu, task: Task): void {
    if (task.policy === "fifo") {
      const i = cpu.rt.indexOf(task);
      if (i >= 0) cpu.rt.splice(i, 1);
    } else cpu.fair.setNext(task);
  }

  private emitSwitch(prev: Task, next: Task, preempt: boolean): void {
    const { rec } = this.m;
    const state = preempt && prev.kind === "task" && prev.state === "R" ? "R+" : prev.state;
    rec.emit(
      K.sched_switch,
      rec.str(prev.comm),
      prev.pid,
      prev.prio,
      rec.str(state),
      rec.str(next.comm),
      next.pid,
      next.prio,
    );
  }

  /** sched_setscheduler_nocheck() of a task that does not run (irq threads set theirs early). */
  setFifo(task: Task, prio: number): void {
    task.policy = "fifo";
    task.prio = prio;
  }
}

/** Keeps the queue in order of priority, first in first out; a preempted task goes back first. */
function enqueueRt(cpu: Cpu, task: Task, head: boolean): void {
  const { rt } = cpu;
  const i = rt.findIndex((t) => (head ? t.prio >= task.prio : t.prio > task.prio));
  if (i < 0) rt.push(task);
  else rt.splice(i, 0, task);
}
