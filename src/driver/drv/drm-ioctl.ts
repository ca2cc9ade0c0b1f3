// Ioctls by command number: which handler, how much of the argument is copied, who may call.
// Kernel: drivers/gpu/drm/drm_ioctl.c (drm_ioctl, drm_ioctl_kernel, drm_ioctl_permit). The device
// node is a render node. Not here: the few commands that the VFS takes for itself.

import type { Kernel } from "../../machine/core/op.ts";
import { Defect } from "../../machine/defect.ts";
import { EACCES, EFAULT, EINVAL, ENODEV, ENOMEM, ENOTTY } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import { argsText } from "./args-text.ts";
import type { IoctlTable } from "./file.ts";
import {
  coreIoctlDescs,
  DRM_COMMAND_BASE,
  DRM_COMMAND_END,
  DRM_IOCTL_BASE,
  type IoctlAccess,
  type IoctlDesc,
  ioctlParts,
  panthorIoctlDescs,
} from "./ioctl-numbers.ts";
import type { Layout } from "./layout.ts";
import type { DrmFile } from "./types.ts";
import { ioctlLayouts } from "./uapi-layouts.ts";
import type { UserMemory } from "./user-memory.ts";

/** drm_invalid_op(). */
const invalidOps: ReadonlySet<string> = new Set(["GEM_CHANGE_HANDLE"]);
/** sizeof(stack_kdata): a larger argument is allocated. */
const stackMax = 128;

/** What a program passes: its argument, and the memory that pointers in it lead to. */
export interface IoctlArgument {
  /** Null: nothing is mapped there. */
  readonly data: UserMemory | null;
  readonly memory: UserMemory;
}

type Handler = (file: DrmFile, args: object) => Kernel<number>;

export const drmIoctlOps = (drv: Driver) => ({
  /** drm_driver::ioctls: what the driver has under which number. */
  ioctlDescs(): readonly IoctlDesc[] {
    return panthorIoctlDescs;
  },

  /** drm_ioctls[]: what the core has. */
  coreIoctlDescs(): readonly IoctlDesc[] {
    return coreIoctlDescs;
  },

  /** Structures of the arguments. */
  ioctlLayouts(): Readonly<Record<string, Layout>> {
    return ioctlLayouts;
  },

  /** The row of a command: of the driver, of the core, or none. */
  ioctlDesc(nr: number): IoctlDesc | undefined {
    const isDriverIoctl = nr >= DRM_COMMAND_BASE && nr < DRM_COMMAND_END;
    const table = isDriverIoctl ? drv.drv.ioctlDescs() : drv.drv.coreIoctlDescs();
    return table.find((desc) => desc.nr === nr);
  },

  /** drm_ioctl_permit() for a client of a render node. */
  ioctlPermit(access: IoctlAccess): number {
    return access === "render" ? 0 : -EACCES;
  },

  /** drm_ioctl(). */
  *drmIoctlCmd(file: DrmFile, cmd: number, user: IoctlArgument): Kernel<number> {
    const { base } = file.pfile.ptdev;
    if (base.unplugged) return -ENODEV;
    const { type, nr, size, writes, reads } = ioctlParts(cmd);
    if (type !== DRM_IOCTL_BASE) return -ENOTTY;
    const desc = drv.drv.ioctlDesc(nr);
    if (desc === undefined) return -EINVAL;

    const inSize = writes && desc.direction.includes("w") ? size : 0;
    const outSize = reads && desc.direction.includes("r") ? size : 0;
    const ksize = Math.max(inSize, outSize, desc.size);
    if (ksize > stackMax && drv.linux.memory.failsNow()) return -ENOMEM;
    const kdata = new Uint8Array(ksize);
    if (inSize > 0) {
      if (user.data === null || user.data.bytes.length < inSize) return -EFAULT;
      kdata.set(user.data.bytes.subarray(0, inSize));
    }
    const ret = yield* drv.drv.drmIoctlKernel(file, desc, kdata, user.memory);
    if (outSize === 0) return ret;
    const copied = user.data?.write(0n, kdata.subarray(0, outSize)) ?? false;
    return copied ? ret : -EFAULT;
  },

  /** drm_ioctl_kernel(), with the argument in the kernel's memory. */
  *drmIoctlKernel(
    file: DrmFile,
    desc: IoctlDesc,
    kdata: Uint8Array,
    memory: UserMemory,
  ): Kernel<number> {
    if (file.pfile.ptdev.base.unplugged) return -ENODEV;
    const ret = drv.drv.ioctlPermit(desc.access);
    if (ret !== 0) return ret;
    if (invalidOps.has(desc.name)) return -EINVAL;
    const handler = drv.drv.ioctlHandlers()[desc.name as keyof IoctlTable] as Handler | undefined;
    const layout = drv.drv.ioctlLayouts()[desc.name] as Layout<object> | undefined;
    if (handler === undefined || layout === undefined) {
      throw new Defect(`ioctl ${desc.name}`, "is not modelled by its number");
    }
    const view = new DataView(kdata.buffer);
    const args = layout.read(view, 0, memory);
    let done = yield* handler(file, args);
    if (done >= 0 && layout.copyOut?.(view, 0, args, memory) === false) done = -EFAULT;
    layout.write(view, 0, args);
    return done;
  },

  /** The system call with a command number, with its marks in the timeline. */
  *ioctlCmd(file: DrmFile, cmd: number, user: IoctlArgument): Kernel<number> {
    const { nr, size } = ioctlParts(cmd);
    const name = drv.drv.ioctlDesc(nr)?.name ?? "unknown";
    const args = { cmd: BigInt(cmd), size, data: user.data?.words(size / 4).map(BigInt) };
    return yield* drv.drv.ioctlCall(file, name, drv.linux.m.rec.str(argsText(args)), () =>
      drv.drv.drmIoctlCmd(file, cmd, user),
    );
  },
});
