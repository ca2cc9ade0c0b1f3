// Agreement with a recording whose driver differs from the model's in other ways too (made on 6.12):
// only what a series concerns is compared, the rest is counted. In scope is every access to an
// address space's registers (and the polls that wait for it) and to the MMU's interrupt block,
// doorbells, fences, sync objects that the GPU writes, and the results of system calls.
// Other code of an older kernel takes another time, so which of two workers comes first is not
// compared here (order.ts does): the accesses of one activation (a work item, a system call, an
// interrupt) are a strand of their own, and so is the timeline of a fence.

import type { StreamEvent } from "../timeline/event-stream.ts";
import { type AspectAgreement, compareStrands, type FirstDifference } from "./compare.ts";
import { addressRegister, hex, isMark, type Observation } from "./project.ts";

export const concerns = [
  "address spaces",
  "doorbells",
  "fences",
  "sync objects",
  "results",
] as const;
export type Concern = (typeof concerns)[number];

export interface ConcernedProjection {
  /** Per aspect, sequences by name. Only the order inside one is compared. */
  readonly strands: Readonly<Record<Concern, Map<string, Observation[]>>>;
  /** Events that are not compared, by name. */
  readonly outOfScope: Map<string, number>;
  /** Time of the mark `TRACE END`, Infinity without one. */
  readonly endNs: number;
}

export interface ConcernedAgreement {
  readonly aspects: Record<Concern, AspectAgreement>;
  readonly first: Record<Concern, FirstDifference | null>;
  /** Events of the recording that are not compared, by name. */
  readonly outOfScope: Readonly<Record<string, number>>;
}

const addressSpace = /^(AS\d+_|MMU_INT_)/;
const doorbell = /^DOORBELL_/;
/** Not the chains that sync objects put around them, nor the kernel's stub. */
const ownFences = new Set(["drm_sched", "panthor"]);
/** Calls that a program of the recordings marks; a replay has more (fence_status needs some). */
const comparedCalls = /^(VM_|BO_|GROUP_|TILER_HEAP_|SYNCOBJ_(TIMELINE_WAIT|TIMELINE_SIGNAL)$)/;

/**
 * Projects the events between the marks `TRACE START` and `TRACE END` (all, without marks). Behind
 * `untilNs` only the program counts: a trace has the pauses of the kernel that it was made on, so it
 * may go on, and the driver with it, when the recording of another one has ended.
 */
export function projectConcerned(
  events: Iterable<StreamEvent>,
  untilNs = Infinity,
): ConcernedProjection {
  let projector = new Projector();
  for (const e of events) {
    if (e.time > untilNs && e.name !== "ioctl_end" && !isMark(e)) continue;
    if (isMark(e) && e.str("text").startsWith("TRACE START")) projector = new Projector();
    else if (isMark(e) && e.str("text").startsWith("TRACE END")) {
      projector.endNs = e.time;
      break;
    } else projector.event(e);
  }
  return projector;
}

export function compareConcerned(
  recorded: ConcernedProjection,
  replayed: ConcernedProjection,
): ConcernedAgreement {
  const aspects = {} as Record<Concern, AspectAgreement>;
  const first = {} as Record<Concern, FirstDifference | null>;
  for (const c of concerns) {
    const result = compareStrands(c, recorded.strands[c], replayed.strands[c]);
    aspects[c] = result.agreement;
    first[c] = result.first;
  }
  return { aspects, first, outOfScope: Object.fromEntries(recorded.outOfScope) };
}

class Projector implements ConcernedProjection {
  readonly strands: Record<Concern, Map<string, Observation[]>> = {
    "address spaces": new Map(),
    doorbells: new Map(),
    fences: new Map(),
    "sync objects": new Map(),
    results: new Map(),
  };
  readonly outOfScope = new Map<string, number>();
  endNs = Infinity;
  /** Fence contexts by first appearance: other fences of the kernel are not the same. */
  private readonly fenceContexts = new Map<number, number>();
  /** The strand of what each CPU's interrupts and each task are doing. */
  private readonly activations = new Map<string, string>();

  event(e: StreamEvent): void {
    const who = e.hardirq ? `cpu ${e.cpu}` : `task ${e.pid}`;
    if (isMark(e)) {
      this.activations.delete(who);
      return this.mark(e);
    }
    switch (e.name) {
      case "workqueue_execute_start":
      case "irq_handler_entry":
        this.activations.delete(who);
        return this.count(e);
      case "mmio_read":
      case "mmio_write":
        return this.access(e, who);
      case "dma_fence_init":
      case "dma_fence_signaled": {
        const driver = e.str("driver");
        if (!ownFences.has(driver)) return this.count(e);
        const timeline = `#${this.fenceContext(e.num("context"))}`;
        return this.add("fences", timeline, `${e.name} ${timeline}:${e.num("seqno")}`, e);
      }
      case "drm_sched_job_queue":
      case "drm_sched_job_done":
        // Their fences are addresses before 6.17.
        return this.add("fences", e.name, e.name, e);
      case "sync_write":
        return this.add("sync objects", "", `sync_write ${e.num("old")} to ${e.num("new")}`, e);
      case "ioctl_begin":
      case "ioctl_end":
        this.activations.delete(who);
        if (e.name === "ioctl_end") return this.result(e, e.str("name"), e.num("ret"));
        return;
      default:
        return this.count(e);
    }
  }

  private access(e: StreamEvent, who: string): void {
    const reg = e.str("reg");
    const own = addressSpace.test(reg);
    if (!own && !doorbell.test(reg)) return this.count(e);
    const value = addressRegister.test(reg) ? transtab(e) : hex(e.num("val"));
    const key = `${e.name === "mmio_read" ? "R" : "W"} ${reg} ${value}`;
    if (!own) return this.add("doorbells", "", key, e);
    const strand = this.activations.get(who) ?? key;
    this.activations.set(who, strand);
    // A poll counts once for each value that it saw: how often it turns depends on the phase of
    // the clock, which code that is not compared has moved.
    const last = this.strands["address spaces"].get(strand)?.at(-1);
    if (e.name === "mmio_read" && last?.key === key) return;
    this.add("address spaces", strand, key, e);
  }

  /** What the program wrote down: the end of a call, or what it found out about a fence. */
  private mark(e: StreamEvent): void {
    const text = e.str("text");
    const call = /^ioctl (\w+)(?:\(.*\))? end ret=(-?\d+)/.exec(text);
    if (call !== null) return this.result(e, call[1], Number(call[2]));
    const fence = /^fence .*status[= ](-?\d+)/.exec(text);
    // 0: not signalled yet. The programs of the recordings do not ask then.
    if (fence !== null && fence[1] !== "0")
      this.add("results", taskOf(e), `fence status ${fence[1]}`, e);
  }

  private result(e: StreamEvent, call: string, ret: number): void {
    if (comparedCalls.test(call)) this.add("results", taskOf(e), `${call} ${ret}`, e);
  }

  private fenceContext(context: number): number {
    let n = this.fenceContexts.get(context);
    if (n === undefined) {
      n = this.fenceContexts.size;
      this.fenceContexts.set(context, n);
    }
    return n;
  }

  private count(e: StreamEvent): void {
    this.outOfScope.set(e.name, (this.outOfScope.get(e.name) ?? 0) + 1);
  }

  private add(concern: Concern, strand: string, key: string, e: StreamEvent): void {
    const strands = this.strands[concern];
    const observation = { key, time: e.time, index: e.index };
    const observations = strands.get(strand);
    if (observations === undefined) strands.set(strand, [observation]);
    else observations.push(observation);
  }
}

/** A table's base is an address of the kernel that made the recording; that it is 0 is not. */
function transtab(e: StreamEvent): string {
  return e.num("val") === 0 ? hex(0) : "addr";
}

function taskOf(e: StreamEvent): string {
  return String(e.pid);
}
