// Address-space slots: commands, lock regions, enabling and disabling a slot.
// Kernel: panthor_mmu.c (wait_ready, as_send_cmd_and_wait, pack_region_range,
// panthor_mmu_as_enable, panthor_mmu_as_disable, panthor_vm_release_as_locked).

import type { Kernel } from "../../machine/core/op.ts";
import type { Driver } from "../driver.ts";
import type { PanthorDevice } from "../device/types.ts";
import { CACHE_CLEAN, CACHE_INV } from "../gpu/regs.ts";
import { fls64, clearBelow } from "./bits.ts";
import {
  AS_COMMAND,
  AS_COMMAND_UNLOCK,
  AS_COMMAND_UPDATE,
  AS_LOCK_REGION_MIN_SIZE,
  AS_MEMATTR,
  AS_STATUS,
  AS_STATUS_AS_ACTIVE,
  AS_TRANSCFG,
  AS_TRANSCFG_ADRMODE_UNMAPPED,
  AS_TRANSTAB,
} from "./regs.ts";
import type { PanthorVm } from "./types.ts";

/** A lock region: what LOCKADDR gets, and the block the driver takes it to mean. */
export interface PackedRegion {
  readonly lockaddr: bigint;
  readonly start: number;
  readonly size: number;
}

export const asOps = (drv: Driver) => ({
  /** wait_ready(): until no command runs on the slot. */
  *waitReady(ptdev: PanthorDevice, asNr: number): Kernel<number> {
    const { ret } = yield* drv.linux.time.pollTimeoutAtomic(
      () => drv.mmio.read32(AS_STATUS(asNr)),
      (val: number) => (val & AS_STATUS_AS_ACTIVE) === 0,
      10,
      100000,
    );
    if (ret !== 0) {
      yield* drv.device.scheduleReset(ptdev);
      yield* ptdev.base.err("AS_ACTIVE bit stuck");
    }
    return ret;
  },

  /** as_send_cmd_and_wait(). */
  *asSendCmdAndWait(ptdev: PanthorDevice, asNr: number, cmd: number): Kernel<number> {
    const status = yield* drv.mmu.waitReady(ptdev, asNr);
    if (status !== 0) return status;
    yield* drv.mmio.write32(AS_COMMAND(asNr), cmd);
    return yield* drv.mmu.waitReady(ptdev, asNr);
  },

  /**
   * pack_region_range(): the smallest naturally aligned power of two that covers the range, as
   * log2 minus one. Only the bits below that are cleared in the address.
   */
  packRegionRange(ptdev: PanthorDevice, regionStart: number, size: number): PackedRegion {
    if (ptdev.base.warnOnOnce(size === 0, "!*size")) {
      return { lockaddr: 0n, start: regionStart, size };
    }
    const bits = fls64(regionStart, regionStart + size - 1);
    const width = Math.max(bits, fls64(0, AS_LOCK_REGION_MIN_SIZE) - 1) - 1;
    const start = clearBelow(regionStart, width);
    return { lockaddr: BigInt(start) | BigInt(width), start, size: 2 ** (width + 1) };
  },

  /** panthor_mmu_as_fault_mask(). */
  asFaultMask(_ptdev: PanthorDevice, as: number): number {
    return (1 << as) >>> 0;
  },

  /** panthor_mmu_fault_mask(): bits 31:16 are completions, never enabled. */
  faultMask(_ptdev: PanthorDevice, value: number): number {
    return value & 0xffff;
  },

  /** panthor_mmu_as_enable(). */
  *asEnable(
    ptdev: PanthorDevice,
    asNr: number,
    transtab: bigint,
    transcfg: bigint,
    memattr: bigint,
  ): Kernel<number> {
    yield* drv.device.irqEnableEvents(ptdev.mmu.irq, drv.mmu.asFaultMask(ptdev, asNr));
    yield* drv.mmio.write64(AS_TRANSTAB(asNr), transtab);
    yield* drv.mmio.write64(AS_MEMATTR(asNr), memattr);
    yield* drv.mmio.write64(AS_TRANSCFG(asNr), transcfg);
    return yield* drv.mmu.asSendCmdAndWait(ptdev, asNr, AS_COMMAND_UPDATE);
  },

  /** panthor_mmu_as_disable(): `recycleSlot` when another VM gets the slot at once. */
  *asDisable(ptdev: PanthorDevice, asNr: number, recycleSlot: boolean): Kernel<number> {
    const { mmu } = ptdev;
    const { vm } = mmu.as.slots[asNr];
    mmu.as.slotsLock.assertHeld();
    yield* drv.device.irqDisableEvents(mmu.irq, drv.mmu.asFaultMask(ptdev, asNr));

    const cleanInv = CACHE_CLEAN | CACHE_INV;
    let ret = yield* drv.gpu.flushCaches(ptdev, cleanInv, cleanInv, CACHE_INV);
    if (ret !== 0) return ret;

    if (vm !== null && vm.lockedRegion.size > 0) {
      ret = yield* drv.mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_UNLOCK);
      if (ret !== 0) return ret;
    }
    if (recycleSlot) return 0;

    yield* drv.mmio.write64(AS_TRANSTAB(asNr), 0n);
    yield* drv.mmio.write64(AS_MEMATTR(asNr), 0n);
    yield* drv.mmio.write64(AS_TRANSCFG(asNr), AS_TRANSCFG_ADRMODE_UNMAPPED);
    return yield* drv.mmu.asSendCmdAndWait(ptdev, asNr, AS_COMMAND_UPDATE);
  },

  /** panthor_vm_release_as_locked(). */
  vmReleaseAsLocked(vm: PanthorVm): void {
    const { base, mmu } = vm.ptdev;
    mmu.as.slotsLock.assertHeld();
    if (base.warnOn(vm.as.id < 0, "vm->as.id < 0")) return;
    mmu.as.slots[vm.as.id].vm = null;
    mmu.as.allocMask &= ~(1 << vm.as.id);
    vm.as.activeCnt = 0;
    drv.mmu.asLruDel(vm);
    vm.as.id = -1;
  },

  /** list_del_init() of panthor_vm::as::lru_node. */
  asLruDel(vm: PanthorVm): void {
    if (!vm.as.onLru) return;
    const { lruList } = vm.ptdev.mmu.as;
    lruList.splice(lruList.indexOf(vm), 1);
    vm.as.onLru = false;
  },
});
