// Which CPU a woken task goes to, and what a CPU that runs out of work takes from the others.
// Kernel: kernel/sched/fair.c (select_task_rq_fair, wake_affine, select_idle_sibling,
// sched_balance_newidle), kernel/sched/rt.c (select_task_rq_rt). Reduced: all CPUs share a cache
// and are equal, load is the number of queued tasks, only a CPU that goes idle balances.

import type { Task } from "./context.ts";
import type { Cpu } from "./cpu.ts";
import type { Machine } from "./machine.ts";

/** select_task_rq(). */
export function selectCpu(m: Machine, task: Task): Cpu {
  const { cpus } = m;
  const last = cpus[task.cpu];
  if (cpus.length === 1) return last;
  const prev = allowed(task, last) ? last : cpus.find((cpu) => allowed(task, cpu));
  if (prev === undefined) return last;
  if (task.policy === "fifo") return selectRt(cpus, task, prev);
  const here = m.cpu !== null && allowed(task, m.cpu) ? m.cpu : prev;
  const target = wakeAffine(here, prev);
  if (isIdle(target)) return target;
  if (isIdle(prev)) return prev;
  for (let i = 1; i < cpus.length; i++) {
    const cpu = cpus[(target.id + i) % cpus.length];
    if (isIdle(cpu) && allowed(task, cpu)) return cpu;
  }
  return target;
}

/** wake_affine(): the waker's CPU or the one it ran on. */
function wakeAffine(here: Cpu, prev: Cpu): Cpu {
  if (here === prev || isIdle(prev)) return prev;
  if (isIdle(here)) return here;
  return load(here) < load(prev) ? here : prev;
}

/** An RT task stays, unless the CPU runs one that it may not preempt. */
function selectRt(cpus: readonly Cpu[], task: Task, prev: Cpu): Cpu {
  const fits = (cpu: Cpu): boolean => cpu.rt.length === 0 || cpu.rt[0].prio > task.prio;
  if (fits(prev)) return prev;
  return cpus.find((cpu) => allowed(task, cpu) && fits(cpu)) ?? prev;
}

/** sched_balance_newidle(): takes one waiting task of the busiest CPU; true if it got one. */
export function pullTask(m: Machine, to: Cpu): boolean {
  let busiest: Cpu | null = null;
  for (const cpu of m.cpus) {
    if (cpu !== to && load(cpu) > 1 && (busiest === null || load(cpu) > load(busiest)))
      busiest = cpu;
  }
  const task = busiest?.fair.steal((t) => allowed(t, to)) ?? null;
  if (task === null) return false;
  m.sched.migrate(task, to);
  return true;
}

function load(cpu: Cpu): number {
  return cpu.fair.nrQueued + cpu.rt.length;
}

function isIdle(cpu: Cpu): boolean {
  return cpu.task === cpu.idle && !cpu.needResched;
}

function allowed(task: Task, cpu: Cpu): boolean {
  return ((task.affinity >>> cpu.id) & 1) === 1;
}
