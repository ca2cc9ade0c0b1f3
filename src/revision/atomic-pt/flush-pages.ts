// Page-table updates of the code before: each call ends in a flush of what it changed, and returns
// the flush's result as its own. Kernel: panthor_mmu.c of 6.12 (panthor_vm_flush_range,
// panthor_vm_unmap_pages).

import type { Driver } from "../../driver/driver.ts";
import { getPgsize } from "../../driver/mmu/pages.ts";
import { AS_COMMAND_FLUSH_PT } from "../../driver/mmu/regs.ts";
import type { PanthorVm } from "../../driver/mmu/types.ts";
import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import { lockAndFlush } from "./lock-all.ts";

/** panthor_vm_flush_range(). */
export function* flushRange(
  drv: Driver,
  vm: PanthorVm,
  start: number,
  size: number,
): Kernel<number> {
  const { ptdev } = vm;
  if (vm.as.id < 0) return 0;
  if (!ptdev.base.enter()) return 0;
  const { slotsLock } = ptdev.mmu.as;
  yield* slotsLock.lock();
  const ret = yield* lockAndFlush(drv, ptdev, vm.as.id, { start, size }, AS_COMMAND_FLUSH_PT);
  yield* slotsLock.unlock();
  yield* ptdev.base.exit();
  return ret;
}

/** What follows a change of `size` bytes from `start`: a flush before the series, nothing since. */
export type AfterChange = (vm: PanthorVm, start: number, size: number) => Kernel<number>;

/** panthor_vm_unmap_pages() while it could fail. */
export function* unmapPages(
  drv: Driver,
  vm: PanthorVm,
  iova: number,
  size: number,
  after: AfterChange,
): Kernel<number> {
  const { base } = vm.ptdev;
  const { m } = drv.linux;
  const ops = vm.pgtblOps;
  for (let offset = 0; offset < size;) {
    const { pgsize, count } = getPgsize(iova + offset, size - offset);
    const unmapped = ops.unmapPages(iova + offset, pgsize, count);
    yield* m.spend(m.costs.ptWrite * ops.takeWrites());
    if (base.warnOn(unmapped !== pgsize * count, "unmapped_sz != pgsize * pgcount")) {
      const hex = (n: number): string => n.toString(16);
      yield* base.err(
        `failed to unmap range ${hex(iova + offset + unmapped)}-` +
          `${hex(iova + offset + pgsize * count)} ` +
          `(requested range ${hex(iova)}-${hex(iova + size)})`,
      );
      yield* after(vm, iova, offset + unmapped);
      return -EINVAL;
    }
    offset += unmapped;
  }
  return yield* after(vm, iova, size);
}
