// The steps of the split/merge walk: page-table updates, then the book-keeping of mappings.
// Kernel: panthor_mmu.c (panthor_gpuva_sm_step_*, panthor_vm_exec_map_op, unmap_hugepage_align,
// panthor_vma_*, panthor_fix_sparse_map_offset).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import {
  type DrmGpuvmBo,
  type GpuvaOpMap,
  type GpuvaOpRemap,
  type GpuvaOpUnmap,
  remapToUnmapRange,
} from "../../machine/gpuvm/gpuva.ts";
import { gpuvaLink, gpuvaUnlinkDefer, vmBoPutDeferred } from "../../machine/gpuvm/vm-bo.ts";
import { nullDereference } from "../../machine/oops.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { align, alignDown, size2M, size4K } from "./bits.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  DRM_PANTHOR_VM_BIND_OP_MAP_READONLY,
  DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE,
  DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED,
  type PanthorVm,
  type PanthorVma,
} from "./types.ts";

const vmMapFlags =
  DRM_PANTHOR_VM_BIND_OP_MAP_READONLY |
  DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC |
  DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED |
  DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE;

const isSparse = (flags: number): boolean => (flags & DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0;

export const stepsOps = (drv: Driver) => ({
  /** panthor_vma_link(). */
  *vmaLink(_vm: PanthorVm, vma: PanthorVma, vmBo: DrmGpuvmBo): Kernel<void> {
    const { lock } = vma.gem.obj!.gpuva;
    yield* lock.lock();
    gpuvaLink(vma, vmBo);
    yield* lock.unlock();
  },

  /** panthor_vma_unlink(). */
  vmaUnlink(vma: PanthorVma): Kernel<void> {
    return gpuvaUnlinkDefer(vma);
  },

  /** panthor_vma_init(). */
  vmaInit(vma: PanthorVma, flags: number): void {
    vma.flags = flags;
  },

  /** panthor_fix_sparse_map_offset(): the dummy object repeats every 2 MiB. */
  fixSparseMapOffset(op: GpuvaOpMap | null, flags: number): void {
    if (op !== null && isSparse(flags)) op.gem.offset = op.va.addr % size2M;
  },

  /** panthor_vm_exec_map_op(). */
  vmExecMapOp(vm: PanthorVm, flags: number, op: GpuvaOpMap): Kernel<number> {
    const sgt = (op.gem.obj as PanthorGemObject).dmap.sgt!;
    const prot = drv.mmu.flagsToProt(flags);
    const { addr, range } = op.va;
    if (isSparse(flags)) return drv.mmu.vmMapSparse(vm, addr, prot, sgt, range);
    return drv.mmu.vmMapPages(vm, addr, prot, sgt, op.gem.offset, range);
  },

  /** panthor_gpuva_sm_step_map(). */
  *gpuvaSmStepMap(op: GpuvaOpMap, vm: PanthorVm): Kernel<number> {
    const opCtx = vm.opCtx!;
    const vma = drv.mmu.vmOpCtxGetVma(opCtx);
    if (vma === null) return -EINVAL;
    drv.mmu.vmaInit(vma, opCtx.flags & vmMapFlags);
    drv.mmu.fixSparseMapOffset(op, vma.flags);

    const ret = yield* drv.mmu.vmExecMapOp(vm, vma.flags, op);
    if (ret !== 0) {
      drv.mmu.vmOpCtxReturnVma(opCtx, vma);
      return ret;
    }
    vm.map(vma, op);
    yield* drv.mmu.vmaLink(vm, vma, opCtx.map.vmBo!);
    yield* vmBoPutDeferred(opCtx.map.vmBo);
    opCtx.map.vmBo = null;
    return 0;
  },

  /** iova_mapped_as_huge_page(). Null: it crashes, an imported object has no pages of its own. */
  iovaMappedAsHugePage(op: GpuvaOpMap, addr: number): boolean | null {
    const { pages } = (op.gem.obj as PanthorGemObject).backing;
    if (pages === null) return null;
    const offset = addr - op.va.addr + op.gem.offset;
    return drv.linux.memory.folioSize(pages[Math.floor(offset / size4K)]) >= size2M;
  },

  /**
   * unmap_hugepage_align(): a block cannot be unmapped in part, so the range grows to the borders
   * of the blocks that survivors share with it. Sparse mappings always count as blocks. `crash`: the
   * address it read, in a NULL array of pages.
   */
  unmapHugepageAlign(
    op: GpuvaOpRemap,
    unmapStart: number,
    unmapRange: number,
  ): { start: number; range: number; crash?: number } {
    const sparse = isSparse((op.unmap.va as PanthorVma).flags);
    const end = unmapStart + unmapRange;
    const alignedStart = alignDown(unmapStart, size2M);
    const alignedEnd = align(end, size2M);
    const { prev, next } = op;
    let start = unmapStart;
    let range = unmapRange;
    if (prev !== null && alignedStart < unmapStart && prev.va.addr <= alignedStart) {
      const huge = sparse || drv.mmu.iovaMappedAsHugePage(prev, unmapStart);
      if (huge === null) return { start, range, crash: pageEntry(prev, unmapStart) };
      if (huge) {
        range += unmapStart - alignedStart;
        start = alignedStart;
      }
    }
    if (next !== null && alignedEnd > end && next.va.addr + next.va.range >= alignedEnd) {
      const huge = sparse || drv.mmu.iovaMappedAsHugePage(next, end - 1);
      if (huge === null) return { start, range, crash: pageEntry(next, end - 1) };
      if (huge) range += alignedEnd - end;
    }
    return { start, range };
  },

  /** panthor_gpuva_sm_step_remap(). */
  *gpuvaSmStepRemap(op: GpuvaOpRemap, vm: PanthorVm): Kernel<number> {
    const unmapVma = op.unmap.va as PanthorVma;
    const { flags, evicted } = unmapVma;
    const vmBo = unmapVma.vmBo!;
    let { start, range } = remapToUnmapRange(op);
    // prev keeps the offset of the mapping; next has to stay below 2 MiB.
    drv.mmu.fixSparseMapOffset(op.next, flags);

    if (!evicted) {
      const grown = drv.mmu.unmapHugepageAlign(op, start, range);
      const { crash } = grown;
      if (crash !== undefined) {
        yield* nullDereference(drv.linux.m, "iova_mapped_as_huge_page", crash);
      }
      ({ start, range } = grown);
      // Nothing to do unless the range grew beyond what is locked.
      yield* drv.mmu.vmLockRegion(vm, start, range);
      yield* drv.mmu.vmUnmapPages(vm, start, range);
    }

    let prevVma: PanthorVma | null = null;
    if (op.prev !== null) {
      const { va, gem } = op.prev;
      const size = va.addr + va.range - start;
      const offset = gem.offset + start - va.addr;
      const ret = yield* drv.mmu.remapPart(vm, unmapVma, gem.obj!, start, size, offset);
      if (ret !== 0) return ret;
      prevVma = survivor(drv, vm, unmapVma);
    }

    let nextVma: PanthorVma | null = null;
    if (op.next !== null) {
      const { va, gem } = op.next;
      const size = start + range - va.addr;
      const ret = yield* drv.mmu.remapPart(vm, unmapVma, gem.obj!, va.addr, size, gem.offset);
      if (ret !== 0) return ret;
      nextVma = survivor(drv, vm, unmapVma);
    }

    yield* vm.remap(prevVma, nextVma, op);
    if (prevVma !== null) yield* drv.mmu.vmaLink(vm, prevVma, vmBo);
    if (nextVma !== null) yield* drv.mmu.vmaLink(vm, nextVma, vmBo);
    yield* drv.mmu.vmaUnlink(unmapVma);
    return 0;
  },

  /** Maps again what the grown unmap took away from a survivor. */
  *remapPart(
    vm: PanthorVm,
    unmapVma: PanthorVma,
    obj: NonNullable<GpuvaOpMap["gem"]["obj"]>,
    addr: number,
    size: number,
    offset: number,
  ): Kernel<number> {
    if (unmapVma.evicted || size === 0) return 0;
    const mapOp: GpuvaOpMap = { va: { addr, range: size }, gem: { obj, offset } };
    drv.mmu.fixSparseMapOffset(mapOp, unmapVma.flags);
    return yield* drv.mmu.vmExecMapOp(vm, unmapVma.flags, mapOp);
  },

  /** panthor_gpuva_sm_step_unmap(). */
  *gpuvaSmStepUnmap(op: GpuvaOpUnmap, vm: PanthorVm): Kernel<number> {
    const vma = op.va as PanthorVma;
    if (!vma.evicted) yield* drv.mmu.vmUnmapPages(vm, vma.va.addr, vma.va.range);
    yield* vm.unmap(op);
    yield* drv.mmu.vmaUnlink(vma);
    return 0;
  },
});

/** The preallocated mapping that takes over a part of `unmapVma`. */
function survivor(drv: Driver, vm: PanthorVm, unmapVma: PanthorVma): PanthorVma {
  const vma = drv.mmu.vmOpCtxGetVma(vm.opCtx!)!;
  drv.mmu.vmaInit(vma, unmapVma.flags);
  vma.evicted = unmapVma.evicted;
  return vma;
}

/** Where in the array of an object's pages the one at `addr` of a mapping is. */
const pageEntry = (op: GpuvaOpMap, addr: number): number =>
  Math.floor((addr - op.va.addr + op.gem.offset) / size4K) * 8;
