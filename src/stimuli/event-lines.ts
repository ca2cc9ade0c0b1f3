// The calls of a recording as event lines of a trace.

import type { Call } from "./facts.ts";
import { groupName, vmName, type WorldPlan } from "./groups.ts";
import { heapName, type HeapPlan } from "./heap.ts";
import { injectionLine } from "./injections.ts";
import { markNumber } from "./mark.ts";
import { isUnmap, type MemoryPlan, vmOfCall } from "./memory.ts";
import type { Notes } from "./notes.ts";
import { bufferWrites, createGroupFields } from "./object-lines.ts";
import { syncName, type SyncPlan } from "./sync-points.ts";
import { waitTimeout } from "./wait-timeout.ts";
import { printErrno } from "../trace/errno-name.ts";
import { printDuration, printSize } from "../trace/units.ts";

/** What lines are written from. */
export interface EventPlans {
  readonly world: WorldPlan;
  readonly memory: MemoryPlan;
  readonly syncs: SyncPlan;
  readonly heap: HeapPlan;
  readonly hz: number;
  readonly notes: Notes;
}

const syncOnly = 0x2000_0000;
const flagNames = ["readonly", "noexec", "uncached", "sparse"] as const;
const stateNames = [
  [1, "timedout"],
  [2, "fatal_fault"],
  [4, "innocent"],
] as const;

/** Writes calls as `event: fields`, in the order in which the program made them. */
export class EventLines {
  /** Objects that are still there, by kind, in the order of their creation. */
  private readonly live = { bo: [] as string[], sync: [] as string[] };
  private readonly made = { sync: 0, vm: 0 };
  private pages = 4096;

  constructor(
    private readonly plans: EventPlans,
    /** Names that exist when the recording begins. */
    existing: { readonly bo: readonly string[]; readonly sync: readonly string[] },
  ) {
    this.live.bo.push(...existing.bo);
    this.live.sync.push(...existing.sync);
    this.made.sync = existing.sync.length;
  }

  /** The lines of a call; none where it leaves nothing to replay. */
  lines(call: Call): string[] {
    switch (call.name) {
      case "mark":
        return [`mark: text=${quoted(call.detail)}`];
      case "open":
        return ["open:"];
      case "close":
        return ["close:"];
      case "plug":
        return ["plug:"];
      case "unbind":
        return ["unbind:"];
      case "sleep":
        return [`sleep: for=${call.detail}`];
      case "profiling":
        return [`set_profiling: mask=${numberOf(call, "mask") ?? 0}`];
      case "shrink":
        return this.shrink(call);
      case "inject":
        return injectionLine(call.before.at(-1)!, this.plans.notes);
      case "fence_status":
        this.plans.notes.lost(
          "fence status queries",
          1,
          "marks name no sync object; a query changes no fence or register",
        );
        return [];
      case "DEV_QUERY":
        return [`dev_query: type=${call.detail.toLowerCase() || "gpu_info"}${ret(call)}`];
      case "VM_CREATE": {
        const id = ++this.made.vm;
        const given = call.after.map((a) => markNumber(a, "id")).find((n) => n !== null && n > 0);
        return [`vm_create: vm=${vmName(given ?? id)}${ret(call)}`];
      }
      case "VM_DESTROY":
        return [`vm_destroy: vm=${this.vm(call)}${ret(call)}`];
      case "VM_GET_STATE":
        return [`vm_get_state: vm=${this.vm(call)}${this.vmState(call)}${ret(call)}`];
      case "VM_BIND":
        return this.bind(call);
      case "BO_CREATE": {
        const buffer = this.plans.memory.creations.get(call)!;
        this.live.bo.push(buffer.name);
        const fields = `bo=${buffer.name} size=${printSize(buffer.size)} vm=${vmName(buffer.vm)}`;
        return [`bo_create: ${fields}${ret(call)}`];
      }
      case "BO_MMAP_OFFSET":
        return this.mmapOffset(call);
      case "GEM_CLOSE":
        return this.destroy(call, "bo", "gem_close", this.live.bo);
      case "SYNCOBJ_CREATE": {
        const name = syncName(this.plans.syncs.handles[this.made.sync] ?? this.made.sync + 1);
        this.made.sync++;
        this.live.sync.push(name);
        return [`syncobj_create: sync=${name}${ret(call)}`];
      }
      case "SYNCOBJ_DESTROY":
        return this.destroy(call, "sync", "syncobj_destroy", this.live.sync);
      case "SYNCOBJ_TIMELINE_SIGNAL":
        return this.point(call, "syncobj_timeline_signal");
      case "SYNCOBJ_TIMELINE_WAIT":
        return this.wait(call);
      case "GROUP_CREATE":
        return this.createGroup(call);
      case "GROUP_DESTROY":
        return [`group_destroy: group=${this.group(call)}${ret(call)}`];
      case "GROUP_GET_STATE":
        return [`group_get_state: group=${this.group(call)}${groupState(call)}${ret(call)}`];
      case "GROUP_SUBMIT":
        return this.submit(call);
      case "TILER_HEAP_CREATE":
        return this.createHeap(call);
      case "TILER_HEAP_DESTROY":
        return [`tiler_heap_destroy: heap=${heapName}${ret(call)}`];
    }
    this.plans.notes.lost(`calls of ${call.name}`, 1, "no event of the trace format stands for it");
    return [];
  }

  private vm(call: Call): string {
    return vmName(vmOfCall(call, this.plans.world));
  }

  private group(call: Call): string {
    return groupName(numberOf(call, "group") ?? 1);
  }

  private vmState(call: Call): string {
    if (call.ret !== 0) return "";
    const state = numberOf(call, "state");
    return state === null ? "" : ` state=${state === 0 ? "usable" : "unusable"}`;
  }

  private mmapOffset(call: Call): string[] {
    const bo = this.live.bo.at(-1);
    if (bo === undefined) return [];
    return [`bo_mmap_offset: bo=${bo}${ret(call)}`, ...this.written(bo)];
  }

  /** Streams of a buffer that the program made while the recording ran. */
  private written(bo: string): string[] {
    const buffer = this.plans.memory.buffers.find((b) => b.name === bo);
    return buffer === undefined ? [] : bufferWrites(buffer, false);
  }

  private destroy(call: Call, field: string, event: string, live: string[]): string[] {
    const name = live.shift();
    if (name === undefined) {
      this.plans.notes.lost(`${event} of unknown objects`, 1, "they stay until close");
      return [];
    }
    if (live.length > 0) {
      this.plans.notes.guess(`objects of ${event}: the oldest`, 1, "marks name none");
    }
    return [`${event}: ${field}=${name}${ret(call)}`];
  }

  private bind(call: Call): string[] {
    const buffers = this.plans.memory.mapped.get(call) ?? [];
    const syncs = this.plans.syncs.operations.get(call) ?? [];
    const ops = call.before.map((args, i) => {
      const flags = markNumber(args, "flags") ?? 0;
      const sync = syncs[i];
      const points = sync === undefined ? "" : pointFields(sync.wait, sync.signal);
      if (flags >>> 0 === syncOnly) return `op=sync_only${points}`;
      const va = `va=0x${(markNumber(args, "va") ?? 0).toString(16)}`;
      const where = `${va} size=${printSize(markNumber(args, "size") ?? 0)}`;
      if (isUnmap(flags)) return `op=unmap ${where}${points}`;
      const names = flagNames.filter((_, bit) => (flags & (1 << bit)) !== 0);
      const mapFlags = names.length === 0 ? "" : ` flags=${names.join("|")}`;
      return `op=map bo=${buffers[i]?.name ?? "data"} ${where}${mapFlags}${points}`;
    });
    if (ops.length === 0) {
      this.plans.notes.lost("arguments of VM_BIND", 1, "the mapping is missing");
      return [];
    }
    const async = call.detail.startsWith("async") || numberOf(call, "async") === 1 ? " async" : "";
    const body = ops.length === 1 ? ` ${ops[0]}` : ops.map((o) => ` bind={${o}}`).join("");
    return [`vm_bind: vm=${this.vm(call)}${async}${body}${ret(call)}`];
  }

  private submit(call: Call): string[] {
    const streams = this.plans.memory.jobs.get(call) ?? [];
    const syncs = this.plans.syncs.operations.get(call) ?? [];
    const jobs = call.before.map((args, i) => {
      const queue = markNumber(args, "queue") ?? 0;
      const stream = streams[i] ?? null;
      const points = pointFields(syncs[i]?.wait ?? [], syncs[i]?.signal ?? []);
      return [
        queue === 0 ? "" : ` queue=${queue}`,
        stream === null ? "" : ` stream=${stream.name}`,
        points,
      ].join("");
    });
    if (jobs.length === 0) {
      this.plans.notes.lost("arguments of GROUP_SUBMIT", 1, "the jobs are missing");
      return [];
    }
    const body = jobs.length === 1 ? jobs[0] : jobs.map((j) => ` job={${j.trim()}}`).join("");
    return [`group_submit: group=${this.group(call)}${body}${ret(call)}`];
  }

  private point(call: Call, event: string): string[] {
    const point = this.plans.syncs.points.get(call);
    if (point === undefined) {
      this.plans.notes.lost(`points of ${event}`, 1, "nothing is signalled");
      return [];
    }
    return [`${event}: sync=${point}${ret(call)}`];
  }

  private wait(call: Call): string[] {
    const point = this.plans.syncs.points.get(call);
    if (point === undefined) {
      this.plans.notes.lost("points of waits", 1, "the program goes on at once");
      return [];
    }
    const timeout = printDuration(waitTimeout(call, this.plans.hz, this.plans.notes));
    return [`syncobj_timeline_wait: sync=${point} for_submit timeout=${timeout}${ret(call)}`];
  }

  private createGroup(call: Call): string[] {
    const handle = call.after.map((a) => markNumber(a, "handle")).find((n) => n !== null) ?? 0;
    const plan = this.plans.world.groups.get(handle);
    if (plan !== undefined) return [`group_create: ${createGroupFields(plan)}${ret(call)}`];
    const vm = this.vm(call);
    const nq = call.after.map((a) => markNumber(a, "nq")).find((n) => n !== null) ?? 1;
    const free = Math.max(0, ...this.plans.world.groups.keys()) + 1;
    const queues = Array.from({ length: nq }, () => " queue={}").join("");
    return [`group_create: group=${groupName(free)} vm=${vm}${queues}${ret(call)}`];
  }

  private shrink(call: Call): string[] {
    if (call.detail !== "") this.pages = Number(call.detail);
    return [`shrink: pages=${this.pages}`];
  }

  private createHeap(call: Call): string[] {
    const { chunkBytes, initial, most } = this.plans.heap;
    const sizes = `chunk_size=${printSize(chunkBytes)} initial_chunks=${initial} max_chunks=${most}`;
    const create = `tiler_heap_create: heap=${heapName} vm=${this.vm(call)} ${sizes}${ret(call)}`;
    return [create, ...this.plans.memory.buffers.flatMap((b) => bufferWrites(b, true))];
  }
}

function pointFields(wait: readonly string[], signal: readonly string[]): string {
  const waits = wait.length === 0 ? "" : ` wait=${wait.join(",")}`;
  return waits + (signal.length === 0 ? "" : ` signal=${signal.join(",")}`);
}

function numberOf(call: Call, key: string): number | null {
  for (const args of [...call.before, ...call.after]) {
    const n = markNumber(args, key);
    if (n !== null) return n;
  }
  return null;
}

function ret(call: Call): string {
  if (!call.ended) return " ret=any";
  return call.ret === null || call.ret >= 0 ? "" : ` ret=-${printErrno(-call.ret)}`;
}

function groupState(call: Call): string {
  const state = numberOf(call, "state");
  const fatal = numberOf(call, "fatal_queues");
  if (call.ret !== 0 || state === null) return "";
  const names = stateNames.filter(([bit]) => (state & bit) !== 0).map(([, name]) => name);
  const word = names.length === 0 ? "none" : names.join("|");
  return ` state=${word}${fatal === null ? "" : ` fatal_queues=0x${fatal.toString(16)}`}`;
}

function quoted(text: string): string {
  const escaped = text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t");
  return `"${escaped.replaceAll("$", "$$$$")}"`;
}
