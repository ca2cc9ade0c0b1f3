// The calls of a recording as event lines of a trace.

import { groupState, numberOf, pointFields, quoted, ret } from "./call-fields.ts";
import type { Clones } from "./clones.ts";
import type { Call } from "./facts.ts";
import { groupName, vmName, type WorldPlan } from "./groups.ts";
import { heapName, type HeapPlan } from "./heap.ts";
import { injectionLine } from "./injections.ts";
import { markNumber } from "./mark.ts";
import { type BufferPlan, isUnmap, type MemoryPlan, vmOfCall } from "./memory.ts";
import type { Notes } from "./notes.ts";
import { bufferLines, bufferWrites, createGroupFields } from "./object-lines.ts";
import type { SyncCreations } from "./sync-creations.ts";
import { syncName, type SyncPlan } from "./sync-points.ts";
import { waitTimeout } from "./wait-timeout.ts";
import { printDuration, printSize } from "../trace/units.ts";

/** What lines are written from. */
export interface EventPlans {
  readonly world: WorldPlan;
  readonly memory: MemoryPlan;
  readonly syncs: SyncPlan;
  readonly creations: SyncCreations;
  readonly heap: HeapPlan;
  readonly clones: Clones;
  readonly hz: number;
  readonly notes: Notes;
}

const syncOnly = 0x2000_0000;
const waitForSubmit = 2;
const waitFlags = [
  [1, "all"],
  [2, "for_submit"],
] as const;
const flagNames = ["readonly", "noexec", "uncached", "sparse"] as const;

/** Writes calls as `event: fields`, in the order in which the program made them. */
export class EventLines {
  /** Objects that are still there, by kind, in the order of their creation. */
  private readonly live = { bo: [] as string[], sync: [] as string[] };
  private vms = 0;
  /** Objects that nothing uses: the first to go. */
  private readonly spare: ReadonlySet<string>;
  private pages = 4096;
  private readonly filled = new Set<BufferPlan>();

  constructor(
    private readonly plans: EventPlans,
    /** Names that exist when the recording begins. */
    existing: { readonly bo: readonly string[]; readonly sync: readonly string[] },
  ) {
    this.live.bo.push(...existing.bo);
    this.live.sync.push(...existing.sync);
    this.spare = new Set([...plans.creations.spare].map(syncName));
  }

  /** The lines of a call; none where it leaves nothing to replay. */
  lines(call: Call): string[] {
    switch (call.name) {
      case "mark":
        return [`mark: text=${quoted(call.detail)}`];
      case "clone":
        return this.plans.clones.begun(call);
      case "join":
        return this.plans.clones.ended(call);
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
      case "VM_CREATE":
        return this.createVm(call);
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
        const name = syncName(this.plans.creations.made.get(call) ?? 0);
        this.live.sync.push(name);
        return [`syncobj_create: sync=${name}${ret(call)}`];
      }
      case "SYNCOBJ_DESTROY":
        return this.destroy(call, "sync", "syncobj_destroy", this.live.sync);
      case "SYNCOBJ_TIMELINE_SIGNAL":
        return this.point(call, "syncobj_timeline_signal");
      case "SYNCOBJ_WAIT":
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

  private createVm(call: Call): string[] {
    const id = ++this.vms;
    const given = call.after.map((a) => markNumber(a, "id")).find((n) => n !== null && n > 0) ?? id;
    // What is mapped in it although no call of the recording creates it.
    const others = this.plans.memory.buffers.filter((b) => b.vm === given && !b.created);
    const create = `vm_create: vm=${vmName(given)}${ret(call)}`;
    return call.ret !== null && call.ret < 0 ? [create] : [create, ...others.flatMap(bufferLines)];
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
    const buffer = this.plans.memory.buffers.find((b) => b.name === bo);
    const writes = buffer === undefined ? [] : this.writes(buffer);
    return [`bo_mmap_offset: bo=${bo}${ret(call)}`, ...writes];
  }

  /** Streams of a buffer that the program made while the recording ran: written once. */
  private writes(buffer: BufferPlan): string[] {
    if (!buffer.created || this.filled.has(buffer)) return [];
    this.filled.add(buffer);
    return bufferWrites(buffer, false);
  }

  private destroy(call: Call, field: "bo" | "sync", event: string, live: string[]): string[] {
    const handle = numberOf(call, "handle");
    if (handle !== null) {
      const given = field === "bo" ? `bo${handle}` : syncName(handle);
      const at = live.indexOf(given);
      if (at >= 0) return [`${event}: ${field}=${live.splice(at, 1)[0]}${ret(call)}`];
    }
    const spare = live.findLastIndex((n) => this.spare.has(n));
    const name = handle === null ? live.splice(Math.max(0, spare), 1)[0] : undefined;
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
      const into = markNumber(args, "offset") ?? 0;
      const offset = into === 0 ? "" : `offset=${printSize(into)} `;
      const va = `va=0x${(markNumber(args, "va") ?? 0).toString(16)}`;
      const where = `${offset}${va} size=${printSize(markNumber(args, "size") ?? 0)}`;
      if (isUnmap(flags)) return `op=unmap ${where.slice(offset.length)}${points}`;
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
    const writes = buffers.flatMap((b) => (b === null ? [] : this.writes(b)));
    return [...writes, `vm_bind: vm=${this.vm(call)}${async}${body}${ret(call)}`];
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
    const timeout = waitTimeout(call, this.plans.hz, this.plans.notes);
    const flags = numberOf(call, "flags") ?? waitForSubmit;
    const words = waitFlags.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => ` ${word}`);
    if (timeout > 0) words.push(` timeout=${printDuration(timeout)}`);
    const event = call.name.toLowerCase();
    const sync = call.name === "SYNCOBJ_WAIT" ? point.replace(/:.*/, "") : point;
    return [`${event}: sync=${sync}${words.join("")}${ret(call)}`];
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
