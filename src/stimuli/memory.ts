// Buffers and command streams: what has to be mapped where so that the jobs of a recording find
// their streams. Marks of the recorder give addresses, not handles; which buffer is behind a
// mapping shows in nothing that is compared, so one buffer stands for all mappings of data.

import { type AddressNames, streamLines } from "./code.ts";
import type { Call, Facts, FenceId } from "./facts.ts";
import type { WorldPlan } from "./groups.ts";
import { type JobSite, jobSites } from "./job-sites.ts";
import { markNumber } from "./mark.ts";
import type { Notes } from "./notes.ts";
import { MeasuredRuns } from "./measured-runs.ts";

export interface StreamPlan {
  readonly name: string;
  readonly lines: readonly string[];
  /** It names addresses that are known only once a heap exists. */
  readonly late: boolean;
}

export interface BufferPlan {
  readonly name: string;
  readonly vm: number;
  size: number;
  /** Address that it is mapped at before the recording begins; null for none. */
  va: number | null;
  /** The recording shows its creation. */
  readonly created: boolean;
  readonly streams: { readonly stream: StreamPlan; readonly offset: number }[];
}

export interface MemoryPlan {
  readonly buffers: readonly BufferPlan[];
  readonly streams: readonly StreamPlan[];
  /** Stream of each job, by call and place in it; null for an empty one. */
  readonly jobs: ReadonlyMap<Call, readonly (StreamPlan | null)[]>;
  /** Buffer behind each operation that maps. */
  readonly mapped: ReadonlyMap<Call, readonly (BufferPlan | null)[]>;
  /** Buffer of each BO_CREATE. */
  readonly creations: ReadonlyMap<Call, BufferPlan>;
}

const regionBytes = 0x1_0000;
const unmapFlag = 0x1000_0000;
const kindMask = 0xf000_0000;

export class MemoryPlanner {
  private readonly buffers: BufferPlan[] = [];
  private readonly streams: StreamPlan[] = [];
  private readonly jobs = new Map<Call, (StreamPlan | null)[]>();
  private readonly mapped = new Map<Call, (BufferPlan | null)[]>();
  private readonly creations = new Map<Call, BufferPlan>();
  private readonly placed = new Map<string, StreamPlan>();
  private readonly runs: MeasuredRuns;

  constructor(
    private readonly facts: Facts,
    private readonly calls: readonly Call[],
    private readonly world: WorldPlan,
    private readonly names: AddressNames,
    private readonly notes: Notes,
  ) {
    this.runs = new MeasuredRuns(facts.jobTimes);
  }

  plan(): MemoryPlan {
    const sites = jobSites(this.calls, this.world);
    this.mappings(sites);
    this.usedAddresses(sites);
    for (const site of sites) this.job(site);
    if (this.facts.rewritten > 0) {
      this.notes.lost(
        "instruction words that changed while streams ran",
        this.facts.rewritten,
        "the first version runs each time",
      );
    }
    const { buffers, streams, jobs, mapped, creations } = this;
    return { buffers, streams, jobs, mapped, creations };
  }

  /** Goes through the calls as the program did: creations, and what is mapped after them. */
  private mappings(sites: readonly JobSite[]): void {
    const pending: BufferPlan[] = [];
    const byHandle = new Map<number, BufferPlan>();
    let data: BufferPlan | null = null;
    let created = 0;
    for (const call of this.calls) {
      if (call.name === "BO_CREATE") {
        const handle = call.after.map((a) => markNumber(a, "handle")).find((n) => n !== null);
        const name = `bo${handle ?? ++created}`;
        const vm = vmOfCall(call, this.world);
        const given = call.before.map((a) => markNumber(a, "size")).find((n) => n !== null);
        if (given === undefined) {
          this.notes.guess("sizes of buffers, from what is mapped", 1, "only registers would show");
        }
        const buffer = this.buffer(name, vm, given ?? regionBytes, null, true);
        this.creations.set(call, buffer);
        if (handle === undefined) pending.push(buffer);
        else byHandle.set(handle, buffer);
      }
      if (call.name !== "VM_BIND") continue;
      const vm = vmOfCall(call, this.world);
      const buffers = call.before.map((args) => {
        const flags = markNumber(args, "flags") ?? 0;
        if ((flags & kindMask) !== 0) return null;
        const va = markNumber(args, "va") ?? 0;
        const size = markNumber(args, "size") ?? 0;
        const code = sites.some((s) => s.vm === vm && s.addr >= va && s.addr < va + size);
        const handle = markNumber(args, "bo");
        let buffer = handle === null ? (pending.shift() ?? null) : null;
        if (handle !== null) {
          buffer = byHandle.get(handle) ?? this.buffer(`bo${handle}`, vm, size, null, false);
          byHandle.set(handle, buffer);
        }
        if (buffer === null) {
          this.notes.guess("buffers behind mappings", 1, "any buffer of that size does");
          if (code) buffer = this.named(`cs${this.world.vms.size > 1 ? vm : ""}`, vm, size);
          else buffer = data ??= this.buffer("data", vm, size, null, false);
        }
        buffer.size = Math.max(buffer.size, size + (markNumber(args, "offset") ?? 0));
        this.ranges.push({ vm, start: va, end: va + size, buffer });
        return buffer;
      });
      this.mapped.set(call, buffers);
    }
  }

  /** What calls map, and what is mapped when the recording begins. */
  private readonly ranges: {
    readonly vm: number;
    readonly start: number;
    end: number;
    readonly buffer: BufferPlan;
  }[] = [];

  private named(name: string, vm: number, size: number): BufferPlan {
    const known = this.buffers.find((b) => b.name === name);
    return known ?? this.buffer(name, vm, size, null, false);
  }

  private buffer(
    name: string,
    vm: number,
    size: number,
    va: number | null,
    created: boolean,
  ): BufferPlan {
    const buffer: BufferPlan = { name, vm, size, va, created, streams: [] };
    this.buffers.push(buffer);
    return buffer;
  }

  /** Addresses that were used although no call maps them were mapped before. */
  private usedAddresses(sites: readonly JobSite[]): void {
    for (const { vm, addr, size } of sites) {
      if (size > 0) this.ensure(vm, addr, size, `cs${this.world.vms.size > 1 ? vm : ""}`);
    }
    for (const [vm, table] of this.world.vms) {
      const own = table === 0 && this.world.vms.size === 1 ? this.anyData() : null;
      for (const va of own ?? this.facts.data.get(table) ?? []) {
        if (!this.names.has(va)) this.ensure(vm, va, 16, "sync");
      }
    }
    for (const call of this.calls) {
      if (call.name !== "shrink") continue;
      const vm = this.world.vms.keys().next().value ?? 1;
      for (const { start, size } of call.locked) this.ensure(vm, start, size, "buffer");
    }
  }

  private *anyData(): Generator<number> {
    for (const set of this.facts.data.values()) yield* set;
  }

  private ensure(vm: number, start: number, size: number, name: string): void {
    const end = start + size;
    const range = this.ranges.find((r) => r.vm === vm && start >= r.start && start < r.end);
    const bytes = Math.ceil((end - alignDown(start)) / regionBytes) * regionBytes;
    if (range !== undefined) {
      if (end <= range.end || range.buffer.va === null) return;
      range.end = Math.ceil(end / regionBytes) * regionBytes;
      range.buffer.size = Math.max(range.buffer.size, range.end - range.start);
      return;
    }
    let unique = name;
    for (let n = 1; this.buffers.some((b) => b.name === unique); n++) unique = `${name}${n}`;
    const va = alignDown(start);
    const buffer = this.buffer(unique, vm, bytes, va, false);
    this.ranges.push({ vm, start: va, end: va + bytes, buffer });
    this.notes.guess(
      "buffers that were mapped before the recording, from the addresses that streams use",
      1,
      "sizes are multiples of 64 KiB",
    );
  }

  private job(site: JobSite): void {
    const list = this.jobs.get(site.call) ?? [];
    this.jobs.set(site.call, list);
    list[site.place] = site.size === 0 ? null : this.stream(site);
  }

  private stream(site: JobSite): StreamPlan {
    const { vm, addr, size } = site;
    const known = this.placed.get(`${vm}:${addr}:${size}`);
    if (known !== undefined) return known;
    const table = this.world.vms.get(vm) ?? 0;
    const code = this.facts.code.get(table) ?? onlyOne(this.facts.code);
    const found = code === null ? null : streamLines(code, addr, size, this.names);
    if (found === null) return this.measured(site);
    if (found.missing > 0) {
      this.notes.guess("instructions behind a fault, as NOPs", found.missing, "they never ran");
    }
    const range = this.ranges.find((r) => r.vm === vm && addr >= r.start && addr < r.end)!;
    const stream = this.streamOf(found.lines, addr - range.start);
    range.buffer.streams.push({ stream, offset: addr - range.start });
    this.placed.set(`${vm}:${addr}:${size}`, stream);
    return stream;
  }

  /** The same stream at the same place of another VM's buffer has the same name. */
  private streamOf(lines: readonly string[], offset: number): StreamPlan {
    const text = lines.join("\n");
    const key = `${offset}\n${text}`;
    const known = this.placed.get(key);
    if (known !== undefined) return known;
    const late = [...this.names.values()].some((name) => text.includes(name));
    const stream: StreamPlan = { name: `job${this.streams.length}`, lines, late };
    this.streams.push(stream);
    this.placed.set(key, stream);
    return stream;
  }

  /** A job whose instructions are not on record: work for as long as it took. */
  private measured(site: JobSite): StreamPlan {
    const fence: FenceId | undefined = site.call.jobs[site.place]?.fence;
    const line = this.runs.line(fence);
    const key = `${site.vm}:${line}`;
    const known = this.placed.get(key);
    this.notes.guess(
      "streams without instructions on record, as work for as long as the job took",
      1,
      "GPU-side waits and faults do not show",
    );
    if (known !== undefined) return known;
    const range = this.ranges.find((r) => r.vm === site.vm && site.addr >= r.start)!;
    const used = range.buffer.streams.map((s) => s.offset + 64);
    const offset = Math.max(0, ...used);
    range.buffer.size = Math.max(range.buffer.size, offset + 64);
    const stream = this.streamOf([line], offset);
    range.buffer.streams.push({ stream, offset });
    this.placed.set(key, stream);
    return stream;
  }
}

/** Which VM a call is about: the one that it names, or the first. */
export function vmOfCall(call: Call, world: WorldPlan): number {
  for (const args of [...call.before, ...call.after]) {
    const id = markNumber(args, "vm");
    if (id !== null && world.vms.has(id)) return id;
  }
  return world.binds.get(call) ?? world.vms.keys().next().value ?? 1;
}

export function isUnmap(flags: number): boolean {
  return (flags & kindMask) >>> 0 === unmapFlag;
}

function alignDown(va: number): number {
  return Math.floor(va / regionBytes) * regionBytes;
}

function onlyOne<V>(map: ReadonlyMap<number, V>): V | null {
  return map.size === 1 ? map.values().next().value! : null;
}
