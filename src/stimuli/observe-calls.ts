// Calls of programs, from their marks and from the events of their tasks in between.

import type { StreamEvent } from "../timeline/event-stream.ts";
import { type Call, type Facts, fenceId, type TaskFacts } from "./facts.ts";
import { addArgs, type MarkArgs, parseMark } from "./mark.ts";
import type { ProbedCall } from "./probe-events.ts";

interface TaskState {
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
  /** CPU time since the kernel last did something inside the open call. */
  tailNs: number;
  tailPreempted: boolean;
}

const asCommandLock = 2;
/** Regions remembered that the driver itself locks. */
const chunksMax = 4096;

export class CallObserver {
  private readonly tasks = new Map<number, TaskState>();
  /** Region that was written to the lock registers of an address space. */
  private readonly lockAddress = new Map<string, number>();

  constructor(private readonly facts: Facts) {}

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

  private begin(task: TaskState, e: StreamEvent, name: string, detail: string): void {
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
    if (task.facts.cpu !== e.cpu) task.facts.cpu = task.facts.calls.length === 1 ? e.cpu : -1;
  }

  private close(task: TaskState, e: StreamEvent, ret: number | null): void {
    const call = task.open;
    if (call === null) return;
    this.settle(task, e.time);
    call.ret = ret;
    call.endNs = e.time;
    call.ended = true;
    call.tailNs = task.tailNs;
    call.tailPreempted = task.tailPreempted;
    task.open = null;
    task.returnedNs = e.time;
    task.usedNs = 0;
    task.slept = false;
    task.onCpuSince = e.time;
  }

  /** Brings the CPU time of a running task up to date. */
  private settle(task: TaskState, now: number): void {
    const ran = Math.max(0, now - task.onCpuSince);
    task.usedNs += ran;
    task.tailNs += ran;
    task.onCpuSince = now;
  }

  event(e: StreamEvent): void {
    switch (e.name) {
      case "sched_switch":
        this.switched(e);
        return;
      case "mmio_write":
        this.lockRegister(e);
        break;
    }
    if (e.hardirq || e.softirq) return;
    const task = this.tasks.get(e.pid);
    if (task === undefined) return;
    const call = task.open;
    if (call === null) return;
    if (e.name !== "sched_waking" && e.name !== "sched_wakeup") {
      this.settle(task, e.time);
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
    if (next !== undefined) next.onCpuSince = e.time;
    const task = this.tasks.get(e.num("prev_pid"));
    if (task === undefined) return;
    this.settle(task, e.time);
    task.onCpuSince = Infinity;
    const state = e.str("prev_state");
    if (!state.startsWith("R")) {
      task.slept = true;
      task.tailNs = 0;
    } else if (state === "R" && task.tailNs > 0) task.tailPreempted = true;
  }

  /** Which regions a call locks tells what is mapped there. */
  private lockRegister(e: StreamEvent): void {
    const reg = e.str("reg");
    const m = /^AS(\d+)_(LOCKADDR_LO|LOCKADDR_HI|COMMAND)$/.exec(reg);
    if (m === null) return;
    if (m[2] === "LOCKADDR_LO") this.lockAddress.set(m[1], e.num("val"));
    else if (m[2] === "LOCKADDR_HI") {
      this.lockAddress.set(m[1], (this.lockAddress.get(m[1]) ?? 0) + e.num("val") * 2 ** 32);
    } else if (e.num("val") === asCommandLock && m[1] !== "0") {
      const value = this.lockAddress.get(m[1]);
      if (value === undefined) return;
      // LOCKADDR: the base, and log2 of the size less one in bits 5:0.
      const size = 2 ** ((value % 64) + 1);
      const region = { start: Math.floor(value / size) * size, size };
      const call = this.tasks.get(e.pid)?.open;
      if (call !== undefined && call !== null) call.locked.push(region);
      else if (this.facts.chunks.size < chunksMax) this.facts.chunks.set(region.start, region);
    }
  }

  finish(): void {
    for (const task of this.tasks.values()) task.open = null;
  }

  private task(e: StreamEvent): TaskState {
    let task = this.tasks.get(e.pid);
    if (task === undefined) {
      const facts: TaskFacts = { pid: e.pid, comm: e.comm, calls: [], cpu: e.cpu };
      this.facts.tasks.set(e.pid, facts);
      task = {
        facts,
        open: null,
        before: [],
        last: null,
        returnedNs: this.facts.firstNs < 0 ? e.time : this.facts.firstNs,
        usedNs: 0,
        onCpuSince: e.time,
        slept: this.tasks.size > 0,
        tailNs: 0,
        tailPreempted: false,
      };
      this.tasks.set(e.pid, task);
    }
    return task;
  }
}

function point(e: StreamEvent): { context: number; seqno: number } {
  return { context: e.num("context"), seqno: e.num("seqno") };
}
