// System calls of user tasks, bound to a driver: the device node, its files and their mappings.

import type { Driver } from "../driver/driver.ts";
import type { ProbeStep } from "../driver/device/probe-failures.ts";
import type { PanthorDevice, PlatformDevice } from "../driver/device/types.ts";
import { userMmioOffset64 } from "../driver/device/mmap.ts";
import {
  type DevfreqAttribute,
  devfreqShow,
  devfreqStore,
  isDevfreqAttribute,
} from "../driver/devfreq/sysfs.ts";
import { ioctlCommand } from "../driver/drv/ioctl-numbers.ts";
import { userMemory } from "../driver/drv/user-memory.ts";
import type { DrmFile } from "../driver/drv/types.ts";
import type { IoctlName, Ioctls } from "../driver/drv/file.ts";
import type { PanthorGemObject } from "../driver/gem/types.ts";
import type { Task } from "../machine/core/context.ts";
import { done, type Kernel } from "../machine/core/op.ts";
import type { WakePhase } from "../machine/pm/system-sleep.ts";
import { FdTable } from "../machine/syncobj/fd-table.ts";
import { dmaHeapAlloc } from "../machine/dma-buf/system-heap.ts";
import { usageRw } from "../machine/dma-fence/resv.ts";
import { EBUSY, EINVAL, ENODEV, ENOENT, ETIME } from "../machine/errno.ts";
import type { UsubDriver } from "../revision/user-submission/unit.ts";
import type {
  IoctlCommand,
  IoctlMemory,
  IoctlOutcome,
  PageRequest,
  ShowName,
  UserFile,
  UserKernel,
} from "./user/env.ts";

/** A file as user tasks hold it, with the driver's file behind it. */
class OpenNode implements UserFile {
  constructor(readonly drm: DrmFile) {}
  get syncobjs(): UserFile["syncobjs"] {
    return this.drm.syncobjs;
  }
}

const nodeOf = (file: UserFile): DrmFile => (file as OpenNode).drm;

/** The system calls of a driver on one platform device. */
export class DriverSyscalls implements UserKernel {
  /** The bound device, null before `plug` and after `unbind`. */
  ptdev: PanthorDevice | null = null;

  /** The module is gone. */
  private unloaded = false;

  /** Descriptors: the programs of a trace share theirs. */
  readonly fds = new FdTable();

  constructor(
    private readonly drv: Driver,
    private readonly pdev: PlatformDevice,
  ) {}

  addTask(task: Task): void {
    this.drv.linux.freezer.add(task);
  }

  *exitToUser(): Kernel<boolean> {
    const { files, freezer } = this.drv.linux;
    yield* files.taskWorkRun();
    return yield* freezer.getSignal();
  }

  systemSuspend(ns: number, wake: WakePhase | null): Kernel<number> {
    return this.drv.linux.sleep.suspend(ns, wake);
  }

  *plug(): Kernel<number> {
    if (this.ptdev !== null) return -EBUSY;
    if (this.unloaded) return -ENODEV;
    const ptdev = yield* this.drv.drv.attach(this.pdev);
    if (typeof ptdev === "number") return ptdev;
    this.ptdev = ptdev;
    return 0;
  }

  *unbind(): Kernel<void> {
    const { ptdev } = this;
    if (ptdev === null) return;
    yield* this.drv.drv.remove(ptdev);
    this.ptdev = null;
  }

  *rmmod(): Kernel<number> {
    if (this.unloaded) return -ENOENT;
    const ret = yield* this.drv.drv.exit(this.ptdev);
    if (ret !== 0) return ret;
    this.ptdev = null;
    this.unloaded = true;
    return 0;
  }

  *open(capSysNice: boolean): Kernel<UserFile | number> {
    if (this.ptdev === null) return -ENODEV;
    const file = yield* this.drv.drv.open(this.ptdev, { fds: this.fds, capSysNice });
    return typeof file === "number" ? file : new OpenNode(file);
  }

  ioctl(file: UserFile, name: string, args: object): Kernel<number> {
    // The driver looks the name up and answers -EINVAL for one that it does not have.
    return this.drv.drv.ioctl(nodeOf(file), name as IoctlName, args as Ioctls[IoctlName]);
  }

  *ioctlCmd(file: UserFile, command: IoctlCommand, user: IoctlMemory): Kernel<IoctlOutcome> {
    const { type, nr, direction, size } = command;
    const data = userMemory(0, user.data, size, user.writable);
    const memory = userMemory(user.memoryBase, user.memory);
    const ret = yield* this.drv.drv.ioctlCmd(
      nodeOf(file),
      ioctlCommand(type, nr, direction, size),
      { data: user.mapped ? data : null, memory },
    );
    return { ret, data: data.words(Infinity), memory: memory.words(Infinity) };
  }

  release(file: UserFile): Kernel<void> {
    return this.drv.drv.close(nodeOf(file));
  }

  *mmap(file: UserFile, offset: number, length: number): ReturnType<UserKernel["mmap"]> {
    const bo = yield* this.drv.drv.mmap(nodeOf(file), offset, { length, write: true });
    if (typeof bo === "number") return bo;
    if ("access" in bo) return { ...bo, ofDmaBuf: true };
    if (!("backing" in bo)) return -EINVAL;
    // The VMA tree of the process frees the nodes that it replaced.
    this.drv.linux.rcu.freeRcu();
    const { gem } = this.drv;
    const object: PanthorGemObject = bo;
    const { usub } = this.drv as UsubDriver;
    return {
      writable: (usub as UsubDriver["usub"] | undefined)?.writableBytes(object) ?? object.size,
      access: () => gem.userAccess(object),
      pages: () => object.backing.pages,
      unmap: () => gem.vmClose(object),
    };
  }

  *mmapFlushId(file: UserFile): ReturnType<UserKernel["mmapFlushId"]> {
    const mapping = yield* this.drv.drv.mmap(nodeOf(file), userMmioOffset64, { length: 4096 });
    if (typeof mapping === "number") return mapping;
    if (!("target" in mapping)) return -EINVAL;
    return { read: () => this.drv.device.mmioUserRead(mapping) };
  }

  *dmaHeapAlloc(size: number): Kernel<number> {
    const dmabuf = dmaHeapAlloc(this.drv.linux, size);
    return typeof dmabuf === "number" ? dmabuf : this.fds.install({ kind: "dma_buf", dmabuf });
  }

  *mmapIo(file: UserFile, offset: number, request: PageRequest): ReturnType<UserKernel["mmapIo"]> {
    const mapping = yield* this.drv.drv.mmap(nodeOf(file), offset, request);
    if (typeof mapping === "number") return mapping;
    if (!("target" in mapping)) {
      yield* "access" in mapping ? mapping.unmap() : this.drv.gem.vmClose(mapping);
      return -EINVAL;
    }
    const { device } = this.drv;
    return {
      store: (value) => device.mmioUserWrite(mapping, value),
      load: () => device.mmioUserRead(mapping),
      unmap: () => mapping.ptdev.ioMappings.delete(mapping),
    };
  }

  *waitBo(
    file: UserFile,
    handle: number,
    write: boolean,
    timeoutNs: number,
  ): ReturnType<UserKernel["waitBo"]> {
    const obj = nodeOf(file).handles.get(handle);
    if (obj === undefined) return -EINVAL;
    const jiffies = this.drv.linux.time.nsecsToJiffies(timeoutNs);
    const left = yield* obj.resv.waitTimeout(usageRw(write), true, jiffies);
    return left > 0 ? 0 : left === 0 ? -ETIME : left;
  }

  raceWindow(where: string, ns: number): void {
    const { usub } = this.drv as UsubDriver;
    (usub as UsubDriver["usub"] | undefined)?.setRaceWindow(where as never, ns);
  }

  setProfiling(mask: number): Kernel<number> {
    return done(this.ptdev === null ? -ENOENT : this.drv.drv.profilingStore(this.ptdev, mask));
  }

  *show(name: ShowName): Kernel<readonly string[] | number> {
    const { drv, ptdev } = this;
    if (ptdev === null) return -ENOENT;
    if (name === "profiling") return [drv.drv.profilingShow(ptdev)];
    const file = ptdev.base.debugfs.get(name);
    if (file !== undefined) return yield* file();
    const { devfreq } = ptdev.devfreq;
    if (devfreq === null || !isDevfreqAttribute(name)) return -ENOENT;
    const text = yield* devfreqShow(devfreq, name);
    return typeof text === "number" ? text : [text];
  }

  *setDevfreq(attribute: DevfreqAttribute, value: string): Kernel<number> {
    const devfreq = this.ptdev?.devfreq.devfreq ?? null;
    if (devfreq === null) return -ENOENT;
    return yield* devfreqStore(this.drv.linux, devfreq, attribute, value);
  }

  fdinfo(file: UserFile): Kernel<readonly string[]> {
    return this.drv.drv.showFdinfo(nodeOf(file));
  }

  *setTraceEvent(name: "gpu_job_irq" | "gpu_power_status", on: boolean): Kernel<void> {
    const { ptdev } = this;
    if (ptdev === null) return;
    if (name === "gpu_job_irq") ptdev.jobIrqTracing = on;
    else yield* this.drv.hw.setPowerTracing(ptdev, on);
  }

  *shrink(pages: number): Kernel<number> {
    return this.ptdev === null ? -ENODEV : yield* this.drv.gem.debugfsShrinkSet(this.ptdev, pages);
  }

  failProbe(step: ProbeStep, errno: number | undefined): void {
    this.pdev.failures.arm(step, errno);
  }

  failAllocations(nth: number, count: number): void {
    this.drv.linux.memory.failAllocations(nth, count);
  }
}
