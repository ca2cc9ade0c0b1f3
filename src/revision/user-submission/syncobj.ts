// Native sync objects seen by the CPU. RFC patch 5: panthor_syncobj.c.

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import { oops } from "../../machine/oops.ts";
import type { PanthorDevice } from "../../driver/device/types.ts";
import { DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE } from "../../driver/gem/types.ts";
import type { PanthorVm } from "../../driver/mmu/types.ts";
import { syncobj32, syncobj64 } from "../../driver/sched/types.ts";
import type { UsubDriver } from "./unit.ts";
import type { PanthorSyncobj } from "./xgs-types.ts";

export const syncobjOps = (drv: () => UsubDriver) => ({
  /** panthor_syncobj_create(): finds the object at an address and maps it. Allocates, sleeps. */
  *syncobjCreate(
    ptdev: PanthorDevice,
    vm: PanthorVm,
    va: number,
    is64: boolean,
  ): Kernel<PanthorSyncobj | number> {
    const { gem, mmu, usub } = drv();
    usub.syncobjAlloc();
    const found = yield* mmu.vmGetBoForVa(vm, va);
    if (typeof found === "number") {
      usub.syncobjMissing(ptdev, va);
      return -EINVAL;
    }
    const map = yield* gem.vmap(found.bo);
    if (typeof map === "number") {
      yield* found.bo.put();
      return map;
    }
    return { bo: found.bo, map, offset: found.boOffset, is64 };
  },

  /** kzalloc(GFP_KERNEL): may go into reclaim (USUB-33). */
  syncobjAlloc(): void {
    drv().linux.lockdep?.mightAlloc();
  },

  /** No object there: user space's doing, and a WARN all the same (USUB-25). */
  syncobjMissing(ptdev: PanthorDevice, _va: number): void {
    ptdev.base.warnOn(true, "IS_ERR_OR_NULL(bo)");
  },

  /** panthor_syncobj_release(). */
  *syncobjRelease(so: PanthorSyncobj): Kernel<void> {
    yield* drv().gem.vunmap(so.bo);
    yield* so.bo.put();
  },

  /** panthor_syncobj_get_value(). */
  *syncobjValue(so: PanthorSyncobj): Kernel<bigint> {
    const size = so.is64 ? syncobj64.size : syncobj32.size;
    if (so.offset + size > so.bo.size) {
      // One byte was looked up; the rest is the guard page behind the mapping (USUB-24).
      const text = "Unable to handle kernel paging request at virtual address ffff800080010000";
      yield* oops(drv().linux.m, text, "panthor_syncobj_get_value+0x44/0x70");
    }
    const type = DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE;
    yield* drv().gem.sync(so.bo, type, so.offset, size);
    if (so.is64) return so.map.read64(so.offset + syncobj64.seqno);
    return BigInt(so.map.read32(so.offset + syncobj32.seqno));
  },

  /** panthor_syncobj_get_error(). */
  syncobjError(so: PanthorSyncobj): number {
    return so.map.read32(so.offset + (so.is64 ? syncobj64.status : syncobj32.status));
  },

  /** panthor_syncobj_signal_with_error(): the value, then the error (USUB-23). */
  *syncobjSignal(so: PanthorSyncobj, value: bigint, error: number | null): Kernel<void> {
    const { usub } = drv();
    usub.syncobjWriteValue(so, value);
    yield* usub.raceWindow("xgs_signal", so.offset);
    if (error !== null) usub.syncobjWriteError(so, error);
  },

  /** WRITE_ONCE() of the value, at the object's width. */
  syncobjWriteValue(so: PanthorSyncobj, value: bigint): void {
    if (so.is64) so.map.write64(so.offset, BigInt.asUintN(64, value));
    else so.map.write32(so.offset, Number(BigInt.asUintN(32, value)));
  },

  syncobjWriteError(so: PanthorSyncobj, error: number): void {
    const at = so.offset + (so.is64 ? syncobj64.status : syncobj32.status);
    so.map.write32(at, error >>> 0);
  },
});
