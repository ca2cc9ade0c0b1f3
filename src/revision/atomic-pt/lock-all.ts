// The primitives of the code before: a command that is not waited for, the lock of a region, and
// lock plus flush. Kernel: panthor_mmu.c of 6.12 (write_cmd, lock_region,
// mmu_hw_do_operation_locked).

import type { Driver } from "../../driver/driver.ts";
import type { PanthorDevice } from "../../driver/device/types.ts";
import {
  AS_COMMAND,
  AS_COMMAND_FLUSH_MEM,
  AS_COMMAND_FLUSH_PT,
  AS_COMMAND_LOCK,
  AS_LOCKADDR,
} from "../../driver/mmu/regs.ts";
import type { Kernel } from "../../machine/core/op.ts";

/** A range of addresses; `everything` is 0 to ~0ULL. */
export type Range = { readonly start: number; readonly size: number } | "everything";

/** What lock_region() writes for a range that covers all 64 bits. */
const lockEverything = 0x3fn;

/** write_cmd(): waits for the command before, not for this one. */
export function* writeCmd(
  { mmio, mmu }: Driver,
  ptdev: PanthorDevice,
  as: number,
  cmd: number,
): Kernel<number> {
  const status = yield* mmu.waitReady(ptdev, as);
  if (status === 0) yield* mmio.write32(AS_COMMAND(as), cmd);
  return status;
}

/** lock_region(): nothing for an empty one. */
export function* lockRegion(
  { mmio, mmu }: Driver,
  ptdev: PanthorDevice,
  as: number,
  range: Range,
): Kernel<void> {
  if (range !== "everything" && range.size === 0) return;
  const lockaddr =
    range === "everything"
      ? lockEverything
      : mmu.packRegionRange(ptdev, range.start, range.size).lockaddr;
  yield* mmio.write64(AS_LOCKADDR(as), lockaddr);
  yield* mmu.asSendCmdAndWait(ptdev, as, AS_COMMAND_LOCK);
}

/** mmu_hw_do_operation_locked() for the two flushes: lock, then the flush, which ends the lock. */
export function* lockAndFlush(
  drv: Driver,
  ptdev: PanthorDevice,
  as: number,
  range: Range,
  flush: typeof AS_COMMAND_FLUSH_PT | typeof AS_COMMAND_FLUSH_MEM,
): Kernel<number> {
  ptdev.mmu.as.slotsLock.assertHeld();
  if (as < 0) return 0;
  yield* lockRegion(drv, ptdev, as, range);
  return yield* drv.mmu.asSendCmdAndWait(ptdev, as, flush);
}
