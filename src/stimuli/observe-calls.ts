// Calls of programs, from their marks and from the events of their tasks in between.

import type { StreamEvent } from "../timeline/event-stream.ts";
import { type Call, type Facts, fenceId } from "./facts.ts";
import { addArgs, parseMark } from "./mark.ts";
import { RegionObserver } from "./observe-regions.ts";
import type { ProbedCall } from "./probe-events.ts";
import { napOf, newTask, settle, switchedIn, switchedOut, type TaskState } from "./task-state.ts";

type Place = Pick<StreamEvent, "pid" | "cpu" | "time" | "index">;

export class CallObserver {
  private readonly tasks = new Map<number, TaskState>();
  private readonly regions: RegionObserver;

  constructor(private readonly facts: Facts) {
    this.regions = new RegionObserver(facts);
  }

  /** Takes a mark; says whether it begins or ends what the recording is about. */
  mark(e: StreamEvent): "start" | "stop" | "other" {
    const text = e.str("text");
    const mark = parseMark(text);
    if (mark.kind === "start") {
      this.facts.scenario = mark.scenario;
      this.facts.tasks.clear();
      this.tasks.clear();
      this.task(e);
      return "start";
    }
    if (mark.kind === "stop") return "stop";
    const task = this.task(e);
    switch (mark.kind) {
      case "begin":
        if (task.open?.name === "shrink") {
          // `shrink … begin` may stand before what the program still does before it shrinks.
          task.facts.calls.pop();
          task.open = null;
        }
        this.close(task, e, null);
        this.begin(task, e, mark.name, mark.detail);
        break;
      case "end":
        if (task.open?.name !== mark.name) this.sinceLastReturn(task, e, mark.name);
        this.close(task, e, mark.ret);
        break;
      case "before":
        addArgs(task.before, mark.args);
        break;
      case "after":
        if (task.last?.name === mark.of) task.last.after.push(mark.args);
        else addArgs(task.before, mark.args);
        break;
      case "call":
        task.before.push(mark.args);
        this.oneMark(task, e, mark.name);
        break;
      case "remark":
        this.oneMark(task, e, "mark", mark.text);
        break;
    }
    return "other";
  }

  /** Takes the event of a probe at the entry or the return of a call. */
  probed(e: StreamEvent, call: ProbedCall): void {
    const task = this.task(e);
    if (!call.returns) {
      this.close(task, e, null);
      task.before.push(call.args);
      this.begin(task, e, call.name, "");
      return;
    }
    if (task.open?.name !== call.name) this.sinceLastReturn(task, e, call.name);
    task.open!.after.push(call.args);
    this.close(task, e, call.ret);
  }

  /** A call whose beginning no mark shows: it began when the one before returned. */
  private sinceLastReturn(task: TaskState, e: StreamEvent, name: string): void {
    this.close(task, e, null);
    this.begin(task, e, name, "");
    const call = task.open!;
    task.facts.calls[task.facts.calls.length - 1] = {
      ...call,
      beginNs: task.returnedNs,
      userNs: 0,
      gapNs: 0,
      slept: false,
    };
    task.open = task.last = task.facts.calls.at(-1)!;
  }

  /** A call that is one mark; between the marks of another it is a part of that one. */
  private oneMark(task: TaskState, e: StreamEvent, name: string, text = ""): void {
    if (task.open !== null) return;
    this.begin(task, e, name, text);
    this.close(task, e, 0);
  }

  private begin(task: TaskState, e: Place, name: string, detail: string): void {
    const used = task.usedNs + Math.max(0, e.time - task.onCpuSince);
    const call: Call = {
      pid: e.pid,
      name,
      detail,
      index: e.index,
      beginNs: e.time,
      endNs: e.time,
      ended: false,
      ret: null,
      before: task.before,
      after: [],
      userNs: used,
      gapNs: e.time - task.returnedNs,
      slept: task.slept,
      chains: [],
      jobs: [],
      awaited: [],
      timeout: null,
      locked: [],
      lockedTables: new Set(),
      nap: napOf(task),
      tailNs: 0,
      tailPreempted: false,
    };
    task.before = [];
    task.open = call;
    task.last = call;
    task.facts.calls.push(call);
    task.usedNs = 0;
    task.onCpuSince = e.time;
    task.tailNs = 0;
    task.tailPreempted = false;
    task.slept = false;
    task.sleeps = 0;
    if (task.facts.cpu !== e.cpu) task.facts.cpu = task.facts.calls.length === 1 ? e.cpu : -1;
  }

  private close(task: TaskState, e: { readonly time: number }, ret: number | null): void {
    const call = task.open;
    if (call === null) return;
    settle(task, e.time);
    call.ret = ret;
    call.endNs = e.time;
    call.ended = true;
    call.tailNs = task.tailNs;
    call.tailPreempted = task.tailPreempted;
    task.open = null;
    task.returnedNs = e.time;
    task.usedNs = 0;
    task.slept = false;
    task.sleeps = 0;
    task.onCpuSince = e.time;
  }

  event(e: StreamEvent): void {
    switch (e.name) {
      case "sched_switch":
        this.switched(e);
        return;
      case "sched_wakeup_new":
        this.cloned(e);
        return;
      case "sched_waking":
        this.ending(e);
        break;
      case "mmio_write":
        this.regions.write(e, this.tasks.get(e.pid)?.open ?? null);
        break;
    }
    if (e.hardirq || e.softirq) return;
    const task = this.tasks.get(e.pid);
    if (task === undefined) return;
    const call = task.open;
    if (call === null) return;
    if (e.name !== "sched_waking" && e.name !== "sched_wakeup") {
      settle(task, e.time);
      task.tailNs = 0;
      task.tailPreempted = false;
    }
    switch (e.name) {
      case "dma_fence_init":
        if (e.str("driver") === "dma_fence_chain") call.chains.push(point(e));
        break;
      case "dma_fence_enable_signal":
      // A chain whose fences have signalled signals when somebody looks.
      case "dma_fence_signaled":
        if (e.str("driver") === "dma_fence_chain") call.awaited.push(point(e));
        break;
      case "drm_sched_job_queue": {
        const fence = fenceId(e.num("context"), e.num("seqno"));
        call.jobs.push({ fence, ring: e.str("ring"), deps: [] });
        break;
      }
      case "drm_sched_job_add_dep": {
        const fence = fenceId(e.num("context"), e.num("seqno"));
        const job = call.jobs.find((j) => j.fence === fence) ?? call.jobs.at(-1);
        job?.deps.push(fenceId(e.num("dep_context"), e.num("dep_seqno")));
        break;
      }
      case "timer_start":
        if (e.str("function") === "process_timeout") call.timeout ??= e.num("timeout");
        break;
    }
  }

  private switched(e: StreamEvent): void {
    const next = this.tasks.get(e.num("next_pid"));
    if (next !== undefined) switchedIn(next, e.time);
    const task = this.tasks.get(e.num("prev_pid"));
    if (task === undefined) return;
    switchedOut(task, e.str("prev_state"), e.time);
  }

  /** A program starts another task. */
  private cloned(e: StreamEvent): void {
    const parent = this.tasks.get(e.pid);
    if (parent === undefined || e.hardirq || e.softirq) return;
    this.close(parent, e, null);
    const pid = e.num("pid");
    this.begin(parent, e, "clone", String(pid));
    this.close(parent, e, 0);
    const child = this.task({ pid, comm: e.str("comm"), cpu: e.cpu, time: e.time });
    child.facts.cloned = true;
    child.slept = false;
    child.returnedNs = e.time;
    child.onCpuSince = Infinity;
  }

  /** A task between two calls wakes one that sleeps between two calls: that has waited for its end. */
  private ending(e: StreamEvent): void {
    const other = this.tasks.get(e.num("pid"));
    if (e.hardirq || e.softirq) {
      if (other?.open === null) other.timerAt = e.time;
      return;
    }
    const task = this.tasks.get(e.pid);
    if (task?.facts.cloned !== true || task.open !== null) return;
    if (other === undefined || other.sleeps === 0 || other.open !== null) return;
    // What it slept for before is a pause of the program.
    const paused = other.sleeps > 1;
    const { pid } = other.facts;
    const used = paused ? 0 : other.usedNs;
    const began = { pid, cpu: other.facts.cpu, time: other.sleptAt, index: e.index };
    other.onCpuSince = Infinity;
    other.usedNs = used;
    other.slept = paused;
    this.begin(other, began, "join", String(e.pid));
    const call = other.open!;
    this.close(other, e, 0);
    other.onCpuSince = Infinity;
    other.joined = call;
  }

  finish(): void {
    for (const task of this.tasks.values()) task.open = null;
  }

  private task(e: Pick<StreamEvent, "pid" | "comm" | "cpu" | "time">): TaskState {
    let task = this.tasks.get(e.pid);
    if (task === undefined) {
      task = newTask(e, this.facts.firstNs < 0 ? e.time : this.facts.firstNs);
      task.slept = this.tasks.size > 0;
      this.facts.tasks.set(e.pid, task.facts);
      this.tasks.set(e.pid, task);
    }
    return task;
  }
}

function point(e: StreamEvent): { context: number; seqno: number } {
  return { context: e.num("context"), seqno: e.num("seqno") };
}
