// A kernel that only notes what user tasks ask of it: the tests of the user side run without the
// driver.

import type { Annotation } from "../../../src/device/cs/annotation.ts";
import type { Injection } from "../../../src/device/inject.ts";
import { zeroCosts } from "../../../src/machine/core/costs.ts";
import { Machine } from "../../../src/machine/core/machine.ts";
import { done, type Kernel } from "../../../src/machine/core/op.ts";
import { kernel73 } from "../../../src/machine/kernel-version.ts";
import type { Linux } from "../../../src/machine/linux.ts";
import { CpuMapping } from "../../../src/machine/memory/cpu-mapping.ts";
import { PhysicalMemory } from "../../../src/machine/memory/physical-memory.ts";
import { FdTable } from "../../../src/machine/syncobj/fd-table.ts";
import { Time } from "../../../src/machine/time/time.ts";
import { parseTrace } from "../../../src/trace/parse.ts";
import type { Trace } from "../../../src/trace/trace.ts";
import type {
  BufferMapping,
  IoctlMemory,
  IoctlOutcome,
  UserEnv,
  UserFile,
  UserKernel,
} from "../../../src/replay/user/env.ts";
import { UserRun } from "../../../src/replay/user/run.ts";
import { isRight } from "effect/Either";

export interface Call {
  readonly name: string;
  readonly args: Record<string, unknown>;
  readonly time: number;
  readonly pid: number;
}

/** Return values by ioctl name; 0 without. Called with the arguments, to fill in results. */
export type Answers = Record<
  string,
  (args: Record<string, unknown>, n: number, kernel: FakeKernel) => number
>;

export class FakeKernel implements UserKernel {
  readonly calls: Call[] = [];
  readonly memory = new PhysicalMemory();
  buffer: number[] = Array.from({ length: 16 }, () => this.memory.allocPage());
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly m: Machine,
    private readonly answers: Answers,
  ) {}

  private note(name: string, args: object = {}): number {
    const n = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, n);
    const record = args as Record<string, unknown>;
    const given = structuredClone(record);
    const pid = this.m.current?.pid ?? -1;
    this.calls.push({ name, args: given, time: this.m.now, pid });
    if ("handle" in record) record.handle = n;
    if ("groupHandle" in record && name === "GROUP_CREATE") record.groupHandle = n;
    if ("id" in record) record.id = n;
    return this.answers[name]?.(record, n, this) ?? 0;
  }

  readonly fds = new FdTable();
  *setDevfreq(attribute: string, value: string): Kernel<number> {
    return this.note("setDevfreq", { attribute, value });
  }
  *rmmod(): Kernel<number> {
    return this.note("rmmod");
  }
  addTask(): void {}
  exitToUser(): Kernel<boolean> {
    return done(false);
  }
  *systemSuspend(ns: number): Kernel<number> {
    return this.note("systemSuspend", { ns });
  }
  *dmaHeapAlloc(size: number): Kernel<number> {
    return this.note("dmaHeapAlloc", { size });
  }
  *open(): Kernel<UserFile | number> {
    const ret = this.note("open");
    return ret < 0 ? ret : { syncobjs: { fds: new FdTable() } };
  }
  *ioctl(_file: UserFile, name: string, args: object): Kernel<number> {
    return this.note(name, args);
  }
  *ioctlCmd(_file: UserFile, command: object, user: IoctlMemory): Kernel<IoctlOutcome> {
    const { data, memory } = user;
    return { ret: this.note("ioctlCmd", { ...command, ...user }), data, memory };
  }
  *release(): Kernel<void> {
    this.note("release");
  }
  *mmap(_file: UserFile, offset: number, length: number): Kernel<BufferMapping | number> {
    this.note("mmap", { offset, length });
    return {
      access: () => this.access(),
      pages: () => this.buffer,
      unmap: () => {
        this.note("munmap");
        return done();
      },
    };
  }
  private *access(): Kernel<CpuMapping> {
    return new CpuMapping(this.memory, this.buffer);
  }
  *mmapFlushId(): Kernel<number> {
    return this.note("mmapFlushId");
  }
  *mmapIo(_file: UserFile, offset: number): Kernel<number> {
    return this.note("mmapIo", { offset });
  }
  *waitBo(_file: UserFile, handle: number): Kernel<number> {
    return this.note("waitBo", { handle });
  }
  raceWindow(where: string, ns: number): void {
    this.note("raceWindow", { where, ns });
  }
  *plug(): Kernel<number> {
    return this.note("plug");
  }
  *unbind(): Kernel<void> {
    this.note("unbind");
  }
  *setProfiling(mask: number): Kernel<number> {
    return this.note("setProfiling", { mask });
  }
  *show(name: string): Kernel<readonly string[]> {
    this.note("show", { name });
    return [`${name} line`];
  }
  *fdinfo(): Kernel<readonly string[]> {
    this.note("fdinfo");
    return ["drm-driver:\tpanthor"];
  }
  *setTraceEvent(name: string, on: boolean): Kernel<void> {
    this.note("setTraceEvent", { name, on });
  }
  *shrink(pages: number): Kernel<number> {
    return this.note("shrink", { pages });
  }
  failProbe(step: string, errno: number | undefined): void {
    this.note("failProbe", { step, errno });
  }
  failAllocations(nth: number, count: number): void {
    this.note("failAllocations", { nth, count });
  }
}

export interface FakeRun {
  readonly m: Machine;
  readonly kernel: FakeKernel;
  readonly run: UserRun;
  readonly injections: { readonly injection: Injection; readonly time: number }[];
  readonly annotations: Map<number, Annotation>;
  /** Objects that were freed after a grace period. */
  readonly freed: number;
}

export function traceOf(text: string): Trace {
  const result = parseTrace(`version: 1\nname: test\ndescription: A test.\n${text}`);
  if (isRight(result)) return result.right;
  throw new Error(result.left.message);
}

/** Runs a trace to its end on a machine without a driver. */
export function runTrace(text: string, answers: Answers = {}, costs = 0): FakeRun {
  const trace = traceOf(text);
  const machineCosts = { ...zeroCosts, clockRead: costs };
  const { cpus, hz, start } = trace;
  const m = new Machine({ cpus, hz, startNs: start, costs: machineCosts });
  const kernel = new FakeKernel(m, answers);
  const { memory } = kernel;
  const freed = { count: 0 };
  const version = kernel73;
  const rcu = { freeRcu: () => freed.count++ };
  const linux = { m, rec: m.rec, time: new Time(m), memory, rcu, version } as unknown as Linux;
  const injections: { injection: Injection; time: number }[] = [];
  const annotations = new Map<number, Annotation>();
  const device: UserEnv["device"] = {
    inject: (injection) => injections.push({ injection, time: m.now }),
    setLatency: () => {},
    annotate: (pa, a) => {
      if (a === null) annotations.delete(pa);
      else annotations.set(pa, a);
    },
    cores: { shader: 0x50005n, tiler: 1n },
  };
  const run = new UserRun({ linux, kernel, device }, trace, () => m.stop());
  run.start();
  m.run(start + 60e9);
  return { m, kernel, run, injections, annotations, freed: freed.count };
}
