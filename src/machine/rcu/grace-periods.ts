// Grace periods of preemptible RCU: kernel/rcu/tree.c and tree_plugin.h with one node for all CPUs.
// A grace period is over when each CPU has been seen outside a reader section since it began and
// the tasks that were preempted inside one have left it. The `rcu_preempt` thread begins and ends
// it; CPUs report from the RCU softirq, which the tick raises.
// Left out: expedited grace periods, boosting, CPU hotplug, nocb, stall warnings and the urgency of
// grace periods that take many jiffies.

import type { Context, Task } from "../core/context.ts";
import type { Cpu } from "../core/cpu.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { scheduleTimeout } from "../wait/schedule.ts";
import { wakeUpProcess } from "../wait/wake.ts";
import { seqCompleted, seqEnd, seqNew, seqSnap, seqStart, seqStarted, seqState } from "./gp-seq.ts";
import { RcuData } from "./rcu-data.ts";
import { RcuNode } from "./rcu-node.ts";

/** RCU_GP_FLAG_INIT: one is wanted; RCU_GP_FLAG_FQS: somebody has news. */
const INIT = 1;
const FQS = 2;

export interface GracePeriodOptions {
  /** pid of the `rcu_preempt` thread. */
  readonly pid: number;
  /** The thread reports for its own CPU as soon as a grace period has begun. */
  readonly reportsAtStart: boolean;
  /** What else begins (rcu_sr_normal_gp_init) and ends (rcu_sr_normal_gp_cleanup) with one. */
  readonly begins: () => void;
  readonly ends: () => Atomic<void>;
  readonly jiffies: () => number;
}

export class GracePeriods {
  readonly cpus: readonly RcuData[];
  /** rcu_state.gp_seq. */
  private gpSeq = 0;
  private flags = 0;
  private readonly node = new RcuNode();
  private readonly thread: Task;
  /** The thread is in its wait queue, as it was long before the machine starts. */
  private waiting = true;
  private forceQsAt = 0;
  /** jiffies_till_first_fqs, jiffies_till_next_fqs. */
  private readonly fqsJiffies: number;

  constructor(
    private readonly m: Machine,
    private readonly options: GracePeriodOptions,
  ) {
    this.cpus = m.cpus.map((cpu) => new RcuData(cpu, 1 << cpu.id));
    this.fqsJiffies = 1 + (m.hz > 250 ? 1 : 0) + (m.hz > 500 ? 1 : 0);
    this.thread = m.createTask({
      comm: "rcu_preempt",
      pid: options.pid,
      body: () => this.loop(),
    });
    this.thread.state = "I";
  }

  /** rcu_gp_in_progress(). */
  get inProgress(): boolean {
    return seqState(this.gpSeq);
  }

  // --- what is wanted -------------------------------------------------------------------------

  /** start_poll_synchronize_rcu(): one that has not begun yet. */
  request(): Atomic {
    return this.startThis(this.here(), seqSnap(this.gpSeq)) ? this.wake() : done();
  }

  private here(): RcuData {
    return this.cpus[this.m.cpu?.id ?? 0];
  }

  /** rcu_start_this_gp(): true if the thread is to be woken. */
  private startThis(rdp: RcuData, wanted: number): boolean {
    const start = this.record(wanted);
    if (wanted < this.node.gpSeqNeeded) rdp.gpSeqNeeded = this.node.gpSeqNeeded;
    return start;
  }

  private record(wanted: number): boolean {
    if (this.node.gpSeqNeeded >= wanted || seqStarted(this.node.gpSeq, wanted)) return false;
    this.node.gpSeqNeeded = wanted;
    // One that is under way sees it at its end.
    if (seqState(this.node.gpSeq) || this.inProgress) return false;
    this.flags |= INIT;
    return true;
  }

  /** rcu_accelerate_cbs(). */
  private accelerate(rdp: RcuData): boolean {
    if (!rdp.callbacks.pending) return false;
    const wanted = seqSnap(this.gpSeq);
    return rdp.callbacks.accelerate(wanted) && this.startThis(rdp, wanted);
  }

  /** rcu_advance_cbs(). */
  private advance(rdp: RcuData): boolean {
    if (!rdp.callbacks.pending) return false;
    rdp.callbacks.advance(this.node.gpSeq);
    return this.accelerate(rdp);
  }

  /** rcu_accelerate_cbs_unlocked(). */
  assign(rdp: RcuData): Atomic {
    const wanted = seqSnap(this.gpSeq);
    if (rdp.gpSeqNeeded >= wanted) {
      rdp.callbacks.accelerate(wanted);
      return done();
    }
    return this.accelerate(rdp) ? this.wake() : done();
  }

  /** rcu_gp_kthread_wake(). */
  private wake(): Atomic {
    if (this.flags === 0 || !this.waiting || this.m.ctx === this.thread) return done();
    this.waiting = false;
    return wakeUpProcess(this.m, this.thread) as Atomic<never>;
  }

  // --- quiescent states -----------------------------------------------------------------------

  /** rcu_note_context_switch(). */
  noteContextSwitch(cpu: Cpu, prev: Task): void {
    const rdp = this.cpus[cpu.id];
    rdp.noQs = false;
    if (prev === cpu.idle) rdp.leftIdle++;
    if (prev.rcuDepth === 0 || prev.rcuBlocks) return;
    prev.rcuBlocks = true;
    this.node.preempted(prev, rdp.mask);
  }

  /** rcu_preempt_deferred_qs_irqrestore(): a task that was preempted leaves its reader section. */
  leave(ctx: Context): Atomic {
    ctx.rcuBlocks = false;
    return this.node.left(ctx) ? this.complete() : done();
  }

  /** rcu_report_qs_rsp(). */
  private complete(): Atomic {
    this.flags |= FQS;
    return this.wake();
  }

  /** rcu_report_qs_rnp(). */
  private reportMask(mask: number): Atomic {
    return this.node.report(mask) ? this.complete() : done();
  }

  /** rcu_report_qs_rdp(). */
  private report(rdp: RcuData): Atomic {
    if (rdp.noQs || rdp.gpSeq !== this.node.gpSeq) {
      rdp.noQs = true;
      return done();
    }
    rdp.coreNeedsQs = false;
    if ((this.node.qsMask & rdp.mask) === 0) return done();
    this.accelerate(rdp);
    return this.reportMask(rdp.mask);
  }

  /** rcu_check_quiescent_state(). */
  *checkQuiescentState(rdp: RcuData): Atomic {
    if (this.noteChanges(rdp)) yield* this.wake();
    if (rdp.coreNeedsQs && !rdp.noQs) yield* this.report(rdp);
  }

  /** __note_gp_changes(): true if the thread is to be woken. */
  private noteChanges(rdp: RcuData): boolean {
    const nodeSeq = this.node.gpSeq;
    if (rdp.gpSeq === nodeSeq) return false;
    let wanted: boolean;
    if (seqCompleted(rdp.gpSeq, nodeSeq)) {
      wanted = this.advance(rdp);
      rdp.coreNeedsQs = false;
    } else {
      wanted = this.accelerate(rdp);
      if (rdp.coreNeedsQs) rdp.coreNeedsQs = (this.node.qsMask & rdp.mask) !== 0;
    }
    if (seqNew(rdp.gpSeq, nodeSeq)) {
      rdp.noQs = (this.node.qsMask & rdp.mask) !== 0;
      rdp.coreNeedsQs = rdp.noQs;
    }
    rdp.gpSeq = nodeSeq;
    rdp.gpSeqNeeded = Math.max(rdp.gpSeqNeeded, this.node.gpSeqNeeded);
    return wanted;
  }

  /** rcu_pending(): the tick finds something to do. */
  hasWork(rdp: RcuData): boolean {
    const { callbacks } = rdp;
    const { inProgress } = this;
    if (rdp.coreNeedsQs && !rdp.noQs && inProgress) return true;
    if (callbacks.ready > 0 || (!inProgress && callbacks.unassigned)) return true;
    return this.node.gpSeq !== rdp.gpSeq;
  }

  // --- the thread -----------------------------------------------------------------------------

  /** rcu_gp_kthread(). */
  private *loop(): Kernel {
    for (;;) {
      yield* this.waitFor(() => (this.flags & INIT) !== 0, Infinity, "RCU grace periods");
      yield* this.begin();
      yield* this.untilReported();
      yield* this.end();
    }
  }

  /** swait_event_idle_timeout_exclusive(). */
  private *waitFor(condition: () => boolean, jiffies: number, what: string): Kernel {
    const { m } = this;
    if (condition()) return;
    for (let left = jiffies; ;) {
      m.setState("I", { what });
      this.waiting = true;
      if (condition() || left === 0) break;
      left = yield* scheduleTimeout(m, left);
    }
    m.setState("R");
    this.waiting = false;
  }

  /** rcu_gp_init(). */
  private *begin(): Kernel {
    const { m } = this;
    this.flags = 0;
    this.options.begins();
    this.gpSeq = seqStart(this.gpSeq);
    const all = this.cpus.reduce((mask, rdp) => mask | rdp.mask, 0);
    this.node.begin(this.gpSeq, all);
    const rdp = this.here();
    this.noteChanges(rdp);
    if (!this.options.reportsAtStart) return;
    m.preemptDisable();
    rdp.noQs = false;
    yield* this.report(rdp);
    yield* m.preemptEnable();
  }

  /** rcu_gp_fqs_loop(). */
  private *untilReported(): Kernel {
    const { fqsJiffies } = this;
    const { jiffies } = this.options;
    let first = true;
    let found = 0;
    let keeps = false;
    const news = (): boolean => {
      found = this.flags & FQS;
      return found !== 0 || this.node.allReported;
    };
    for (let j = fqsJiffies; ;) {
      if (!keeps || jiffies() + j < this.forceQsAt) this.forceQsAt = jiffies() + j;
      yield* this.waitFor(news, j, "RCU readers");
      if (this.node.allReported) return;
      if (jiffies() >= this.forceQsAt || found !== 0) {
        yield* this.scan(first);
        this.flags &= ~FQS;
        first = false;
        keeps = false;
        j = fqsJiffies;
      } else {
        keeps = true;
        j = this.forceQsAt - jiffies();
      }
      found = 0;
    }
  }

  /** force_qs_rnp(): CPUs that idle, or have since the last scan, need not report themselves. */
  private *scan(first: boolean): Atomic {
    let mask = 0;
    for (const rdp of this.cpus) {
      if ((this.node.qsMask & rdp.mask) === 0) continue;
      if (rdp.idles || (!first && rdp.leftIdle !== rdp.leftIdleSeen)) mask |= rdp.mask;
      else if (first) rdp.leftIdleSeen = rdp.leftIdle;
    }
    yield* this.reportMask(mask);
  }

  /** rcu_gp_cleanup(). */
  private *end(): Kernel {
    this.node.gpSeq = seqEnd(this.gpSeq);
    const rdp = this.here();
    const more = this.noteChanges(rdp);
    const needed = this.node.gpSeq < this.node.gpSeqNeeded;
    if (!needed) this.node.gpSeqNeeded = this.node.gpSeq;
    this.gpSeq = this.node.gpSeq;
    const started = this.accelerate(rdp);
    if (!started && (more || needed)) this.flags = INIT;
    else this.flags &= INIT;
    yield* this.options.ends();
  }
}
