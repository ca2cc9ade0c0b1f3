// System calls of user tasks, bound to a driver: the device node, its files and their mappings.

import type { Driver } from "../driver/driver.ts";
import type { PanthorDevice, PlatformDevice } from "../driver/device/types.ts";
import { userMmioOffset64 } from "../driver/device/mmap.ts";
import type { DrmFile } from "../driver/drv/types.ts";
import type { IoctlName, Ioctls } from "../driver/drv/file.ts";
import type { PanthorGemObject } from "../driver/gem/types.ts";
import type { Kernel } from "../machine/core/op.ts";
import { EBUSY, EINVAL, ENODEV } from "../machine/errno.ts";
import type { UserFile, UserKernel } from "./user/env.ts";

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

  constructor(
    private readonly drv: Driver,
    private readonly pdev: PlatformDevice,
  ) {}

  *plug(): Kernel<number> {
    if (this.ptdev !== null) return -EBUSY;
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

  *open(): Kernel<UserFile | number> {
    if (this.ptdev === null) return -ENODEV;
    const file = yield* this.drv.drv.open(this.ptdev);
    return typeof file === "number" ? file : new OpenNode(file);
  }

  ioctl(file: UserFile, name: string, args: object): Kernel<number> {
    // The driver looks the name up and answers -EINVAL for one that it does not have.
    return this.drv.drv.ioctl(nodeOf(file), name as IoctlName, args as Ioctls[IoctlName]);
  }

  release(file: UserFile): Kernel<void> {
    return this.drv.drv.close(nodeOf(file));
  }

  *mmap(file: UserFile, offset: number, length: number): ReturnType<UserKernel["mmap"]> {
    const bo = yield* this.drv.drv.mmap(nodeOf(file), offset, { length, write: true });
    if (typeof bo === "number") return bo;
    if (!("backing" in bo)) return -EINVAL;
    // The VMA tree of the process frees the nodes that it replaced.
    this.drv.linux.rcu.freeRcu();
    const { gem } = this.drv;
    const object: PanthorGemObject = bo;
    return {
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

  *setProfiling(mask: number): Kernel<void> {
    if (this.ptdev !== null) this.drv.drv.profilingStore(this.ptdev, mask);
  }

  *setTraceEvent(name: "gpu_job_irq" | "gpu_power_status", on: boolean): Kernel<void> {
    const { ptdev } = this;
    if (ptdev === null) return;
    if (name === "gpu_job_irq") ptdev.jobIrqTracing = on;
    else {
      ptdev.powerTracing = on;
      if (on) yield* this.drv.gpu.powerChangedOn(ptdev);
      else yield* this.drv.gpu.powerChangedOff(ptdev);
    }
  }

  *shrink(pages: number): Kernel<number> {
    return this.ptdev === null ? -ENODEV : yield* this.drv.gem.debugfsShrinkSet(this.ptdev, pages);
  }

  failAllocations(nth: number, count: number): void {
    this.drv.linux.memory.failAllocations(nth, count);
  }
}
