// Which sync object each call waits for and signals. Marks give handles only where a program waits;
// elsewhere the fences tell: every point that is signalled makes a fence chain, all points of one
// sync object share the chain's context, and a job's dependencies name the fences it waits for.

import type { Call, FenceId } from "./facts.ts";
import { fenceId } from "./facts.ts";
import { type MarkArgs, markNumber } from "./mark.ts";
import type { Notes } from "./notes.ts";

/** Points of one operation (a job, a bind), as a trace writes them. */
export interface OperationSyncs {
  readonly wait: readonly string[];
  readonly signal: readonly string[];
}

export interface SyncPlan {
  /** By call: points of each of its operations. */
  readonly operations: ReadonlyMap<Call, readonly OperationSyncs[]>;
  /** Points that a wait or a signal from user space names. */
  readonly points: ReadonlyMap<Call, string>;
  /** Handles of all sync objects, in the order of their creation. */
  readonly handles: readonly number[];
}

export const syncName = (handle: number): string => `sync${handle}`;

const waits: ReadonlySet<string> = new Set(["SYNCOBJ_WAIT", "SYNCOBJ_TIMELINE_WAIT"]);

export class SyncPoints {
  /** Sync object of a chain's context. */
  private readonly handleOf = new Map<number, number>();
  private readonly handles = new Set<number>();
  /** Context and numbers of chains, in the order of their making. */
  private readonly contexts = new Map<number, Set<number>>();
  /** Point that a job's fence signals. */
  private readonly pointOf = new Map<FenceId, string>();

  constructor(
    private readonly calls: readonly Call[],
    private readonly notes: Notes,
  ) {}

  plan(): SyncPlan {
    this.collect();
    this.nameAwaited();
    this.nameSatisfied();
    this.nameOthers();
    const operations = new Map<Call, OperationSyncs[]>();
    const points = new Map<Call, string>();
    for (const call of this.calls) {
      if (call.name === "GROUP_SUBMIT" || call.name === "VM_BIND") {
        operations.set(call, this.operations(call));
      } else if (waits.has(call.name) || call.name === "SYNCOBJ_TIMELINE_SIGNAL") {
        const point = this.named(call);
        if (point !== null) points.set(call, point);
      }
    }
    return { operations, points, handles: [...this.handles].sort((a, b) => a - b) };
  }

  private collect(): void {
    for (const call of this.calls) {
      for (const { context, seqno } of call.chains) {
        const seen = this.contexts.get(context);
        if (seen === undefined) this.contexts.set(context, new Set([seqno]));
        else seen.add(seqno);
      }
      const handle = handleOf(call);
      if (handle !== null) this.handles.add(handle);
      for (const args of call.before) {
        for (const [given] of [...points(args, "wait"), ...points(args, "signal")]) {
          this.handles.add(given);
        }
      }
      this.nameGiven(call);
    }
  }

  /** A chain is made for every point that a call signals, in order. */
  private nameGiven(call: Call): void {
    const signals = call.before.flatMap((args) => points(args, "signal"));
    if (signals.length !== call.chains.length) return;
    signals.forEach(([handle], i) => this.handleOf.set(call.chains[i].context, handle));
  }

  /** A wait that has to wait asks the chain of its point to signal. */
  private nameAwaited(): void {
    for (const call of this.calls) {
      const handle = handleOf(call);
      const contexts = new Set(call.awaited.map(({ context }) => context));
      if (handle === null || contexts.size !== 1) continue;
      this.handleOf.set(call.awaited[0].context, handle);
    }
  }

  /** One that finds its point signalled leaves nothing: the first chain that has that point. */
  private nameSatisfied(): void {
    const named = new Set(this.handleOf.values());
    for (const call of this.calls) {
      const handle = handleOf(call);
      if (handle === null || named.has(handle)) continue;
      const point = pointOf(call) ?? 0;
      for (const [context, points] of this.contexts) {
        if (this.handleOf.has(context) || !points.has(point)) continue;
        this.handleOf.set(context, handle);
        named.add(handle);
        this.notes.guess("sync objects of waits that found their point signalled");
        break;
      }
    }
  }

  /** Sync objects that nobody waits for get the numbers that are left. */
  private nameOthers(): void {
    let next = 1;
    for (const context of this.contexts.keys()) {
      if (this.handleOf.has(context)) continue;
      this.handleOf.set(context, (next = this.free(next)));
      this.handles.add(next);
    }
  }

  private free(from: number): number {
    let handle = from;
    while (this.handles.has(handle)) handle++;
    return handle;
  }

  private chainPoint(context: number, seqno: number): string | null {
    const handle = this.handleOf.get(context);
    return handle === undefined ? null : `${syncName(handle)}:${seqno}`;
  }

  private named(call: Call): string | null {
    const handle = handleOf(call);
    if (handle !== null) return `${syncName(handle)}:${pointOf(call) ?? 0}`;
    const made = call.chains[0];
    return made === undefined ? null : this.chainPoint(made.context, made.seqno);
  }

  /** Points of a submit's jobs or a bind's operations. */
  private operations(call: Call): OperationSyncs[] {
    let chain = 0;
    const last = call.before.length - 1;
    return call.before.map((args, i) => {
      if (args.has("wait") || args.has("signal")) return this.given(args);
      const given = markNumber(args, "nsyncs") ?? markNumber(args, "syncs");
      const job = call.jobs[i];
      const wait: string[] = [];
      for (const dep of job?.deps ?? []) {
        const point = this.dependency(dep);
        if (point !== null && !wait.includes(point)) wait.push(point);
      }
      // What does not wait signals; the last operation takes all that is left. Where no mark says
      // how many points there are, each operation has as many.
      const left = call.chains.length - chain;
      const own = given === null ? Math.ceil(left / (last - i + 1)) : given - wait.length;
      const count = i === last ? left : Math.min(left, own);
      const signal: string[] = [];
      for (let n = 0; n < count; n++) {
        const { context, seqno } = call.chains[chain++];
        const point = this.chainPoint(context, seqno);
        if (point !== null) signal.push(point);
      }
      if (job !== undefined && signal.length > 0) this.pointOf.set(job.fence, signal[0]);
      const missing = (given ?? 0) - wait.length - signal.length;
      if (missing > 0) this.missing(call, missing, signal);
      return { wait, signal };
    });
  }

  /** Points that the arguments of a call name. */
  private given(args: MarkArgs): OperationSyncs {
    const named = (key: string): string[] =>
      points(args, key).map(([handle, n]) => syncName(handle) + (n === 0 ? "" : `:${n}`));
    return { wait: named("wait"), signal: named("signal") };
  }

  private dependency(dep: FenceId): string | null {
    const [context, seqno] = dep.split(":").map(Number);
    const point = this.chainPoint(context, seqno) ?? this.pointOf.get(fenceId(context, seqno));
    if (point === undefined) this.notes.lost("dependencies on fences of unknown origin");
    return point ?? null;
  }

  /** A call that failed made no chains; one that found its fences signalled, no dependencies. */
  private missing(call: Call, count: number, signal: string[]): void {
    if (call.ret === null || call.ret >= 0) {
      this.notes.lost("waits for points that had been signalled", count);
      return;
    }
    this.notes.guess("sync objects of calls that failed", count);
    for (let n = 0; n < count; n++) signal.push(this.pointMissed(call));
  }

  /** What the program waits for next although nothing signals it, or a sync object of its own. */
  private pointMissed(call: Call): string {
    for (const later of this.calls) {
      if (later.beginNs < call.endNs || later === call || later.pid !== call.pid) continue;
      const handle = handleOf(later);
      if (handle === null) continue;
      const made = [...this.handleOf.values()].includes(handle);
      if (!made) return `${syncName(handle)}:${pointOf(later) ?? 1}`;
      break;
    }
    const handle = this.free(1);
    this.handles.add(handle);
    return `${syncName(handle)}:1`;
  }
}

function handleOf(call: Call): number | null {
  if (!waits.has(call.name) && call.name !== "SYNCOBJ_TIMELINE_SIGNAL") return null;
  for (const args of call.before) {
    const handle = markNumber(args, "handle");
    if (handle !== null) return handle;
  }
  return null;
}

function pointOf(call: Call): number | null {
  for (const args of call.before) {
    const point = markNumber(args, "point");
    if (point !== null) return point;
  }
  return null;
}

/** `handle:point,…`; point 0 stands for a binary sync object. */
function points(args: MarkArgs, key: string): (readonly [number, number])[] {
  const text = args.get(key);
  if (text === undefined) return [];
  return text.split(",").flatMap((p) => {
    const [handle, n] = p.split(":").map(Number);
    return Number.isInteger(handle) && handle > 0 ? [[handle, n || 0] as const] : [];
  });
}
