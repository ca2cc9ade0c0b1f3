// Small timelines by hand: entries with time, context and cause.

import { kindFields, K, type KindName } from "../../src/timeline/kinds.ts";
import { flagHardirq, flagSoftirq, Recorder } from "../../src/timeline/recorder.ts";

export interface EntryOptions {
  /** The task, `comm-pid`; `device` without one. */
  readonly task?: string;
  readonly cause?: number;
  readonly cpu?: number;
  readonly in?: "hardirq" | "softirq";
}

/** Writes entries of a timeline by field name. */
export class TimelineWriter {
  readonly rec = new Recorder();
  private readonly contexts = new Map<string, number>([["device", 0]]);

  at(
    ns: number,
    name: KindName,
    fields: Readonly<Record<string, string | number>>,
    { task = "device", cause = -1, cpu = 0, in: where }: EntryOptions = {},
  ): number {
    const { at } = this.rec;
    at.now = ns;
    at.cpu = cpu;
    at.cause = cause;
    at.ctx = this.context(task);
    at.flags = where === "hardirq" ? flagHardirq : where === "softirq" ? flagSoftirq : 0;
    const args = kindFields[K[name]].map(([field]) => {
      const value = fields[field] ?? 0;
      return typeof value === "string" ? this.rec.str(value) : value;
    });
    for (const field of Object.keys(fields)) {
      if (!kindFields[K[name]].some(([f]) => f === field))
        throw new Error(`${name} has no ${field}`);
    }
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = args;
    return this.rec.emitLong(K[name], a, b, c, d, e, f, g);
  }

  private context(task: string): number {
    let id = this.contexts.get(task);
    if (id === undefined) {
      const dash = task.lastIndexOf("-");
      id = this.rec.addContext(task.slice(0, dash), Number(task.slice(dash + 1)));
      this.contexts.set(task, id);
    }
    return id;
  }
}

const app = { task: "app-100" };
const idle = { task: "swapper/0-0", in: "hardirq" } as const;
const thread = { task: "irq/66-panthor--25" };
const worker = { task: "kworker/u4:1-21" };
const fence = { driver: "drm_sched", timeline: "q", context: 7, seqno: 1 };

/**
 * One job from submission to signal, with 1.000 us between the
 * stages of its completion. Returns the entries that tests refer to.
 */
export function oneJob(w: TimelineWriter, start = 0, seqno = 1, late = 0) {
  const us = (n: number): number => start + n * 1000;
  const f = { ...fence, seqno };
  const ioctl = w.at(us(0), "ioctl_begin", { name: "GROUP_SUBMIT" }, app);
  const submitted = { ...app, cause: ioctl };
  const init = w.at(us(0), "dma_fence_init", f, submitted);
  w.at(us(0), "drm_sched_job_queue", { context: 7, seqno }, submitted);
  w.at(us(1), "drm_sched_job_run", { context: 7, seqno }, { ...worker, cause: ioctl });
  const door = { off: 0x80000, val: 1, reg: "DOORBELL_0" };
  const write = w.at(us(1), "mmio_write", door, { ...worker, cause: ioctl });
  const done = w.at(us(100), "sync_write", { csg: 0, cs: 2, new: seqno }, { cause: write });
  const event = w.at(us(101), "fw_event", { csg: 0, cs: -1, field: "CSG_SYNC" }, { cause: done });
  const raise = w.at(us(102), "irq_raise", { line: "job" }, { cause: event });
  const irq = { irq: 66, name: "panthor-job" };
  const entry = w.at(us(103), "irq_handler_entry", irq, { ...idle, cause: raise });
  const comm = { comm: "irq/66-panthor-", pid: 25, prio: 49, cpu: 0 };
  const waking = w.at(us(103), "sched_waking", comm, { ...idle, cause: entry });
  w.at(us(103), "irq_handler_exit", { irq: 66, ret: "handled" }, { ...idle, cause: entry });
  w.at(us(104), "sched_switch", { next_comm: comm.comm, next_pid: 25 }, { cause: waking });
  const work = { work: 1, function: "group_sync_upd_work" };
  const queue = { ...work, workqueue: "panthor" };
  const queued = w.at(us(105), "workqueue_queue_work", queue, { ...thread, cause: waking });
  const at = (n: number): number => us(n) + late;
  const running = w.at(at(106), "workqueue_execute_start", work, { ...worker, cause: queued });
  const signal = { ...worker, cause: running };
  // The hardware's fence signals, and in its callback the scheduler's.
  const hw = { driver: "panthor", timeline: "q", context: 6, seqno, error: 0 };
  w.at(at(107), "dma_fence_signaled", hw, signal);
  const signalled = w.at(at(107), "dma_fence_signaled", { ...f, error: 0 }, signal);
  w.at(at(107), "workqueue_execute_end", work, signal);
  return { ioctl, init, write, done, raise, entry, waking, queued, running, signalled };
}
