// Page-table updates as they were: nothing is locked around an operation; each call that changes
// entries flushes them afterwards and returns the result of the flush. A failure leaves the address
// space as it is. Kernel: panthor_mmu.c of 6.12 (panthor_vm_map_pages, panthor_gpuva_sm_step_*).

import type { Driver, MmuOps } from "../../../driver/driver.ts";
import { mapEntries } from "../../../driver/mmu/pages.ts";
import type { PanthorVm, PanthorVma } from "../../../driver/mmu/types.ts";
import { done, type Kernel } from "../../../machine/core/op.ts";
import { ENOMEM } from "../../../machine/errno.ts";
import { type GpuvaOpRemap, remapToUnmapRange } from "../../../machine/gpuvm/gpuva.ts";
import type { SgTable } from "../../../machine/memory/sg-table.ts";
import { overlay, patch } from "../../patch.ts";
import { type AfterChange, flushRange, unmapPages } from "../flush-pages.ts";

/** panthor_vm_map_pages() while its failure left the VM usable. */
export function* mapPages(
  drv: Driver,
  vm: PanthorVm,
  iova: number,
  prot: number,
  sgt: SgTable,
  offset: number,
  size: number,
  after: AfterChange,
): Kernel<number> {
  if (size === 0) return 0;
  const { base } = vm.ptdev;
  const { mapped, error } = yield* mapEntries(drv, vm, iova, prot, sgt, offset, size);
  if (error === null) return yield* after(vm, iova, mapped);
  base.warnOn(error === 0, "!ret && !mapped");
  const undone = yield* unmapPages(drv, vm, iova, mapped, after);
  base.warnOn(undone !== 0, "panthor_vm_unmap_pages()");
  return error === 0 ? -ENOMEM : error;
}

/** panthor_gpuva_sm_step_remap() while the unmap in it could fail. */
export function* stepRemap(
  { mmu }: Driver,
  op: GpuvaOpRemap,
  vm: PanthorVm,
  unmap: (start: number, size: number) => Kernel<number>,
): Kernel<number> {
  const unmapVma = op.unmap.va as PanthorVma;
  const { start, range } = remapToUnmapRange(op);
  mmu.fixSparseMapOffset(op.next, unmapVma.flags);
  if (!unmapVma.evicted) {
    const ret = yield* unmap(start, range);
    if (ret !== 0) return ret;
  }
  const survivor = (part: unknown): PanthorVma | null => {
    if (part === null) return null;
    const vma = mmu.vmOpCtxGetVma(vm.opCtx!)!;
    mmu.vmaInit(vma, unmapVma.flags);
    vma.evicted = unmapVma.evicted;
    return vma;
  };
  const prev = survivor(op.prev);
  const next = survivor(op.next);
  const vmBo = unmapVma.vmBo!;
  yield* vm.remap(prev, next, op);
  if (prev !== null) yield* mmu.vmaLink(vm, prev, vmBo);
  if (next !== null) yield* mmu.vmaLink(vm, next, vmBo);
  yield* mmu.vmaUnlink(unmapVma);
  return 0;
}

type PageOps = Pick<
  MmuOps,
  "vmUnmapPages" | "vmMapPages" | "gpuvaSmStepRemap" | "gpuvaSmStepUnmap"
>;

/** The operations that change entries, with what follows each change. */
export function pageOps(final: () => Driver, after: AfterChange): PageOps {
  const unmap = (vm: PanthorVm, start: number, size: number): Kernel<number> =>
    unmapPages(final(), vm, start, size, after);
  return {
    *vmUnmapPages(vm, iova, size) {
      yield* unmap(vm, iova, size);
    },
    vmMapPages: (vm, iova, prot, sgt, offset, size) =>
      mapPages(final(), vm, iova, prot, sgt, offset, size, after),

    gpuvaSmStepRemap: (op, vm) =>
      stepRemap(final(), op, vm, (start, size) => unmap(vm, start, size)),

    *gpuvaSmStepUnmap(op, vm) {
      const vma = op.va as PanthorVma;
      if (!vma.evicted) {
        const ret = yield* unmap(vm, vma.va.addr, vma.va.range);
        if (vm.ptdev.base.warnOn(ret !== 0, "ret")) return ret;
      }
      yield* vm.unmap(op);
      yield* final().mmu.vmaUnlink(vma);
      return 0;
    },
  };
}

export const pages = patch({
  id: "atomic-pt/before-pages",
  title: "Lock and flush per page-table call",
  source: "Linux 6.12 to 6.18",
  observable:
    "LOCKADDR, LOCK and FLUSH_PT after each map or unmap step of a resident VM, nothing around " +
    "the operation; a flush that fails is a failed step",
  overlay: overlay((final) => ({
    mmu: {
      ...pageOps(final, (vm, start, size) => flushRange(final(), vm, start, size)),
      vmLockRegion: () => done(0),
      vmUnlockRegion: () => done(),

      // The address space goes on translating.
      *vmDeclareUnusable(vm) {
        vm.unusable = true;
        yield* done();
      },
    },
  })),
});
