// The order across contexts, of recordings of 6.12: register accesses, work items and fences of the
// driver, each in one sequence over all interrupts, workers and tasks. Where 6.12 and the ported
// driver differ outside the series (driver code of 7.3 that 6.12 has not), what they do is counted
// by reason and left out.

import { ContextTracker, type StreamEvent } from "../timeline/event-stream.ts";
import { type AspectAgreement, compareSequences, type FirstDifference } from "./compare.ts";
import {
  addressRegister,
  driverWork,
  hex,
  isMark,
  normalise,
  type Observation,
} from "./project.ts";

export const orders = ["order of accesses", "order of work", "order of fences"] as const;
export type Order = (typeof orders)[number];

interface OrderProjection {
  readonly sequences: Readonly<Record<Order, Observation[]>>;
  /** Names of tasks are cut at eight characters: the recording is a dump at a panic. */
  readonly cutNames: boolean;
  /** What was left out, by reason. */
  readonly leftOut: Map<string, number>;
}

/** Registers that the driver of 7.3 accesses and that of 6.12 does not, with what came later. */
const laterRegisters: readonly (readonly [RegExp, string])[] = [
  [/^COHERENCY_PROTOCOL$/, "7.3 chooses the coherency protocol"],
  [/^GPU_FEATURES_(LO|HI)$/, "7.3 reads GPU_FEATURES"],
];

/** The program's own stores to mapped doorbells: a page of memory in the recordings. */
const doorbell = /^DOORBELL_[1-9]/;
const ownFences = new Set(["drm_sched", "panthor"]);

/** Where a kernel, or the worker in it, dies: the recording ends there. */
const died = /^(RIP: |Internal error: Oops)/;

/** As projectConcerned(): the events between the marks, behind `untilNs` nothing. */
export function projectOrder(events: Iterable<StreamEvent>, untilNs = Infinity): OrderProjection {
  let p = new Projector();
  for (const e of events) {
    if (e.time > untilNs) continue;
    if (isMark(e) && e.str("text").startsWith("TRACE START")) p = new Projector();
    else if (isMark(e) && e.str("text").startsWith("TRACE END")) break;
    else if (e.name === "printk" && died.test(e.str("text"))) break;
    else p.event(e);
  }
  return p;
}

class Projector implements OrderProjection {
  readonly sequences: Record<Order, Observation[]> = {
    "order of accesses": [],
    "order of work": [],
    "order of fences": [],
  };
  readonly leftOut = new Map<string, number>();
  cutNames = false;
  private readonly tracker = new ContextTracker();
  private readonly fenceContexts = new Map<number, number>();

  event(e: StreamEvent): void {
    const context = contextName(this.tracker.label(e), e.comm);
    if (e.comm === "kworker/") this.cutNames = true;
    switch (e.name) {
      case "mmio_read":
      case "mmio_write":
        return this.access(e, context);
      case "workqueue_queue_work":
        return this.work(e, `queue ${e.str("function")} on ${e.str("workqueue")} in ${context}`);
      case "workqueue_execute_start":
        return this.work(e, `run ${e.str("function")} on ${e.comm}`);
      case "dma_fence_init":
      case "dma_fence_signaled":
        if (!ownFences.has(e.str("driver"))) return;
        return this.add("order of fences", `${e.name} ${this.fence(e)} in ${context}`, e);
    }
  }

  private access(e: StreamEvent, context: string): void {
    const reg = e.str("reg");
    for (const [pattern, reason] of laterRegisters) {
      if (!pattern.test(reg)) continue;
      this.leftOut.set(reason, (this.leftOut.get(reason) ?? 0) + 1);
      return;
    }
    if (doorbell.test(reg) && !/^kworker|_work$/.test(context)) return;
    const value = addressRegister.test(reg) ? "addr" : hex(e.num("val"));
    const direction = e.name === "mmio_read" ? "R" : "W";
    this.add("order of accesses", `${direction} ${reg} ${value} in ${context}`, e);
  }

  private work(e: StreamEvent, key: string): void {
    if (driverWork.test(e.str("function"))) this.add("order of work", key, e);
  }

  private fence(e: StreamEvent): string {
    const context = e.num("context");
    let n = this.fenceContexts.get(context);
    if (n === undefined) this.fenceContexts.set(context, (n = this.fenceContexts.size));
    return `#${n}:${e.num("seqno")}`;
  }

  private add(order: Order, key: string, e: StreamEvent): void {
    this.sequences[order].push({ key, time: e.time, index: e.index });
  }
}

const kernelThread = /^(kworker|irq|ksoftirqd|rcu|kthreadd|swapper|<idle>)/;

/** Programs have the names that a trace gives them; an interrupt thread is known by its number. */
function contextName(label: string, comm: string): string {
  if (label === comm && !kernelThread.test(label)) return "program";
  return normalise(label).replace(/^(irq\/\d+)-.*/, "$1");
}

interface OrderAgreement {
  readonly aspects: Readonly<Record<Order, AspectAgreement>>;
  readonly first: Readonly<Record<Order, FirstDifference | null>>;
  /** What of the replay is not compared, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export function compareOrder(recorded: OrderProjection, replayed: OrderProjection): OrderAgreement {
  const aspects = {} as Record<Order, AspectAgreement>;
  const first = {} as Record<Order, FirstDifference | null>;
  for (const o of orders) {
    const cut = recorded.cutNames || replayed.cutNames;
    const [a, b] = [recorded, replayed].map(({ sequences }) =>
      cut ? sequences[o].map(withoutWorker) : sequences[o],
    );
    const result = compareSequences(o, a, b);
    aspects[o] = result.agreement;
    first[o] = result.first;
  }
  return { aspects, first, leftOut: Object.fromEntries(replayed.leftOut) };
}

const withoutWorker = (o: Observation): Observation => ({
  ...o,
  key: o.key.replace(/ on kworker.*/, ""),
});
