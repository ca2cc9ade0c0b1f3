// GPU virtual address ranges, the association of an object with a VM, and the operations that a
// driver gets from the split/merge walk. Kernel: include/drm/drm_gpuvm.h.

import type { Kernel } from "../core/op.ts";
import type { DrmExec } from "../dma-fence/exec.ts";
import type { DrmGemObject } from "./gem-object.ts";
import type { DrmGpuvm } from "./gpuvm.ts";

/**
 * DRM_GPUVA_REPEAT, of a series that was rejected: `gem.range` bytes of the object are mapped again
 * and again over the range. 7.3 never sets it.
 */
export const DRM_GPUVA_REPEAT = 1 << 2;

/** struct drm_gpuva: one mapping. */
export class DrmGpuva {
  vm: DrmGpuvm | null = null;
  vmBo: DrmGpuvmBo | null = null;
  readonly va = { addr: 0, range: 0 };
  readonly gem: { obj: DrmGemObject | null; offset: number; range: number } = {
    obj: null,
    offset: 0,
    range: 0,
  };
  /** enum drm_gpuva_flags. */
  gpuvaFlags = 0;
}

/** struct drm_gpuvm_bo: an object's mappings in one VM. */
export class DrmGpuvmBo {
  kref = 1;
  evicted = false;
  /** Mappings, oldest first. */
  readonly gpuvas = new Set<DrmGpuva>();

  constructor(
    readonly vm: DrmGpuvm,
    readonly obj: DrmGemObject,
  ) {}
}

/** struct drm_gpuva_op_map. */
export interface GpuvaOpMap {
  readonly va: { readonly addr: number; readonly range: number };
  readonly gem: {
    readonly obj: DrmGemObject | null;
    offset: number;
    /** Of a repeated mapping: what is repeated. */
    range?: number;
  };
  readonly flags?: number;
}

/** struct drm_gpuva_op_unmap. `keep`: the mapping could be merged with the new one. */
export interface GpuvaOpUnmap {
  readonly va: DrmGpuva;
  readonly keep: boolean;
}

/** struct drm_gpuva_op_remap: `unmap` is split, `prev` and `next` survive. */
export interface GpuvaOpRemap {
  readonly prev: GpuvaOpMap | null;
  readonly next: GpuvaOpMap | null;
  readonly unmap: GpuvaOpUnmap;
}

/** struct drm_gpuvm_ops. */
export interface DrmGpuvmOps {
  readonly vmFree: (vm: DrmGpuvm) => Kernel<void>;
  readonly vmBoFree?: (vmBo: DrmGpuvmBo) => Kernel<void>;
  readonly smStepMap: (op: GpuvaOpMap, vm: DrmGpuvm) => Kernel<number>;
  readonly smStepRemap: (op: GpuvaOpRemap, vm: DrmGpuvm) => Kernel<number>;
  readonly smStepUnmap: (op: GpuvaOpUnmap, vm: DrmGpuvm) => Kernel<number>;
  readonly vmBoValidate?: (vmBo: DrmGpuvmBo, exec: DrmExec) => Kernel<number>;
}

/** drm_gpuva_op_remap_to_unmap_range(): the hole between the survivors. */
export function remapToUnmapRange(op: GpuvaOpRemap): { start: number; range: number } {
  const { va } = op.unmap.va;
  const start = op.prev !== null ? op.prev.va.addr + op.prev.va.range : va.addr;
  const end = op.next !== null ? op.next.va.addr : va.addr + va.range;
  return { start, range: end - start };
}
