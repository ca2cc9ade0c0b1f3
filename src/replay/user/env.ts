// What user tasks need of the machine that they run on: system calls into the driver, and the
// device where a trace reaches past the driver. The replay binds it to a driver revision.

import type { Annotation } from "../../device/cs/annotation.ts";
import type { Injection } from "../../device/inject.ts";
import type { Task } from "../../machine/core/context.ts";
import type { ProbeStep } from "../../driver/device/probe-failures.ts";
import type { DevfreqAttribute } from "../../driver/devfreq/sysfs.ts";
import type { showNames } from "../../trace/events/program.ts";
import type { Kernel } from "../../machine/core/op.ts";
import type { Linux } from "../../machine/linux.ts";
import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { WakePhase } from "../../machine/pm/system-sleep.ts";
import type { FdTable } from "../../machine/syncobj/fd-table.ts";

/** An open render node, as far as user space sees it (struct drm_file). */
export interface UserFile {
  readonly syncobjs: { readonly fds: FdTable };
}

/** mmap() of a buffer object. */
export interface BufferMapping {
  /** A CPU access: faults the pages in; negative errno for SIGBUS. */
  access(): Kernel<CpuMapping | number>;
  /** Physical pages of the object now, null while it has none. Costs nothing, faults nothing. */
  pages(): readonly number[] | null;
  unmap(): Kernel<void>;
  /** It is its dma-buf that is mapped: the mapping does not hold the render node. */
  readonly ofDmaBuf?: boolean;
  /** From here on it is read-only, where that is not its end. */
  readonly writable?: number;
}

/** mmap() of the page with LATEST_FLUSH_ID; null is SIGBUS. */
export interface FlushIdMapping {
  read(): Kernel<number | null>;
}

/** mmap() of a doorbell page, or of another page of registers. */
export interface PageMapping {
  /** A store; false for SIGBUS or SIGSEGV. */
  store(value: number): Kernel<boolean>;
  /** A load; null for SIGBUS. */
  load(): Kernel<number | null>;
  /** munmap(). */
  unmap(): void;
}

/** What `show` reads. */
export type ShowName = (typeof showNames)[number];

/** How a page is mapped. */
export interface PageRequest {
  readonly length: number;
  readonly shared: boolean;
  readonly read: boolean;
  readonly write: boolean;
  readonly exec: boolean;
}

/** The parts of a command number. */
export interface IoctlCommand {
  readonly type: number;
  readonly nr: number;
  readonly direction: "none" | "w" | "r" | "wr";
  readonly size: number;
}

/** What is in the program's memory at an ioctl: 32-bit words. */
export interface IoctlMemory {
  readonly data: readonly number[];
  readonly mapped: boolean;
  readonly writable: boolean;
  readonly memory: readonly number[];
  readonly memoryBase: number;
}

/** What an ioctl left there. */
export interface IoctlOutcome {
  readonly ret: number;
  readonly data: readonly number[];
  readonly memory: readonly number[];
}

/** System calls on the driver's files, and its sysfs and debugfs controls. */
export interface UserKernel {
  /** A task of a program begins. */
  addTask(task: Task): void;
  /** The way from a system call back to user space; true if the call has to be restarted. */
  exitToUser(): Kernel<boolean>;
  /** Writes /sys/power/state: returns after a sleep of `ns`, or an error. */
  systemSuspend(ns: number, wake: WakePhase | null): Kernel<number>;
  /** Descriptors of the programs. */
  readonly fds: FdTable;
  /** DMA_HEAP_IOCTL_ALLOC of the system heap: a descriptor. */
  dmaHeapAlloc(size: number): Kernel<number>;
  /** open(), by a program with or without CAP_SYS_NICE. */
  open(capSysNice: boolean): Kernel<UserFile | number>;
  ioctl(file: UserFile, name: string, args: object): Kernel<number>;
  /** The same by command number. */
  ioctlCmd(file: UserFile, command: IoctlCommand, user: IoctlMemory): Kernel<IoctlOutcome>;
  /** The last reference to the file is gone. */
  release(file: UserFile): Kernel<void>;
  mmap(file: UserFile, offset: number, length: number): Kernel<BufferMapping | number>;
  mmapFlushId(file: UserFile): Kernel<FlushIdMapping | number>;
  mmapIo(file: UserFile, offset: number, request: PageRequest): Kernel<PageMapping | number>;
  /** poll() on the dma-buf of an object: waits for the fences that a reader (or writer) waits for. */
  waitBo(file: UserFile, handle: number, write: boolean, timeoutNs: number): Kernel<number>;
  /** Holds the driver for `ns` wherever it passes `where`, if it has such a place. */
  raceWindow(where: string, ns: number): void;
  /** The platform device appears: probe. */
  plug(): Kernel<number>;
  /** The driver's `unbind` attribute. */
  unbind(): Kernel<void>;
  /** delete_module() of the driver. */
  rmmod(): Kernel<number>;
  setProfiling(mask: number): Kernel<number>;
  /** Reads an attribute of sysfs or a debugfs file: its lines, or a negative errno. */
  show(name: ShowName): Kernel<readonly string[] | number>;
  /** Writes an attribute of the GPU in /sys/class/devfreq. */
  setDevfreq(attribute: DevfreqAttribute, value: string): Kernel<number>;
  /** /proc/self/fdinfo of the file: its lines. */
  fdinfo(file: UserFile): Kernel<readonly string[]>;
  /** tracefs: one of the driver's events that cost something while they are on. */
  setTraceEvent(name: "gpu_job_irq" | "gpu_power_status", on: boolean): Kernel<void>;
  shrink(pages: number): Kernel<number>;
  /** The n-th allocation from now, and those after it, fail. */
  failAllocations(nth: number, count: number): void;
  /** A step of the next probe fails. */
  failProbe(step: ProbeStep, errno: number | undefined): void;
}

/** The device, beside the driver. */
export interface UserDevice {
  inject(injection: Injection): void;
  /** A latency by its name in the trace format. */
  setLatency(name: string, ns: number): void;
  annotate(pa: number, annotation: Annotation | null): void;
  /** Present cores, the default masks of groups. */
  readonly cores: { readonly shader: bigint; readonly tiler: bigint };
}

export interface UserEnv {
  readonly linux: Linux;
  readonly kernel: UserKernel;
  readonly device: UserDevice;
}

/** A trace that asks for what cannot be done: the user's to fix, with its line. */
export class TraceRunError extends Error {
  override readonly name = "TraceRunError";

  constructor(
    readonly line: number,
    readonly detail: string,
  ) {
    super(`line ${line}: ${detail}`);
  }
}

/** Something that the trace expects and that did not come about: a finding. */
export interface Unmet {
  readonly line: number;
  readonly event: string;
  /** When, virtual ns. */
  readonly time: number;
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}
