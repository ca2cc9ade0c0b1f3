// How a job's completion reached its fence: from the GPU's write through the interrupt, its thread and
// the work item to the signal.
//
// The causes of a signal lead to *a* write of the GPU, which need not be that of the fence: a pass of
// the driver that an earlier job has set going also finds what has ended since. So the fence's own
// write is looked up, by its queue and its number, and what happened before it is no stage of it.

import { causeChain } from "./causality.ts";
import { K } from "./kinds.ts";
import type { Recorder } from "./recorder.ts";

/** Stages of a job's completion, in order. */
export const stageNames = [
  "gpu_done",
  "irq_raised",
  "hardirq",
  "irq_thread",
  "work_queued",
  "work_running",
  "signalled",
] as const;
export type StageName = (typeof stageNames)[number];

/** Time of each stage a completion went through, ns; a stage it did not need is absent. */
export type Stages = Partial<Record<StageName, number>>;

/** A signal and the signals that it leads to are no further apart than this, in entries. */
const stepMax = 64;

export class Completions {
  /** Writes of each queue by the value written; queues by the context of their fences. */
  private readonly byContext = new Map<number, Map<number, number[]>>();
  private readonly drmSched: number;
  /** The timeline shows what the GPU writes; a recording of a board does not. */
  private seesGpu = false;

  constructor(private readonly rec: Recorder) {
    this.drmSched = rec.str("drm_sched");
    const suspendBuf = rec.str("suspend_buf");
    /** By group, which its suspend buffer stands for, and index in it. */
    const groups = new Map<number, Map<number, number[]>[]>();
    /** By group slot: the queues of the group on it. */
    const slots: (Map<number, number[]>[] | undefined)[] = [];
    for (let i = rec.first; i < rec.length; i++) {
      switch (rec.kind(i)) {
        case K.queue_fences: {
          const queue = new Map<number, number[]>();
          this.byContext.set(rec.arg(i, 0), queue);
          const group = rec.arg(i, 1);
          const cs = rec.arg(i, 2);
          // A group is made from its first queue on; its address can have been another's.
          if (cs === 0 || !groups.has(group)) groups.set(group, []);
          groups.get(group)![cs] = queue;
          break;
        }
        case K.iface_cfg:
          if (rec.arg(i, 2) === suspendBuf) slots[rec.arg(i, 0)] = groups.get(rec.arg(i, 3));
          break;
        case K.sync_write: {
          this.seesGpu = true;
          const queue = slots[rec.arg(i, 0)]?.[rec.arg(i, 1)];
          if (queue === undefined) break;
          const value = rec.arg(i, 5);
          const writes = queue.get(value);
          if (writes === undefined) queue.set(value, [i]);
          else writes.push(i);
        }
      }
    }
  }

  /**
   * The stages of a `dma_fence_signaled` entry: each the last of its kind before the signal, going
   * back along the causes, except the work item's queueing, which counts from the first in the
   * chain. Empty where no write of the GPU completed the fence; without the GPU's part where the
   * timeline does not show it.
   */
  stages(signalled: number): Stages {
    const { rec } = this;
    const chain = causeChain(rec, signalled).slice(1);
    const stages: Stages = { signalled: rec.time(signalled) };
    let write = -1;
    if (this.seesGpu) {
      const hw = this.hardwareFence(signalled);
      write = hw < 0 ? -1 : this.write(hw, chain);
      if (write < 0) return {};
      stages.gpu_done = rec.time(write);
    }
    for (const i of chain) {
      if (i <= write) break;
      const time = rec.time(i);
      switch (rec.kind(i)) {
        case K.workqueue_execute_start:
          stages.work_running ??= time;
          break;
        case K.workqueue_queue_work:
          if (stages.irq_thread === undefined) stages.work_queued = time;
          break;
        case K.sched_waking:
          if (stages.hardirq === undefined && isIrqThread(rec, i)) {
            stages.irq_thread ??= runsAt(rec, i);
          }
          break;
        case K.irq_handler_entry:
          stages.hardirq ??= time;
          break;
        case K.irq_raise:
          stages.irq_raised ??= time;
          break;
      }
    }
    return stages;
  }

  /**
   * The signal of the hardware's fence that this one follows from: a job's finished fence signals
   * in the callback of it. Itself for the hardware's; -1 for a fence that no hardware completes.
   */
  private hardwareFence(signalled: number): number {
    const { rec } = this;
    if (rec.arg(signalled, 0) !== this.drmSched) return signalled;
    const cause = rec.cause(signalled);
    const ctx = rec.ctx(signalled);
    for (let i = signalled - 1; i >= Math.max(rec.first, signalled - stepMax); i--) {
      if (rec.ctx(i) !== ctx) continue;
      if (rec.cause(i) !== cause) return -1;
      if (rec.kind(i) !== K.dma_fence_signaled) continue;
      if (rec.arg(i, 0) !== this.drmSched) return i;
    }
    return -1;
  }

  /** The write that completed the hardware's fence, -1 if none did. */
  private write(hw: number, chain: readonly number[]): number {
    const { rec } = this;
    const seqno = rec.arg(hw, 3);
    const queue = this.byContext.get(rec.arg(hw, 2));
    if (queue !== undefined) return queue.get(seqno)?.findLast((i) => i < hw) ?? -1;
    // A recording does not say whose queue it is; or it is no queue of the driver's.
    const first = chain.find((i) => rec.kind(i) === K.sync_write) ?? -1;
    if (first < 0) return -1;
    const same = (i: number, field: number): boolean => rec.arg(i, field) === rec.arg(first, field);
    for (let i = first; i < hw; i++) {
      if (rec.kind(i) !== K.sync_write || rec.arg(i, 5) !== seqno) continue;
      if (same(i, 0) && same(i, 1) && same(i, 3)) return i;
    }
    return first;
  }
}

function isIrqThread(rec: Recorder, waking: number): boolean {
  return (rec.field(waking, "comm") as string).startsWith("irq/");
}

/** When the task woken by entry `waking` is switched in. */
function runsAt(rec: Recorder, waking: number): number {
  const pid = rec.field(waking, "pid");
  for (let i = waking + 1; i < rec.length; i++) {
    if (rec.kind(i) === K.sched_switch && rec.field(i, "next_pid") === pid) return rec.time(i);
    if (rec.kind(i) === K.sched_waking && rec.field(i, "pid") === pid) break;
  }
  return rec.time(waking);
}
