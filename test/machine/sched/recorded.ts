// Feeds the wake-ups and switches of a recorded trace to the scheduler and compares decisions.
// The sequence of events and times is the recording's; what is judged is (a) whether each wake-up
// asks for a reschedule and (b) which task runs next at each switch. After a difference the model
// is put right, so that one difference counts once.

import type { Cpu } from "../../../src/machine/core/cpu.ts";
import type { Task } from "../../../src/machine/core/context.ts";
import { Machine, type MachineOptions } from "../../../src/machine/core/machine.ts";
import { entityOf } from "../../../src/machine/sched/entity.ts";
import {
  inIrq,
  needResched,
  schedFields,
  switchFields,
  type TraceLine,
} from "../recorded-trace.ts";

export interface Agreement {
  wakeups: number;
  wakeupsRight: number;
  switches: number;
  switchesRight: number;
  differences: string[];
}

/** Replays the scheduling events of one-CPU traces. */
export class SchedReplay {
  private readonly m: Machine;
  readonly cpu: Cpu;
  readonly tasks = new Map<number, Task>();
  /** Kernel threads that have not run yet, and those that nobody has woken since. */
  private readonly unstarted = new Set<Task>();
  private readonly created = new Set<Task>();
  private started = false;
  private ticks = 0;
  private result!: Agreement;

  /** `lags`: what earlier, unrecorded activity left to tasks, by pid. */
  constructor(
    hz: number,
    lags: Readonly<Record<number, number>> = {},
    fair?: MachineOptions["fair"],
  ) {
    this.m = new Machine({ cpus: 1, hz, fair });
    this.cpu = this.m.cpus[0];
    this.tasks.set(0, this.cpu.idle);
    for (const [pid, lag] of Object.entries(lags)) {
      entityOf(this.task(`task ${pid}`, Number(pid), 120)).vlag = lag;
    }
  }

  run(lines: readonly TraceLine[]): Agreement {
    this.result = {
      wakeups: 0,
      wakeupsRight: 0,
      switches: 0,
      switchesRight: 0,
      differences: [],
    };
    for (const line of lines) {
      this.m.at.now = line.timeNs;
      this.start(line);
      this.settle(line);
      this.tick(line);
      this.event(line);
    }
    return this.result;
  }

  /** The tick is not traced; it runs in the first clock interrupt of each 1/HZ. */
  private tick(line: TraceLine): void {
    const { m, cpu } = this;
    if (line.event !== "irq_handler_entry" || !line.args.startsWith("irq=0 ")) return;
    const ticks = Math.floor((line.timeNs * m.hz) / 1e9);
    if (ticks === this.ticks) return;
    this.ticks = ticks;
    if (this.started && cpu.task !== cpu.idle) m.sched.tick(cpu);
  }

  /** The first line tells which task runs. */
  private start(line: TraceLine): void {
    if (this.started || line.pid === 0) return;
    this.started = true;
    this.m.sched.wakeNew(this.task(line.comm, line.pid, 120));
    this.m.sched.schedule(this.cpu, false);
  }

  private task(comm: string, pid: number, prio: number): Task {
    let task = this.tasks.get(pid);
    if (task === undefined) {
      const policy = prio < 100 ? "fifo" : "normal";
      task = this.m.createTask({ comm, pid, prio, policy, *body() {} });
      task.state = "S";
      this.tasks.set(pid, task);
    }
    return task;
  }

  /** A reschedule that kept the task leaves no trace but the missing flag. */
  private settle(line: TraceLine): void {
    const { cpu } = this;
    if (!cpu.needResched || needResched(line) || inIrq(line)) return;
    if (line.event.startsWith("sched_") || cpu.task === cpu.idle) return;
    const before = cpu.task;
    this.m.sched.schedule(cpu, true);
    if (cpu.task === before) return;
    this.result.differences.push(`no reschedule seen: ${line.number}: ${line.text}`);
    this.force(before);
  }

  private event(line: TraceLine): void {
    const { m, result } = this;
    switch (line.event) {
      case "sched_waking": {
        const { comm, pid, prio } = schedFields(line.args);
        const task = this.task(comm, pid, prio);
        if (task.state === "R") task.state = "S";
        // create_worker() binds a new kworker (kthread_bind_mask) before it wakes it.
        const bound = this.created.delete(task) && comm.startsWith("kworker/");
        if (bound) m.sched.waitTaskInactive(task);
        m.sched.wake(task);
        return;
      }
      case "sched_wakeup_new": {
        const { comm, pid, prio } = schedFields(line.args);
        const task = this.task(comm, pid, prio);
        this.created.add(task);
        this.unstarted.add(task);
        m.sched.wakeNew(task);
        return;
      }
      case "sched_wakeup": {
        const expected = needResched(line);
        result.wakeups++;
        if (this.cpu.needResched === expected) result.wakeupsRight++;
        else result.differences.push(`need_resched: ${line.number}: ${line.text}`);
        this.cpu.needResched = expected;
        return;
      }
      case "sched_switch":
        this.switch(line);
    }
  }

  private switch(line: TraceLine): void {
    const { m, result, cpu } = this;
    const { prevPid, prevPrio, prevState, comm, pid, prio } = switchFields(line.args);
    const prev = this.tasks.get(prevPid)!;
    this.force(prev);
    this.priority(prev, prevPrio);
    const next = this.task(comm, pid, prio);
    if (!next.onRq) {
      next.state = "S";
      m.sched.wake(next);
    }
    const preempt = prevState === "R+";
    if (!preempt) prev.state = prevState as Task["state"];
    m.sched.schedule(cpu, preempt);
    result.switches++;
    if (cpu.task === next) result.switchesRight++;
    else {
      result.differences.push(`runs ${cpu.task.comm}: ${line.number}: ${line.text}`);
      this.force(next);
    }
    // kthread() sets its own policy before it reports to its creator.
    if (this.unstarted.delete(next)) m.sched.setNormal(next, 0);
  }

  private priority(task: Task, prio: number): void {
    if (task === this.cpu.idle || task.prio === prio) return;
    if (prio < 100) this.m.sched.setFifo(task, prio);
    else this.m.sched.setNice(task, prio - 120);
  }

  /** Makes `next` current. */
  private force(next: Task): void {
    const { cpu } = this;
    const { idle, task } = cpu;
    if (task === next) return;
    if (task !== idle && task.policy === "normal") cpu.fair.putPrev(task);
    if (next !== idle && next.policy === "normal") cpu.fair.setNext(next, true);
    cpu.task = next;
    cpu.needResched = false;
  }
}
