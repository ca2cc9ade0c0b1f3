// Files of the device node: open, close, ioctl dispatch, mmap. Kernel: panthor_drv.c (panthor_open,
// panthor_postclose, panthor_mmap), drm_file.c, drm_ioctl.c.

import type { Kernel } from "../../machine/core/op.ts";
import type { BufferVma } from "../../machine/dma-buf/dma-buf.ts";
import { EACCES, EINVAL, ENODEV, ENOMEM, ERESTARTSYS, errnoName } from "../../machine/errno.ts";
import { gemRelease } from "../../machine/gpuvm/gem-object.ts";
import { XaNodes } from "../../machine/memory/xarray.ts";
import { PrimeFile } from "../../machine/gpuvm/prime-file.ts";
import { FdTable } from "../../machine/syncobj/fd-table.ts";
import { SyncobjFile } from "../../machine/syncobj/syncobj-file.ts";
import { K } from "../../timeline/kinds.ts";
import { type MmapRequest, userMmioOffset64 } from "../device/mmap.ts";
import type { IoMapping, PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { LastArgs } from "./args-text.ts";
import type { CoreIoctls, CoreIoctlTable } from "./core-ioctls.ts";
import { tellQueues } from "./tell-queues.ts";
import type { DrmFile } from "./types.ts";
import type { PanthorIoctls } from "./uapi.ts";

/** Every ioctl by name, with its arguments. */
export interface Ioctls extends PanthorIoctls, CoreIoctls {}
export type IoctlName = keyof Ioctls;

export type IoctlTable = CoreIoctlTable & {
  readonly [N in keyof PanthorIoctls]: (file: DrmFile, args: PanthorIoctls[N]) => Kernel<number>;
};

export interface OpenOptions {
  /** CAP_SYS_NICE of the process; the recordings' user is root. */
  readonly capSysNice?: boolean;
  /** The process's descriptors. */
  readonly fds?: FdTable;
}

/** What is made at the first call, when the driver is complete. */
interface Made {
  table?: IoctlTable;
  readonly lastArgs: Map<string, LastArgs>;
}

function lastArgs({ lastArgs: all }: Made, name: string): LastArgs {
  let last = all.get(name);
  if (last === undefined) all.set(name, (last = new LastArgs()));
  return last;
}

export const fileOps = (drv: Driver, made: Made = { lastArgs: new Map() }) => ({
  /** drm_open(), panthor_open(). */
  *open(ptdev: PanthorDevice, options: OpenOptions = {}): Kernel<DrmFile | number> {
    if (ptdev.base.unplugged) return -ENODEV;
    const { linux } = drv;
    // The struct drm_file, then the driver's own.
    if (linux.memory.failsNow()) return -ENOMEM;
    const clientId = ++ptdev.base.lastClientId;
    if (linux.memory.failsNow()) return -ENOMEM;
    const file: DrmFile = {
      clientId,
      pid: linux.m.current?.pid ?? 0,
      capSysNice: options.capSysNice ?? true,
      handles: new Map(),
      handleNodes: new XaNodes(),
      syncobjs: new SyncobjFile(linux, options.fds ?? new FdTable()),
      prime: new PrimeFile(linux.m),
      pfile: {
        ptdev,
        userMmio: { offset: userMmioOffset64 },
        vms: null,
        groups: null,
        stats: { time: 0n, cycles: 0n },
      },
      closed: false,
    };
    let ret = yield* drv.mmu.vmPoolCreate(file.pfile);
    if (ret !== 0) return ret;
    ret = yield* drv.sched.groupPoolCreate(file.pfile);
    if (ret !== 0) {
      yield* drv.mmu.vmPoolDestroy(file.pfile);
      return ret;
    }
    ptdev.base.get();
    drv.drv.module.refs++;
    return file;
  },

  /** drm_file_free(), panthor_postclose(). */
  *close(file: DrmFile): Kernel<void> {
    if (file.closed) return;
    file.closed = true;
    for (const group of file.pfile.groups?.xa.values() ?? []) tellQueues(drv.linux.rec, group);
    yield* file.syncobjs.release();
    yield* gemRelease(file);
    yield* drv.drv.postclose(file);
    yield* file.pfile.ptdev.base.put();
    drv.drv.module.refs--;
  },

  /** panthor_postclose(). */
  *postclose(file: DrmFile): Kernel<void> {
    yield* drv.sched.groupPoolDestroy(file.pfile);
    yield* drv.mmu.vmPoolDestroy(file.pfile);
  },

  /** Handlers by name: panthor_drm_driver_ioctls and those of the DRM core. */
  ioctlTable(): IoctlTable {
    const ops = drv.drv;
    return {
      ...ops.coreIoctls(),
      DEV_QUERY: (file, args) => ops.ioctlDevQuery(file, args),
      VM_CREATE: (file, args) => ops.ioctlVmCreate(file, args),
      VM_DESTROY: (file, args) => ops.ioctlVmDestroy(file, args),
      VM_BIND: (file, args) => ops.ioctlVmBind(file, args),
      VM_GET_STATE: (file, args) => ops.ioctlVmGetState(file, args),
      BO_CREATE: (file, args) => ops.ioctlBoCreate(file, args),
      BO_MMAP_OFFSET: (file, args) => ops.ioctlBoMmapOffset(file, args),
      GROUP_CREATE: (file, args) => ops.ioctlGroupCreate(file, args),
      GROUP_DESTROY: (file, args) => ops.ioctlGroupDestroy(file, args),
      GROUP_SUBMIT: (file, args) => ops.ioctlGroupSubmit(file, args),
      GROUP_GET_STATE: (file, args) => ops.ioctlGroupGetState(file, args),
      TILER_HEAP_CREATE: (file, args) => ops.ioctlTilerHeapCreate(file, args),
      TILER_HEAP_DESTROY: (file, args) => ops.ioctlTilerHeapDestroy(file, args),
      BO_SET_LABEL: (file, args) => ops.ioctlBoSetLabel(file, args),
      SET_USER_MMIO_OFFSET: (file, args) => ops.ioctlSetUserMmioOffset(file, args),
      BO_SYNC: (file, args) => ops.ioctlBoSync(file, args),
      BO_QUERY_INFO: (file, args) => ops.ioctlBoQueryInfo(file, args),
    };
  },

  /** The table, made once. */
  ioctlHandlers(): IoctlTable {
    return (made.table ??= drv.drv.ioctlTable());
  },

  /** drm_ioctl() with the command that the caller's header has for a name, which is the kernel's. */
  *drmIoctl<N extends IoctlName>(file: DrmFile, name: N, args: Ioctls[N]): Kernel<number> {
    if (file.pfile.ptdev.base.unplugged) return -ENODEV;
    const handler = drv.drv.ioctlHandlers()[name] as
      ((file: DrmFile, args: Ioctls[N]) => Kernel<number>) | undefined;
    return handler === undefined ? -EINVAL : yield* handler(file, args);
  },

  /** An ioctl system call of a user task, with its marks in the timeline. */
  *ioctl<N extends IoctlName>(file: DrmFile, name: N, args: Ioctls[N]): Kernel<number> {
    const argsId = lastArgs(made, name).textId(drv.linux.m.rec, args);
    return yield* drv.drv.ioctlCall(file, name, argsId, () => drv.drv.drmIoctl(file, name, args));
  },

  /** The system call around drm_ioctl(); `argsId` is the interned text of its arguments. */
  *ioctlCall(
    _file: DrmFile,
    name: string,
    argsId: number,
    drmIoctl: () => Kernel<number>,
  ): Kernel<number> {
    const { m } = drv.linux;
    const { rec } = m;
    const nameId = rec.str(name);
    m.setCause(rec.emit(K.ioctl_begin, nameId, argsId));
    yield* m.spend(m.costs.syscall);
    let ret: number;
    let again: boolean;
    do {
      ret = yield* drmIoctl();
      yield* drv.linux.files.taskWorkRun();
      // On the way to user space: a task that is to freeze goes on with the call afterwards.
      again = (yield* drv.linux.freezer.getSignal()) && ret === -ERESTARTSYS;
    } while (again);
    if (ret < 0 && m.costs.failedSyscall > 0) {
      yield* m.until(m.now + m.costs.failedSyscall);
      m.setState("R");
      yield* m.sleep();
    }
    rec.emit(K.ioctl_end, nameId, ret, rec.str(ret < 0 ? errnoName(-ret) : ""));
    return ret;
  },

  /** panthor_mmap(): an MMIO page, or a buffer object by its fake offset. */
  *mmap(
    file: DrmFile,
    offset: number,
    request: MmapRequest,
  ): Kernel<IoMapping | PanthorGemObject | BufferVma | number> {
    const { ptdev, userMmio } = file.pfile;
    if (!ptdev.base.enter()) return -ENODEV;
    let ret: IoMapping | PanthorGemObject | BufferVma | number;
    if (offset >= userMmio.offset) {
      const adjusted = offset - userMmio.offset + userMmioOffset64;
      ret = drv.device.mmapIo(ptdev, adjusted, request);
    } else {
      ret = yield* drv.drv.gemMmap(file, offset, request.length, request.shared);
    }
    yield* ptdev.base.exit();
    return ret;
  },

  /** drm_gem_mmap(): only objects that the file has a handle of. */
  *gemMmap(
    file: DrmFile,
    offset: number,
    length: number,
    shared = true,
  ): Kernel<PanthorGemObject | BufferVma | number> {
    if (file.pfile.ptdev.base.unplugged) return -ENODEV;
    const obj = drv.gem.device().nodes.get(offset);
    if (obj === undefined || length > obj.size) return -EINVAL;
    // drm_vma_node_is_allowed().
    if (![...file.handles.values()].includes(obj)) return -EACCES;
    const bo = obj as PanthorGemObject;
    if (bo.imported) return yield* drv.gem.mmapImported(bo);
    // panthor_gem_mmap(): a private mapping is copied on write (vma_is_cow_mapping()).
    if (!shared) return -EINVAL;
    const ret = yield* drv.gem.mmap(bo);
    return ret === 0 ? bo : ret;
  },
});
