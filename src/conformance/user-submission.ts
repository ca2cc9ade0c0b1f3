// Agreement with recordings of the user submission RFC, made on 6.12: what the series concerns is
// compared, the rest is counted. Sequences are compared strand by strand (an object, a group, a
// queue, a task): the order between strands may depend on the phase of the clock, which code of the
// older driver has moved, and does not count here; order.ts compares it.

import { ContextTracker, type StreamEvent } from "../timeline/event-stream.ts";
import { type AspectAgreement, compareSequences, type FirstDifference } from "./compare.ts";
import { addressRegister, hex, isMark, normalise, type Observation } from "./project.ts";

export const userConcerns = [
  "sync objects",
  "doorbells",
  "mappings",
  "rings",
  "XGS jobs",
  "fences",
  "results",
  "address spaces",
] as const;
export type UserConcern = (typeof userConcerns)[number];

type Strands = Map<string, Observation[]>;

export interface UserProjection {
  readonly strands: Readonly<Record<UserConcern, Strands>>;
  /** Events that are not compared, by name. */
  readonly outOfScope: Map<string, number>;
}

export interface UserAgreement {
  readonly aspects: Record<UserConcern, AspectAgreement>;
  readonly first: Record<UserConcern, FirstDifference | null>;
  readonly outOfScope: Readonly<Record<string, number>>;
}

/** Scheduler queues of the series, and the fence of a job that waits. */
const xgsTimeline = /^(panthor_xgs|xgs-fence)$/;
const addressSpace = /^AS\d+_/;
const xgsState = /^xgs_(run|recheck|timeout) queue,result$/;
const mapping = /^user_db_(fault|insert|zap (bind|unbind)) handle/;
/** Calls that both programs make and mark. */
const call = /^(VM_|BO_CREATE|GROUP_|XGS_|SYNC_UPDATE|SYNCOBJ_TIMELINE_(WAIT|SIGNAL))/;

/** Where a kernel, or the worker in it, dies: the recording ends there. */
const died = /^(RIP: |Internal error: Oops)/;

/** Projects the events between the marks `TRACE START` and `TRACE END` (all, without marks). */
export function projectUserSubmission(events: Iterable<StreamEvent>): UserProjection {
  let p = new Projector();
  for (const e of events) {
    if (isMark(e) && e.str("text").startsWith("TRACE START")) p = new Projector();
    else if (isMark(e) && e.str("text").startsWith("TRACE END")) break;
    else if (e.name === "printk" && died.test(e.str("text"))) break;
    else p.event(e);
  }
  return p.projection;
}

class Projector {
  readonly projection: UserProjection = {
    strands: Object.fromEntries(userConcerns.map((c) => [c, new Map()])) as Record<
      UserConcern,
      Strands
    >,
    outOfScope: new Map(),
  };
  private firstContext = -1;
  private readonly tracker = new ContextTracker();

  event(e: StreamEvent): void {
    const context = normalise(this.tracker.label(e));
    const observed = this.observe(callEnd(e) ?? e, context);
    if (observed === null) {
      const { outOfScope } = this.projection;
      outOfScope.set(e.name, (outOfScope.get(e.name) ?? 0) + 1);
      return;
    }
    const [concern, strand, key] = observed;
    this.add(concern, strand, key, e);
  }

  private add(concern: UserConcern, strand: string, key: string, e: StreamEvent): void {
    const strands = this.projection.strands[concern];
    let sequence = strands.get(strand);
    if (sequence === undefined) strands.set(strand, (sequence = []));
    // A poll counts once for each value that it saw.
    if (e.name === "mmio_read" && sequence.at(-1)?.key === key) return;
    sequence.push({ key, time: e.time, index: e.index });
  }

  private observe(e: StreamEvent, context: string): [UserConcern, string, string] | null {
    switch (e.name) {
      case "sync_write": {
        const change = `${e.num("old")} to ${e.num("new")} status ${e.num("status")}`;
        return ["sync objects", hex64(e.num("va")), `GPU writes ${change}`];
      }
      case "dev_state":
        return this.state(e, context);
      case "user_doorbell":
        return ["doorbells", `task ${e.pid}`, `ring ${e.num("doorbell")}`];
      case "mmio_write":
      case "mmio_read":
        return this.register(e, context);
      case "iface_cfg": {
        const field = e.str("field");
        if (!field.startsWith("ACT=")) return null;
        return ["rings", `cs ${e.num("csg")}.${e.num("cs")}`, `${field} ${e.num("val")}`];
      }
      case "dma_fence_init":
      case "dma_fence_signaled": {
        const timeline = e.str("timeline");
        if (!xgsTimeline.test(timeline)) return null;
        const fence = this.fence(e);
        this.add("fences", `${e.name} of ${fence.context}`, fence.name, e);
        return ["fences", `${timeline} ${fence.name}`, `${e.name} in ${context}`];
      }
      case "drm_sched_job_queue":
      case "drm_sched_job_run":
        if (e.str("ring") !== "panthor_xgs") return null;
        return ["fences", e.name, `${e.name} in ${context}`];
      case "ioctl_end": {
        const name = e.str("name");
        return call.test(name)
          ? ["results", `${name} of ${e.pid}`, `${name} ${e.num("ret")}`]
          : null;
      }
      case "user_mark":
      case "tracing_mark_write":
        return status(e);
      default:
        return null;
    }
  }

  private state(e: StreamEvent, context: string): [UserConcern, string, string] | null {
    const state = e.str("state");
    const a = e.num("a");
    const b = e.num("b");
    if (state === "xgs_signal va,value") return ["sync objects", hex64(a), `CPU writes ${b}`];
    if (xgsState.test(state)) {
      // Errors are not told apart here: 64 bits are more than the event's field holds.
      const result = b === 0 ? "done" : "not done";
      return ["XGS jobs", `queue ${a}`, `${state.split(" ")[0]} ${result} in ${context}`];
    }
    if (mapping.test(state)) return ["mappings", `handle ${a}`, `${state} ${b} in ${context}`];
    return null;
  }

  private register(e: StreamEvent, context: string): [UserConcern, string, string] | null {
    const reg = e.str("reg");
    const write = e.name === "mmio_write";
    // The program's own stores are user_doorbell; the recording has a stand-in page for them.
    const userStore = reg.startsWith("DOORBELL_") && !/^kworker|_work$/.test(context);
    if (write && reg.startsWith("DOORBELL_") && reg !== "DOORBELL_0" && !userStore) {
      return ["doorbells", context, `${reg} in ${context}`];
    }
    if (addressSpace.test(reg)) {
      const value = addressRegister.test(reg) ? "addr" : hex(e.num("val"));
      return ["address spaces", reg.replace(/_.*/, ""), `${write ? "W" : "R"} ${reg} ${value}`];
    }
    return null;
  }

  /** Contexts are numbered from the first of the series' fences: queues are made in order. */
  private fence(e: StreamEvent): { readonly context: string; readonly name: string } {
    const context = e.num("context");
    if (this.firstContext < 0) this.firstContext = context;
    const n = context - this.firstContext;
    return { context: `${e.str("timeline")} #${n}`, name: `#${n}:${e.num("seqno")}` };
  }
}

/** `ioctl NAME end ret=N`, where NAME may say more in parentheses. */
function callEnd(e: StreamEvent): StreamEvent | null {
  if (!isMark(e)) return null;
  const m = /^ioctl (\w+)(?:\(.*\))? end ret=(-?\d+)/.exec(e.str("text"));
  if (m === null) return null;
  const { time, cpu, comm, pid, hardirq, softirq, index } = e;
  const where = { time, cpu, comm, pid, hardirq, softirq, index };
  return { ...where, name: "ioctl_end", num: () => Number(m[2]), str: () => m[1] };
}

/** What the program found out about a fence. */
function status(e: StreamEvent): [UserConcern, string, string] | null {
  const m = /^fence .*status[= ](-?\d+)/.exec(e.str("text"));
  return m === null ? null : ["results", `fences of task ${e.pid}`, `status ${m[1]}`];
}

const hex64 = (n: number): string => `0x${n.toString(16)}`;

export function compareUserSubmission(
  recorded: UserProjection,
  replayed: UserProjection,
): UserAgreement {
  const aspects = {} as Record<UserConcern, AspectAgreement>;
  const first = {} as Record<UserConcern, FirstDifference | null>;
  for (const c of userConcerns) {
    const a = recorded.strands[c];
    const b = replayed.strands[c];
    let matched = 0;
    let total = 0;
    let earliest: FirstDifference | null = null;
    // Calls that a program of the recordings did not mark are not compared.
    const strands = c === "results" ? a.keys() : new Set([...a.keys(), ...b.keys()]);
    for (const strand of strands) {
      const recorded = a.get(strand) ?? [];
      const r = compareSequences(`${c}, ${strand}`, recorded, b.get(strand) ?? []);
      matched += r.agreement.matched;
      // The trace makes the calls: more of them are calls that the program did not mark.
      const complete = c === "results" && r.agreement.matched === recorded.length;
      total += complete ? recorded.length : r.agreement.total;
      if (complete) continue;
      if (r.first !== null && at(r.first) < at(earliest)) earliest = r.first;
    }
    aspects[c] = { matched, total };
    first[c] = earliest;
  }
  return { aspects, first, outOfScope: Object.fromEntries(recorded.outOfScope) };
}

const at = (d: FirstDifference | null): number =>
  d?.recorded?.time ?? d?.replayed?.time ?? Infinity;
