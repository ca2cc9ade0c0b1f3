// The stimulus of a recorded trace: what interrupts, user tasks, irq threads and the functions of
// work items did, without the scheduler's and the workqueues' own decisions.

import type { TaskState } from "../../../src/machine/core/context.ts";
import {
  inIrq,
  needResched,
  schedFields,
  switchFields,
  type TraceLine,
} from "../recorded-trace.ts";

/** One thing that a context did, `at` a line of the recording. */
export type Action = { readonly at: number; readonly timeNs: number } &
  /** `takenBack`: the item ran already, and put this queueing off (mod_delayed_work). */
  (
    | { readonly kind: "queue"; readonly work: string; readonly wq: string; takenBack: boolean }
    | { readonly kind: "wake"; readonly pid: number }
    | { readonly kind: "block"; readonly state: TaskState }
    | { readonly kind: "irq"; readonly actions: Action[] }
    /** Preemption goes off until the next point, where the task may be preempted. */
    | { readonly kind: "hold" | "point" | "end" }
  );

interface Interrupt {
  readonly timeNs: number;
  readonly actions: Action[];
}

export interface Stimulus {
  /** By pid, in order. */
  readonly tasks: Map<number, { comm: string; prio: number; actions: Action[] }>;
  /** By work item: what each execution did. */
  readonly runs: Map<string, Action[][]>;
  /** Interrupts of the idle CPU. */
  readonly idleIrqs: Interrupt[];
  readonly functions: Map<string, string>;
}

const queueArgs = /^work=(W\d+) function=(\S+) workqueue=(\S+) /;
const execArgs = /^work=(W\d+): function (\S+)/;

/** Takes the stimulus out of a recording. */
export function stimulusOf(lines: readonly TraceLine[]): Stimulus {
  const stimulus: Stimulus = {
    tasks: new Map(),
    runs: new Map(),
    idleIrqs: [],
    functions: new Map(),
  };
  /** The execution that a worker is in the middle of. */
  const running = new Map<number, Action[]>();
  let irq: Interrupt | null = null;
  /** The last queueing of each item. */
  const queued = new Map<string, { takenBack: boolean }>();
  const executing = new Set<string>();
  /** In which state a task was when it last went to sleep. */
  const states = new Map<number, string>();
  /** The interrupt that the line before belongs to. */
  let last: Interrupt | null = null;
  const lists: Action[][] = [];
  const list = (): Action[] => {
    const actions: Action[] = [];
    lists.push(actions);
    return actions;
  };

  const actionsOf = (line: TraceLine): Action[] | null => {
    if (line.comm.startsWith("kworker/")) return running.get(line.pid) ?? null;
    if (line.pid === 0 || line.comm === "kthreadd") return null;
    let task = stimulus.tasks.get(line.pid);
    if (task === undefined) {
      const prio = line.comm.startsWith("irq/") ? 49 : 120;
      task = { comm: line.comm, prio, actions: list() };
      stimulus.tasks.set(line.pid, task);
    }
    return task.actions;
  };

  lines.forEach((line, at) => {
    const { timeNs, event, args } = line;
    const interrupted = inIrq(line);
    // Softirqs run at the end of the interrupt that is listed right before them.
    if (line.flags[2] === "s") irq ??= last;
    if (interrupted && irq === null) {
      irq = { timeNs, actions: [] };
      if (line.pid === 0) stimulus.idleIrqs.push(irq);
      else {
        const end = preemptionPoint(lines, at);
        if (end.length > 0) actionsOf(line)?.push({ kind: "hold", at, timeNs }, ...end);
        actionsOf(line)?.push({ kind: "irq", at, timeNs, actions: irq.actions });
      }
    } else if (!interrupted) irq = null;
    last = irq;
    const target = interrupted ? irq!.actions : actionsOf(line);
    if (interrupted && args.startsWith("irq=0 ret=")) irq = null;

    if (event === "workqueue_queue_work") {
      const [, work, fn, wq] = queueArgs.exec(args)!;
      stimulus.functions.set(work, fn);
      const takenBack = executing.has(work);
      const action = { kind: "queue" as const, at, timeNs, work, wq, takenBack };
      queued.set(work, action);
      target?.push(action);
      if (!interrupted) target?.push(...preemptionPoint(lines, at));
    } else if (event === "sched_waking") {
      const { pid } = schedFields(args);
      // The wake-up of an idle worker is the workqueue's doing, that of a blocked one is not.
      const kick = lines[at - 1]?.event === "workqueue_activate_work" && states.get(pid) !== "D";
      if (kick || target === null) return;
      if (!interrupted) target.push({ kind: "hold", at, timeNs }, ...preemptionPoint(lines, at));
      target.push({ kind: "wake", at, timeNs, pid });
    } else if (event === "sched_switch") {
      const { prevState } = switchFields(args);
      if (prevState === "R+") return;
      states.set(line.pid, prevState);
      target?.push({ kind: "block", at, timeNs, state: prevState as TaskState });
    } else if (event === "workqueue_execute_start") {
      const [, work, fn] = execArgs.exec(args)!;
      stimulus.functions.set(work, fn);
      const from = queued.get(work);
      if (from !== undefined) from.takenBack = false;
      executing.add(work);
      const actions = list();
      running.set(line.pid, actions);
      const runs = stimulus.runs.get(work);
      if (runs === undefined) stimulus.runs.set(work, [actions]);
      else runs.push(actions);
    } else if (event === "workqueue_execute_end") {
      executing.delete(execArgs.exec(args)![1]);
      target?.push({ kind: "end", at, timeNs });
      running.delete(line.pid);
    }
  });
  for (const actions of lists) actions.sort((a, b) => a.at - b.at);
  return stimulus;
}

/**
 * When and where a task that has to be rescheduled got preempted: behind its last line with the
 * flag; none if that is the end of a work item, where the worker goes on by itself.
 */
function preemptionPoint(lines: readonly TraceLine[], at: number): Action[] {
  const { pid } = lines[at];
  let last = at;
  let timeNs = lines[at].timeNs;
  for (let j = at + 1; j < lines.length; j++) {
    const line = lines[j];
    if (line.pid !== pid) break;
    if (line.event === "sched_switch") {
      if (line.args.includes("prev_state=R+")) timeNs = line.timeNs;
      break;
    }
    if (needResched(line)) {
      last = j;
      ({ timeNs } = line);
    } else if (inIrq(line)) continue;
    else if (line.event !== "sched_waking" && line.event !== "workqueue_activate_work") break;
  }
  if (lines[last].event === "workqueue_execute_end") return [];
  return [{ kind: "point", at: last + 0.5, timeNs }];
}
