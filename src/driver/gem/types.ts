// State of the GEM unit: buffer objects and kernel buffer objects.
// Kernel: drivers/gpu/drm/panthor/panthor_gem.h (7.3). No logic here.
// CPU mappings give access to the pages (`CpuMapping`); there are no CPU page tables.

import type { Kernel } from "../../machine/core/op.ts";
import { DrmGemObject, type GemDevice, type GemHandles } from "../../machine/gpuvm/gem-object.ts";
import type { DrmGemLru } from "../../machine/gpuvm/gem-lru.ts";
import type { Mutex } from "../../machine/lock/mutex.ts";
import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { DrmMmNode } from "../../machine/memory/drm-mm.ts";
import type { SgTable } from "../../machine/memory/sg-table.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { PanthorVm } from "../mmu/types.ts";

/** enum drm_panthor_bo_flags. */
export const DRM_PANTHOR_BO_NO_MMAP = 1 << 0;
export const DRM_PANTHOR_BO_WB_MMAP = 1 << 1;
/** enum drm_panthor_bo_sync_op_type. */
export const DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH = 0;
export const DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE = 1;

/** enum panthor_gem_reclaim_state, easiest to reclaim first. */
export const PANTHOR_GEM_UNUSED = 0;
export const PANTHOR_GEM_MMAPPED = 1;
export const PANTHOR_GEM_GPU_MAPPED_SINGLE_VM = 2;
export const PANTHOR_GEM_GPU_MAPPED_MULTI_VM = 3;
export const PANTHOR_GEM_UNRECLAIMABLE = 4;
export type PanthorGemReclaimState = 0 | 1 | 2 | 3 | 4;

export const PANTHOR_DEBUGFS_GEM_USAGE_FLAG_KERNEL = 1 << 0;
export const PANTHOR_DEBUGFS_GEM_USAGE_FLAG_FW_MAPPED = 1 << 1;

/** struct panthor_gem_object. */
export class PanthorGemObject extends DrmGemObject {
  declare ptdev: PanthorDevice;
  readonly backing: { pages: number[] | null; pinCount: number } = { pages: null, pinCount: 0 };
  readonly cmap = {
    vaddr: null as CpuMapping | null,
    vaddrUseCount: 0,
    mmapCount: 0,
    /** User mappings have their pages (page-table entries are present). */
    faultedIn: false,
  };
  readonly dmap: { sgt: SgTable | null } = { sgt: null };
  reclaimState: PanthorGemReclaimState = PANTHOR_GEM_UNRECLAIMABLE;
  reclaimedCount = 0;
  exclusiveVmRootGem: DrmGemObject | null = null;
  flags = 0;
  readonly label: { str: string | null; lock: Mutex } = {
    str: null,
    lock: undefined as unknown as Mutex,
  };
  readonly debugfs = {
    listed: false,
    creator: { processName: "", tgid: 0 },
    flags: 0,
  };
  /** Contents that shared memory keeps while the pages are put back, by page. */
  swap: (Uint32Array | null)[] | null = null;
}

/** struct panthor_device::reclaim. */
export interface PanthorReclaim {
  /** Registered shrinker, null before shrinkerInit() and after shrinkerUnplug(). */
  shrinker: object | null;
  /** Objects with pages that nothing maps. */
  readonly unused: DrmGemLru;
  readonly mmapped: DrmGemLru;
  readonly gpuMappedShared: DrmGemLru;
  /** VMs that have objects which only they map, least recently active first. */
  readonly vms: PanthorVm[];
  /** Pages of GPU-mapped objects. */
  gpuMappedCount: number;
  retryCount: number;
  nrPagesReclaimedOnLastScan: number;
}

/** struct panthor_kernel_bo. */
export interface PanthorKernelBo {
  obj: PanthorGemObject;
  vm: PanthorVm;
  readonly vaNode: DrmMmNode;
  /** CPU view after kernelBoVmap(): `read32(offset)`, `write32(offset, value)`, ... */
  kmap: CpuMapping | null;
}

export { DrmGemObject };

/** What panthor_gem.h declares: the operations other units call as `drv.gem.*`. */
export interface PanthorGemApi {
  /** What struct drm_device holds for GEM (LRU lock, name lock, mmap offsets). */
  device(): GemDevice;
  /** drm_gem_vmap(), drm_gem_vunmap(). */
  vmap(bo: PanthorGemObject): Kernel<CpuMapping | number>;
  vunmap(bo: PanthorGemObject): Kernel<void>;
  init(ptdev: PanthorDevice): void;
  /** Writes the page-aligned size back; returns the handle or a negative errno. */
  createWithHandle(
    file: GemHandles,
    ptdev: PanthorDevice,
    exclusiveVm: PanthorVm | null,
    args: { size: number },
    flags: number,
  ): Kernel<number>;
  getDevSgt(bo: PanthorGemObject): Kernel<SgTable | number>;
  pin(bo: PanthorGemObject): Kernel<number>;
  unpin(bo: PanthorGemObject): Kernel<void>;
  swapinLocked(bo: PanthorGemObject): Kernel<number>;
  /** Returns the state before. */
  updateReclaimStateLocked(bo: PanthorGemObject): Kernel<PanthorGemReclaimState>;
  shrinkerInit(ptdev: PanthorDevice): Kernel<number>;
  shrinkerUnplug(ptdev: PanthorDevice): Kernel<void>;
  boSetLabel(obj: PanthorGemObject, label: string | null): Kernel<void>;
  kernelBoSetLabel(bo: PanthorKernelBo, label: string | null): Kernel<void>;
  sync(obj: PanthorGemObject, type: number, offset: number, size: number): Kernel<number>;

  kernelBoGpuva(bo: PanthorKernelBo): number;
  kernelBoSize(bo: PanthorKernelBo): number;
  kernelBoVmap(bo: PanthorKernelBo): Kernel<number>;
  kernelBoVunmap(bo: PanthorKernelBo): Kernel<void>;
  kernelBoCreate(
    ptdev: PanthorDevice,
    vm: PanthorVm,
    size: number,
    boFlags: number,
    vmMapFlags: number,
    gpuVa: number,
    name: string,
  ): Kernel<PanthorKernelBo | number>;
  /** Accepts null and negative errnos, as the C function does. */
  kernelBoDestroy(bo: PanthorKernelBo | number | null): Kernel<void>;
  dummyBoCreate(ptdev: PanthorDevice): Kernel<PanthorGemObject | number>;

  /** User mapping of an object: the pages appear at the first access (`userAccess`). */
  mmap(obj: PanthorGemObject): Kernel<number>;
  vmClose(obj: PanthorGemObject): Kernel<void>;
  /** CPU access of user space to a mapped object: faults its pages in. */
  userAccess(obj: PanthorGemObject): Kernel<CpuMapping | number>;
  /** debugfs `shrink`: asks the shrinker for `nrToScan` pages; returns the number reclaimed. */
  debugfsShrinkSet(ptdev: PanthorDevice, nrToScan: number): Kernel<number>;
}
