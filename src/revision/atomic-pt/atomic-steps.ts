// What the series makes of page-table updates: no register access in them, but a check that the
// region is locked. Still able to fail, as up to "panthor_vm_unmap_pages() can't fail".
// Kernel: panthor_mmu.c (panthor_vm_map_pages, panthor_vm_unmap_pages, panthor_gpuva_sm_step_*).

import type { Driver, MmuOps } from "../../driver/driver.ts";
import type { PanthorVm, PanthorVma } from "../../driver/mmu/types.ts";
import { done, type Kernel } from "../../machine/core/op.ts";
import { mapPages, stepRemap } from "./before/pages.ts";
import { type AfterChange, unmapPages } from "./flush-pages.ts";

/** Nothing follows a change: the release flushes. */
const noFlush: AfterChange = () => done(0);

/** The check that the series puts before each page-table change. */
function warnOutside(vm: PanthorVm, iova: number, size: number): void {
  const { start, size: locked } = vm.lockedRegion;
  const outside = iova < start || iova + size > start + locked;
  vm.ptdev.base.warnOn(outside, "iova outside of the locked region");
}

/** panthor_vm_unmap_pages() with the check and without the flush. */
export function* unmapChecked(
  drv: Driver,
  vm: PanthorVm,
  start: number,
  size: number,
): Kernel<number> {
  warnOutside(vm, start, size);
  return yield* unmapPages(drv, vm, start, size, noFlush);
}

type Steps = Pick<MmuOps, "vmUnmapPages" | "vmMapPages" | "gpuvaSmStepRemap" | "gpuvaSmStepUnmap">;

export const atomicSteps = (final: () => Driver): Steps => ({
  *vmUnmapPages(vm, iova, size) {
    yield* unmapChecked(final(), vm, iova, size);
  },

  *vmMapPages(vm, iova, prot, sgt, offset, size) {
    if (size === 0) return 0;
    warnOutside(vm, iova, size);
    return yield* mapPages(final(), vm, iova, prot, sgt, offset, size, noFlush);
  },

  gpuvaSmStepRemap: (op, vm) =>
    stepRemap(final(), op, vm, (start, size) => unmapChecked(final(), vm, start, size)),

  *gpuvaSmStepUnmap(op, vm) {
    const vma = op.va as PanthorVma;
    if (!vma.evicted) {
      const ret = yield* unmapChecked(final(), vm, vma.va.addr, vma.va.range);
      if (vm.ptdev.base.warnOn(ret !== 0, "ret")) return ret;
    }
    yield* vm.unmap(op);
    yield* final().mmu.vmaUnlink(vma);
    return 0;
  },
});
