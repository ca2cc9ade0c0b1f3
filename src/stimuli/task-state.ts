// A task of a recording as it is followed from event to event: the call that it is in, and how it
// spent the time since the last one.

import type { StreamEvent } from "../timeline/event-stream.ts";
import type { Call, Nap, TaskFacts } from "./facts.ts";
import type { MarkArgs } from "./mark.ts";

export interface TaskState {
  readonly facts: TaskFacts;
  open: Call | null;
  /** Arguments of the next call. */
  before: MarkArgs[];
  last: Call | null;
  /** When the previous call returned. */
  returnedNs: number;
  /** CPU time since then, as far as the task is off the CPU now. */
  usedNs: number;
  onCpuSince: number;
  slept: boolean;
  /** Sleeps since then, and when the last one began. */
  sleeps: number;
  sleptAt: number;
  /** CPU time before that, and when a timer ended it; null for another waker. */
  usedBefore: number;
  timerAt: number | null;
  /** It was woken by a task that it has waited for; the wait ends with its next turn. */
  joined: Call | null;
  /** CPU time since the kernel last did something inside the open call. */
  tailNs: number;
  tailPreempted: boolean;
}

/** A task that shows for the first time. */
export function newTask(
  { pid, comm, cpu, time }: Pick<StreamEvent, "pid" | "comm" | "cpu" | "time">,
  returnedNs: number,
): TaskState {
  const facts: TaskFacts = { pid, comm, calls: [], cpu, cloned: false, process: false };
  return {
    facts,
    open: null,
    before: [],
    last: null,
    returnedNs,
    usedNs: 0,
    onCpuSince: time,
    slept: false,
    sleeps: 0,
    sleptAt: 0,
    usedBefore: 0,
    timerAt: null,
    joined: null,
    tailNs: 0,
    tailPreempted: false,
  };
}

/** Brings the CPU time of a running task up to date. */
export function settle(task: TaskState, now: number): void {
  const ran = Math.max(0, now - task.onCpuSince);
  task.usedNs += ran;
  task.tailNs += ran;
  task.onCpuSince = now;
}

/** A task loses the CPU, or gives it up. */
export function switchedOut(task: TaskState, state: string, now: number): void {
  settle(task, now);
  task.onCpuSince = Infinity;
  if (!state.startsWith("R")) {
    task.slept = true;
    task.sleeps++;
    task.sleptAt = now;
    task.usedBefore = task.usedNs;
    task.timerAt = null;
    task.facts.process = state.startsWith("Z");
    task.tailNs = 0;
  } else if (state === "R" && task.tailNs > 0) task.tailPreempted = true;
}

/** A task gets the CPU: with that, a wait for the end of another one is over. */
export function switchedIn(task: TaskState, now: number): void {
  task.onCpuSince = now;
  if (task.joined === null) return;
  task.joined.endNs = task.returnedNs = now;
  task.joined = null;
  task.usedNs = 0;
  task.slept = false;
  task.sleeps = 0;
}

/** The one sleep of a task since its last call, if a timer has ended it. */
export function napOf(task: TaskState): Nap | null {
  const { sleeps, timerAt, usedBefore, sleptAt } = task;
  if (sleeps !== 1 || timerAt === null) return null;
  return { usedNs: usedBefore, ns: timerAt - sleptAt };
}
