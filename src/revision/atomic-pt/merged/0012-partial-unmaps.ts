// Part of a 2 MiB block can be unmapped: the range grows to the whole block, the lock grows with it,
// and what was not asked for is mapped again. The second lock takes the place of the first in the
// record. Kernel: panthor_mmu.c, merged as 8e7460eac786.

import type { Driver } from "../../../driver/driver.ts";
import { AS_COMMAND_LOCK, AS_LOCKADDR } from "../../../driver/mmu/regs.ts";
import type { PanthorVm } from "../../../driver/mmu/types.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

/** panthor_vm_lock_region() past its early exit, replacing what is locked. */
export function* lockReplacing(
  { mmio, mmu }: Driver,
  vm: PanthorVm,
  start: number,
  size: number,
): Kernel<number> {
  const { ptdev, lockedRegion } = vm;
  const { slotsLock } = ptdev.mmu.as;
  let ret = 0;
  let region = { start, size };
  yield* slotsLock.lock();
  if (vm.as.id >= 0 && size > 0) {
    const packed = mmu.packRegionRange(ptdev, start, size);
    region = packed;
    yield* mmio.write64(AS_LOCKADDR(vm.as.id), packed.lockaddr);
    ret = yield* mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_LOCK);
  }
  if (ret === 0) {
    lockedRegion.start = region.start;
    lockedRegion.size = region.size;
  }
  yield* slotsLock.unlock();
  return ret;
}

export const partialUnmaps = patch({
  id: "atomic-pt/merged-0012",
  title: "Support partial unmaps of huge pages",
  source: "8e7460eac786; D5",
  observable: "two LOCKs when a bind cuts a 2 MiB block, which the page-table code refused before",
  needs: ["atomic-pt/merged-0006", "atomic-pt/merged-0007"],
  overlay: overlay((final) => ({
    mmu: {
      ...asPorted(final, "mmu", "unmapHugepageAlign", "gpuvaSmStepRemap", "vmLockRegion"),
      vmLockRegionSlow: (vm, start, size) => lockReplacing(final(), vm, start, size),
    },
  })),
});
