// Runs a machine on the stimulus of a recorded trace. Which worker runs what, who preempts whom and
// which workers are created is up to the model; the resulting order of scheduling and workqueue
// events is compared with the recording.

import type { Task } from "../../../src/machine/core/context.ts";
import { zeroCosts } from "../../../src/machine/core/costs.ts";
import { Machine } from "../../../src/machine/core/machine.ts";
import type { Atomic, Kernel } from "../../../src/machine/core/op.ts";
import { Kthreads } from "../../../src/machine/kthread.ts";
import { entityOf } from "../../../src/machine/sched/entity.ts";
import { recordedClock } from "../../../src/machine/time/clock.ts";
import { Timers } from "../../../src/machine/time/timers.ts";
import { type InitialWorker, Work, Workqueues } from "../../../src/machine/workqueue/index.ts";
import { kindNames } from "../../../src/timeline/kinds.ts";
import { flagNeedResched } from "../../../src/timeline/recorder.ts";
import { needResched, schedFields, switchFields, type TraceLine } from "../recorded-trace.ts";
import { type Action, stimulusOf } from "./stimulus.ts";

export interface StimulusOptions {
  readonly hz: number;
  /** Lags of tasks at the start, by pid. */
  readonly lags: ReadonlyMap<number, number>;
  readonly workers: readonly InitialWorker[];
  readonly firstPid: number;
}

/** Runs the stimulus; the events as `compared` prints those of a recording. */
export function runStimulus(lines: readonly TraceLine[], options: StimulusOptions): string[] {
  const stimulus = stimulusOf(lines);
  const startNs = lines[0].timeNs;
  const m = new Machine({
    cpus: 1,
    hz: options.hz,
    startNs,
    firstPid: options.firstPid,
    costs: { ...zeroCosts, clockRead: 256 },
  });
  const kthreads = new Kthreads(m);
  const workqueues = new Workqueues(m, new Timers(m, { clock: recordedClock }), kthreads, {
    workers: options.workers,
  });
  const queues = new Map<string, ReturnType<Workqueues["alloc"]>>();
  const works = new Map<string, Work>();
  const counts = new Map<string, number>();
  const tasks = new Map<number, Task>();

  function* perform(actions: readonly Action[]): Kernel {
    let held = 0;
    for (const action of actions) {
      if (action.timeNs > m.now) yield* m.until(action.timeNs);
      switch (action.kind) {
        case "queue":
          if (workOf(action.work).pending) yield* workqueues.cancelWork(workOf(action.work));
          yield* queueOf(action.wq).queueWork(workOf(action.work));
          if (action.takenBack) yield* workqueues.cancelWork(workOf(action.work));
          break;
        case "wake":
          m.sched.wake(taskOf(action.pid));
          break;
        case "hold":
          held++;
          m.preemptDisable();
          break;
        case "point":
          for (; held > 0; held--) yield* m.preemptEnable();
          yield* m.preemptPoint();
          break;
        case "irq":
          m.localIrqSave();
          m.interrupt(m.cpu!, interruptOf(action.actions));
          yield* m.localIrqRestore();
          yield* m.preemptPoint();
          break;
        case "block":
          for (; held > 0; held--) yield* m.preemptEnable();
          m.setState(action.state);
          yield* m.sleep();
      }
    }
    m.ctx!.preemptCount -= held;
  }

  function* performAll(actions: readonly Action[]): Kernel {
    yield* perform(actions);
    yield* m.until(Infinity);
  }

  function interruptOf(actions: readonly Action[]) {
    return { name: "recorded", cause: -1, start: () => perform(actions) as Atomic<void> };
  }

  function queueOf(name: string) {
    let queue = queues.get(name);
    if (queue === undefined) {
      const bound = name === "events" || name === "mm_percpu_wq" || name === "rcu_gp";
      const ordered = name.includes("reset");
      queue = workqueues.alloc(name, { unbound: !bound, ordered });
      queues.set(name, queue);
    }
    return queue;
  }

  function workOf(id: string): Work {
    let work = works.get(id);
    if (work === undefined) {
      work = new Work(stimulus.functions.get(id)!, function* () {
        const n = counts.get(id) ?? 0;
        counts.set(id, n + 1);
        yield* perform(stimulus.runs.get(id)?.[n] ?? []);
      });
      works.set(id, work);
    }
    return work;
  }

  function taskOf(pid: number): Task {
    const task = tasks.get(pid) ?? m.tasks.find((t) => t.pid === pid);
    if (task === undefined) throw new Error(`no task with pid ${pid}`);
    return task;
  }

  for (const [pid, { comm, prio, actions }] of stimulus.tasks) {
    const policy = prio < 100 ? "fifo" : "normal";
    const task = m.createTask({ comm, pid, prio, policy, body: () => performAll(actions) });
    task.state = "S";
    tasks.set(pid, task);
  }
  for (const task of m.tasks) entityOf(task).vlag = options.lags.get(task.pid) ?? 0;
  for (const { timeNs, actions } of stimulus.idleIrqs) {
    m.schedule(timeNs, () => m.interrupt(m.cpus[0], interruptOf(actions)));
  }
  const first = lines.find((line) => line.pid !== 0)!;
  m.sched.wake(taskOf(first.pid));
  m.sched.schedule(m.cpus[0], false);
  m.makeReady(m.cpus[0]);
  const from = m.rec.length;
  m.run(lines[lines.length - 1].timeNs + 1);
  return eventsOf(m, from);
}

const wanted = new Set([
  "sched_waking",
  "sched_wakeup",
  "sched_wakeup_new",
  "sched_switch",
  "workqueue_queue_work",
  "workqueue_activate_work",
  "workqueue_execute_start",
  "workqueue_execute_end",
]);

/** The recording's scheduling and workqueue events in short form. */
export function compared(lines: readonly TraceLine[]): string[] {
  return lines
    .filter((line) => wanted.has(line.event))
    .map((line) => `${line.pid} ${needResched(line) ? "n" : "."} ${short(line)}`);
}

function short({ event, args, timeNs }: TraceLine): string {
  if (event === "sched_switch") {
    const s = switchFields(args);
    return `${timeNs} switch ${s.prevState} ${s.comm}-${s.pid}`;
  }
  if (event.startsWith("sched_")) {
    const { comm, pid } = schedFields(args);
    return `${timeNs} ${event.slice(6)} ${comm}-${pid}`;
  }
  const fn = /function[= ](\S+)/.exec(args)![1];
  return `${timeNs} ${event.slice(10)} ${fn}`;
}

function eventsOf(m: Machine, from: number): string[] {
  const { rec } = m;
  const out: string[] = [];
  for (let i = from; i < rec.length; i++) {
    const event = kindNames[rec.kind(i)];
    if (!wanted.has(event)) continue;
    const field = (name: string) => rec.field(i, name);
    const flag = rec.flags(i) & flagNeedResched ? "n" : ".";
    let text: string;
    if (event === "sched_switch") {
      text = `switch ${field("prev_state")} ${field("next_comm")}-${field("next_pid")}`;
    } else if (event.startsWith("sched_")) {
      text = `${event.slice(6)} ${field("comm")}-${field("pid")}`;
    } else text = `${event.slice(10)} ${field("function")}`;
    out.push(`${rec.contexts[rec.ctx(i)].pid} ${flag} ${rec.time(i)} ${text}`);
  }
  return out;
}
