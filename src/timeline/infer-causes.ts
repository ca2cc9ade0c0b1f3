// Causes of recorded events. A replayed timeline stores which entry led to which; a recording of a
// kernel does not, but its events tell: a work item runs because it was queued, a task because it
// was woken, an interrupt comes because its line was raised, and what happens in a context happens
// because of what started it there.

import type { StreamEvent } from "./event-stream.ts";

/** What one task does now and why: the work items it runs (nested), the system call, the wake-up. */
interface Task<T> {
  /** Activations, innermost last. */
  readonly stack: T[];
  /** The last wake-up or, before any, nothing. */
  woken: T | null;
}

/** What is kept of events that something later may be caused by, at most, per sort. */
const rememberedMax = 1 << 16;

/**
 * Gives each event the event that led to it. `T` is what stands for an event: an index, or an
 * object that holds its own cause. Call `causeOf`, then `seen`, once per event in order.
 */
export class CauseInference<T> {
  private readonly tasks = new Map<number, Task<T>>();
  /** Interrupts and timers running on each CPU, innermost last. */
  private readonly interrupts: T[][] = [];
  private readonly softirqs: T[][] = [];
  private readonly queued = new Map<number, T>();
  private readonly timers = new Map<number, T>();
  private readonly raised = new Map<string, T>();
  /** The last entry into each interrupt: its thread is woken after it was left. */
  private readonly handled = new Map<number, T>();
  /** Firmware requests by field, and commands by stream: what the device last did about them. */
  private readonly device = new Map<string, T>();
  private doorbell: T | null = null;
  private deviceNow: { readonly time: number; readonly event: T } | null = null;

  /** What led to `e`; null where the recording does not tell. */
  causeOf(e: StreamEvent): T | null {
    switch (e.name) {
      case "workqueue_execute_start":
        return this.queued.get(e.num("work")) ?? this.context(e);
      case "timer_expire_entry":
        return this.timers.get(e.num("timer")) ?? this.context(e);
      case "irq_handler_entry":
        return this.lineOf(e.str("name")) ?? null;
      case "irq_deliver":
        return this.raised.get(e.str("line")) ?? null;
      case "irq_raise":
        return this.deviceAt(e.time) ?? this.context(e);
      case "sched_waking": {
        // A thread of an interrupt is woken on the way out of it.
        const irq = /^irq\/(\d+)-/.exec(e.str("comm"));
        if (irq !== null) return this.handled.get(Number(irq[1])) ?? this.context(e);
        return this.context(e);
      }
      case "fw_seen":
        return this.doorbell ?? this.deviceAt(e.time);
      case "fw_ack":
      case "fw_event":
        return this.deviceAt(e.time) ?? this.device.get(requestKey(e)) ?? this.doorbell;
      case "cs_instr":
      case "cs_state":
      case "sync_write":
        return this.device.get(streamKey(e)) ?? this.doorbell;
      case "dev_state":
      case "as_fault":
      case "iface_cfg":
        return this.deviceAt(e.time) ?? this.context(e);
      default:
        return this.context(e);
    }
  }

  /** Takes note of `e`, which `event` stands for. */
  seen(e: StreamEvent, event: T): void {
    switch (e.name) {
      case "irq_handler_entry":
        (this.interrupts[e.cpu] ??= []).push(event);
        this.handled.set(e.num("irq"), event);
        break;
      case "irq_handler_exit":
        this.interrupts[e.cpu]?.pop();
        break;
      case "softirq_entry":
      case "timer_expire_entry":
        (this.softirqs[e.cpu] ??= []).push(event);
        break;
      case "softirq_exit":
      case "timer_expire_exit":
        this.softirqs[e.cpu]?.pop();
        break;
      case "timer_start":
        remember(this.timers, e.num("timer"), event);
        break;
      case "workqueue_queue_work":
        remember(this.queued, e.num("work"), event);
        break;
      case "workqueue_execute_start":
      case "ioctl_begin":
        this.task(e.pid).stack.push(event);
        break;
      case "workqueue_execute_end":
      case "ioctl_end":
        this.task(e.pid).stack.pop();
        break;
      case "sched_waking":
      case "sched_wakeup_new":
        this.task(e.num("pid")).woken = event;
        break;
      case "irq_raise":
      case "irq_deliver":
        this.raised.set(e.str("line"), event);
        break;
      case "mmio_write":
        if (e.str("reg").includes("DOORBELL")) this.doorbell = event;
        break;
      case "cs_instr":
      case "cs_state":
      case "sync_write":
        this.device.set(streamKey(e), event);
        this.deviceNow = { time: e.time, event };
        break;
      case "fw_seen":
      case "fw_ack":
      case "fw_event":
        this.device.set(requestKey(e), event);
        this.deviceNow = { time: e.time, event };
        break;
      case "dev_state":
      case "as_fault":
        this.deviceNow = { time: e.time, event };
        break;
    }
  }

  /** What started whatever `e` happened in. */
  private context(e: StreamEvent): T | null {
    const irqs = this.interrupts[e.cpu];
    if (e.hardirq && irqs !== undefined && irqs.length > 0) return irqs[irqs.length - 1];
    const soft = this.softirqs[e.cpu];
    if (e.softirq && soft !== undefined && soft.length > 0) return soft[soft.length - 1];
    const task = this.tasks.get(e.pid);
    if (task === undefined) return null;
    return task.stack.length > 0 ? task.stack[task.stack.length - 1] : task.woken;
  }

  private task(pid: number): Task<T> {
    let task = this.tasks.get(pid);
    if (task === undefined) {
      task = { stack: [], woken: null };
      remember(this.tasks, pid, task);
    }
    return task;
  }

  /** What the device did at this very time. */
  private deviceAt(time: number): T | null {
    return this.deviceNow !== null && this.deviceNow.time === time ? this.deviceNow.event : null;
  }

  /** The line whose name ends an interrupt's: `job` of `panthor-job`. */
  private lineOf(interrupt: string): T | undefined {
    return this.raised.get(interrupt.slice(interrupt.lastIndexOf("-") + 1));
  }
}

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  // What comes again moves to the end: the oldest is forgotten first.
  map.delete(key);
  if (map.size >= rememberedMax) {
    const oldest = map.keys().next();
    if (oldest.done !== true) map.delete(oldest.value);
  }
  map.set(key, value);
}

function streamKey(e: StreamEvent): string {
  return `cs ${e.num("csg")} ${e.num("cs")}`;
}

/** Request and answer words of one thing have names that differ in the last word. */
function requestKey(e: StreamEvent): string {
  const field = e.str("field").replace(/_(REQ|ACK)$/, "");
  return `req ${e.num("csg")} ${e.num("cs")} ${field}`;
}
