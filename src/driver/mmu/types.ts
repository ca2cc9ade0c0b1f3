// State of the MMU unit: address-space slots, VMs, VM_BIND jobs.
// Kernel: drivers/gpu/drm/panthor/panthor_mmu.c and panthor_mmu.h (7.3). No logic here.
// Functions that return ERR_PTR() in C return `T | number`, the number being a negative errno.

import type { DmaFence } from "../../machine/dma-fence/fence.ts";
import type { DmaResv } from "../../machine/dma-fence/resv.ts";
import type { DrmExec } from "../../machine/dma-fence/exec.ts";
import type { Usage } from "../../machine/dma-fence/resv.ts";
import type { DrmSchedEntity } from "../../machine/drm-sched/entity.ts";
import { DrmSchedJob } from "../../machine/drm-sched/job.ts";
import type { DrmGpuScheduler } from "../../machine/drm-sched/scheduler.ts";
import type { DrmGemLru } from "../../machine/gpuvm/gem-lru.ts";
import type { DrmGemObject } from "../../machine/gpuvm/gem-object.ts";
import { DrmGpuva, type DrmGpuvmBo } from "../../machine/gpuvm/gpuva.ts";
import { DrmGpuvm } from "../../machine/gpuvm/gpuvm.ts";
import type { IoPgtable } from "../../machine/io-pgtable/io-pgtable.ts";
import type { Kref } from "../../machine/kref.ts";
import type { Mutex } from "../../machine/lock/mutex.ts";
import type { DrmMm, DrmMmNode } from "../../machine/memory/drm-mm.ts";
import type { Work } from "../../machine/workqueue/work.ts";
import type { Workqueue } from "../../machine/workqueue/workqueue.ts";
import type { Kernel } from "../../machine/core/op.ts";
import type { XArray } from "../../machine/memory/xarray.ts";
import type { PanthorDevice, PanthorIrq } from "../device/types.ts";
import type { DrmFile, PanthorFile } from "../drv/types.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import type { PanthorHeapPool } from "../heap/types.ts";

export const maxAsSlots = 32;

/** PANTHOR_VM_KERNEL_AUTO_VA: let the kernel VA range choose the address. */
export const PANTHOR_VM_KERNEL_AUTO_VA = -1;

/** struct panthor_as_slot. */
export interface PanthorAsSlot {
  vm: PanthorVm | null;
}

/** struct panthor_mmu. */
export interface PanthorMmu {
  irq: PanthorIrq;
  readonly as: {
    readonly slotsLock: Mutex;
    /** Bit per allocated slot. */
    allocMask: number;
    /** Bit per slot with an unhandled fault. */
    faultyMask: number;
    readonly slots: PanthorAsSlot[];
    /** Idle VMs that still hold a slot, least recently used first. */
    lruList: PanthorVm[];
  };
  readonly vm: {
    readonly lock: Mutex;
    list: PanthorVm[];
    resetInProgress: boolean;
    wq: Workqueue | null;
  };
}

/** struct panthor_vm_pool: handles 1..32 of a file. */
export interface PanthorVmPool {
  readonly xa: XArray<PanthorVm>;
  /** Backs sparse mappings of all VMs of the file. */
  dummy: PanthorGemObject | null;
}

/** struct panthor_vma. */
export class PanthorVma extends DrmGpuva {
  flags = 0;
  evicted = false;
}

/** struct panthor_vm_op_ctx: what an operation allocated up front. */
export interface PanthorVmOpCtx {
  readonly rsvdPageTables: {
    count: number;
    ptr: number;
    /** Physical addresses of reserved table pages. */
    pages: number[];
  };
  readonly preallocatedVmas: (PanthorVma | null)[];
  flags: number;
  readonly va: { addr: number; range: number };
  readonly map: {
    vmBo: DrmGpuvmBo | null;
    boOffset: number;
    bo: PanthorGemObject | null;
  };
}

/** struct panthor_vm. */
export class PanthorVm extends DrmGpuvm {
  declare sched: DrmGpuScheduler;
  declare entity: DrmSchedEntity;
  declare ptdev: PanthorDevice;
  /** AS_MEMATTR value. */
  memattr = 0n;
  declare pgtblOps: IoPgtable;
  /** Physical address of the root table, 0 until it is allocated. */
  rootPageTable = 0;
  /** One operation at a time on a VM. */
  declare opLock: Mutex;
  opCtx: PanthorVmOpCtx | null = null;
  /** Kernel VA range. */
  declare mm: DrmMm;
  declare mmLock: Mutex;
  readonly kernelAutoVa = { start: 0, end: 0 };
  userVaRange = 0;
  readonly as = {
    /** Slot, -1 while not bound. */
    id: -1,
    activeCnt: 0,
    /** True while in `PanthorMmu.as.lruList`. */
    onLru: false,
  };
  readonly heaps: { pool: PanthorHeapPool | null; lock: Mutex } = {
    pool: null,
    lock: undefined as unknown as Mutex,
  };
  forMcu = false;
  destroyed = false;
  unusable = false;
  unhandledFault = false;
  readonly lockedRegion = { start: 0, size: 0 };
  readonly reclaim: { lru: DrmGemLru; list: PanthorVm[] | null } = {
    lru: undefined as unknown as DrmGemLru,
    /** The list of VMs this one is in, null while in none. */
    list: null,
  };
  dummy: PanthorGemObject | null = null;
}

/** struct panthor_vm_bind_job. */
export class PanthorVmBindJob extends DrmSchedJob {
  declare refcount: Kref;
  declare cleanupOpCtxWork: Work;
  declare vm: PanthorVm;
  declare ctx: PanthorVmOpCtx;
}

/** struct drm_panthor_vm_bind_op; `syncs` as the ioctl got them. */
export interface DrmPanthorVmBindOp {
  /** Of MAP_REPEAT, which was not merged. */
  boRepeatRange?: number;
  flags: number;
  boHandle: number;
  boOffset: number;
  va: number;
  size: number;
  syncs: readonly unknown[];
}

/** struct drm_panthor_vm_create. */
export interface DrmPanthorVmCreate {
  flags: number;
  id: number;
  userVaRange: number;
}

/** enum drm_panthor_vm_bind_op_flags. */
export const DRM_PANTHOR_VM_BIND_OP_MAP_READONLY = 1 << 0;
export const DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC = 1 << 1;
export const DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED = 1 << 2;
export const DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE = 1 << 3;
/** Bits 31:28, compared as unsigned numbers. */
export const DRM_PANTHOR_VM_BIND_OP_TYPE_MASK = 0xf0000000;
export const DRM_PANTHOR_VM_BIND_OP_TYPE_MAP = 0;
export const DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP = 0x10000000;
export const DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY = 0x20000000;

/** What panthor_mmu.h declares: the operations other units call as `drv.mmu.*`. */
export interface PanthorMmuApi {
  init(ptdev: PanthorDevice): Kernel<number>;
  unplug(ptdev: PanthorDevice): Kernel<void>;
  preReset(ptdev: PanthorDevice): Kernel<void>;
  postReset(ptdev: PanthorDevice): Kernel<void>;
  suspend(ptdev: PanthorDevice): Kernel<void>;
  resume(ptdev: PanthorDevice): Kernel<void>;
  /** drmm release action: destroys the VM_BIND workqueue. */
  releaseWq(ptdev: PanthorDevice): Kernel<void>;

  vmMapBoRange(
    vm: PanthorVm,
    bo: PanthorGemObject,
    offset: number,
    size: number,
    va: number,
    flags: number,
  ): Kernel<number>;
  vmUnmapRange(vm: PanthorVm, va: number, size: number): Kernel<number>;
  /** The offset of `va` in the object is `boOffset`. The object's reference is the caller's. */
  vmGetBoForVa(
    vm: PanthorVm,
    va: number,
  ): Kernel<{ bo: PanthorGemObject; boOffset: number } | number>;

  vmActive(vm: PanthorVm): Kernel<number>;
  vmIdle(vm: PanthorVm): Kernel<void>;
  vmPageSize(vm: PanthorVm): number;
  vmAs(vm: PanthorVm): number;
  vmGetHeapPool(vm: PanthorVm, create: boolean): Kernel<PanthorHeapPool | number>;
  vmHeapsSizes(pfile: PanthorFile, stats: { resident: number; active: number }): void;

  vmGet(vm: PanthorVm): PanthorVm;
  vmPut(vm: PanthorVm | null): Kernel<void>;
  vmCreate(
    ptdev: PanthorDevice,
    forMcu: boolean,
    kernelVaStart: number,
    kernelVaSize: number,
    autoKernelVaStart: number,
    autoKernelVaSize: number,
  ): Kernel<PanthorVm | number>;

  vmUpdateBoReclaimLruLocked(bo: PanthorGemObject): Kernel<void>;
  vmEvictBoMappingsLocked(bo: PanthorGemObject): Kernel<number>;
  reclaimPrivBos(
    ptdev: PanthorDevice,
    nrToScan: number,
    remaining: { count: number },
    shrink: (obj: DrmGemObject) => Kernel<boolean>,
  ): Kernel<number>;
  vmPrepareMappedBosResvs(exec: DrmExec, vm: PanthorVm, slotCount: number): Kernel<number>;
  vmUpdateResvs(
    vm: PanthorVm,
    exec: DrmExec,
    fence: DmaFence,
    privateUsage: Usage,
    extobjUsage: Usage,
  ): Kernel<void>;

  vmResv(vm: PanthorVm): DmaResv;
  vmRootGem(vm: PanthorVm | null): DrmGemObject | null;

  vmPoolCreate(pfile: PanthorFile): Kernel<number>;
  vmPoolDestroy(pfile: PanthorFile): Kernel<void>;
  /** Returns the handle; writes `userVaRange` back to `args`. */
  vmPoolCreateVm(
    ptdev: PanthorDevice,
    pool: PanthorVmPool,
    args: DrmPanthorVmCreate,
  ): Kernel<number>;
  vmPoolDestroyVm(pool: PanthorVmPool, handle: number): Kernel<number>;
  /** With a reference, null when there is no such handle. */
  vmPoolGetVm(pool: PanthorVmPool, handle: number): PanthorVm | null;

  vmHasUnhandledFaults(vm: PanthorVm): boolean;
  vmIsUnusable(vm: PanthorVm): boolean;

  vmAllocVa(vm: PanthorVm, va: number, size: number, node: DrmMmNode): Kernel<number>;
  vmFreeVa(vm: PanthorVm, node: DrmMmNode): Kernel<void>;

  vmBindExecSyncOp(file: DrmFile, vm: PanthorVm, op: DrmPanthorVmBindOp): Kernel<number>;
  vmBindJobCreate(
    file: DrmFile,
    vm: PanthorVm | null,
    op: DrmPanthorVmBindOp,
  ): Kernel<PanthorVmBindJob | number>;
  vmBindJobPut(job: DrmSchedJob | null): Kernel<void>;
  vmBindJobPrepareResvs(exec: DrmExec, job: DrmSchedJob): Kernel<number>;
  vmBindJobUpdateResvs(exec: DrmExec, job: DrmSchedJob): Kernel<void>;
}
