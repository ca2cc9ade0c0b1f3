// Reports at the end of a run: what every blocked task waits for, cycles among the waits, tasks
// that sleep uninterruptibly for too long (kernel/hung_task.c) and locks never released.

import type { Task } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { heldBy } from "../lock/held.ts";

/** Why a machine with unfinished programs has nothing left to run. */
export interface DeadlockReport {
  /** Blocked tasks, in order of creation. */
  readonly blocked: readonly Task[];
  /** Tasks that wait for each other, if there are such. */
  readonly cycle: readonly Task[];
  readonly text: string;
}

/** The task that could end the wait of `task`. */
function waitsFor(task: Task): Task | null {
  return task.waitingOn?.owner?.() ?? null;
}

function isBlocked(task: Task): boolean {
  return task.state === "D" || task.state === "S" || task.pauseUntil === Infinity;
}

/** A cycle in the wait-for graph that contains or is reached from `start`. */
function findCycle(start: Task): readonly Task[] {
  const path: Task[] = [];
  for (let task: Task | null = start; task !== null; task = waitsFor(task)) {
    const i = path.indexOf(task);
    if (i >= 0) return path.slice(i);
    path.push(task);
  }
  return [];
}

function describe(task: Task, nowNs: number): string {
  const what = task.pauseUntil === Infinity ? "spins" : (task.waitingOn?.what ?? "sleeps");
  const owner = waitsFor(task);
  const held = task.heldLocks.map(({ name }) => name).join(", ");
  const since = ((nowNs - task.sleptAt) / 1e6).toFixed(3);
  let line = `  ${task.comm}-${task.pid} [${task.state}] for ${since} ms: ${what}`;
  if (owner !== null) line += `, held by ${owner.comm}-${owner.pid}`;
  if (held !== "") line += `; holds ${held}`;
  return line;
}

/**
 * The wait-for graph of the machine as it stands. `programs` are the tasks that should have ended
 * (threads and workers sleep by nature and only appear if they hold a lock or block a program).
 */
export function deadlockReport(m: Machine, programs: readonly Task[]): DeadlockReport | null {
  const stuck = programs.filter((task) => task.state !== "X");
  // An oops kills a task where it stands.
  const killed = programs.filter((task) => task.state === "X" && task.gen !== null);
  if (stuck.length + killed.length === 0) return null;
  const blocked: Task[] = [];
  const add = (task: Task | null): void => {
    for (let t = task; t !== null && !blocked.includes(t); t = waitsFor(t)) {
      if (isBlocked(t)) blocked.push(t);
      else break;
    }
  };
  for (const task of stuck) add(task);
  for (const task of m.tasks) if (task.heldLocks.length > 0) add(task);
  let cycle: readonly Task[] = [];
  for (const task of blocked) if (cycle.length === 0) cycle = findCycle(task);
  const lines = ["deadlock: nothing is left to run, but programs have not ended"];
  for (const task of blocked) lines.push(describe(task, m.now));
  for (const { comm, pid } of killed) lines.push(`  ${comm}-${pid} [X]: killed in the kernel`);
  if (cycle.length > 0) {
    const names = [...cycle, cycle[0]].map((t) => `${t.comm}-${t.pid}`);
    lines.push(`  cycle: ${names.join(" -> ")}`);
  }
  return { blocked, cycle, text: lines.join("\n") };
}

/** check_hung_uninterruptible_tasks(): D-state sleeps longer than `timeoutNs`. */
export function hungTasks(m: Machine, timeoutNs = 120e9): readonly string[] {
  const seconds = Math.floor(timeoutNs / 1e9);
  return m.tasks
    .filter((t) => t.state === "D" && m.now - t.sleptAt >= timeoutNs)
    .map((t) => {
      const line = `INFO: task ${t.comm}:${t.pid} blocked for more than ${seconds} seconds.`;
      return t.waitingOn === null ? line : `${line} waiting for ${t.waitingOn.what}`;
    });
}

/**
 * What tasks still hold: "still has locks held". Those that have ended; when nothing is left to do,
 * also threads that sleep until there is more (of interrupts, of the kernel).
 */
export function leakedLocks(m: Machine, of: "ended" | "all" = "ended"): readonly string[] {
  return m.tasks
    .filter((t) => (of === "all" || t.state === "X") && heldBy(t).length > 0)
    .map((t) => `WARNING: ${t.comm}/${t.pid} still has locks held: ${heldBy(t).join(", ")}`);
}
