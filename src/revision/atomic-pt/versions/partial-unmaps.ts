// "Support partial unmaps of huge pages" before its fifth version: v1, v3 and v4.

import type { Driver } from "../../../driver/driver.ts";
import { stepsOps } from "../../../driver/mmu/steps.ts";
import type { PanthorVma } from "../../../driver/mmu/types.ts";
import { done } from "../../../machine/core/op.ts";
import { overlay, type Patch, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";
import { lockReplacing } from "../merged/0012-partial-unmaps.ts";

type MmuChange = (drv: Driver) => Partial<Driver["mmu"]>;

/** The steps of 7.3 on a driver that differs in some operations only for them. */
const stepsWith = (drv: Driver, change: MmuChange) =>
  stepsOps({ ...drv, mmu: { ...drv.mmu, ...change(drv) } });

const version = (about: Omit<Patch, "title" | "overlay">, change: MmuChange): Patch =>
  patch({
    ...about,
    title: "Support partial unmaps of huge pages",
    overlay: overlay((final) => ({
      mmu: {
        ...asPorted(final, "mmu", "unmapHugepageAlign", "vmLockRegion"),
        vmLockRegionSlow: (vm, start, size) => lockReplacing(final(), vm, start, size),
        gpuvaSmStepRemap: (op, vm) => stepsWith(final(), change).gpuvaSmStepRemap(op, vm),
      },
    })),
  });

/** MMU-28: the range grows, the lock does not. */
export const partialUnmapsV3 = version(
  {
    id: "atomic-pt/partial-unmaps-v3",
    source: "v3 of 2025-12-13",
    observable: "survivors of a block are unmapped for a moment outside of the locked region",
  },
  () => ({ vmLockRegion: () => done(0) }),
);

/** MMU-34: and what is mapped again before the hole comes from the start of the mapping. */
export const partialUnmapsV1 = version(
  {
    id: "atomic-pt/partial-unmaps-v1",
    source: "v1 of 2025-10-19",
    observable: "the first part of the block shows other pages of the buffer",
  },
  (drv) => ({
    vmLockRegion: () => done(0),
    remapPart(vm, unmapVma: PanthorVma, obj, addr, size, offset) {
      const before = addr < vm.opCtx!.va.addr;
      const wrong = before ? unmapVma.gem.offset : offset;
      return drv.mmu.remapPart(vm, unmapVma, obj, addr, size, wrong);
    },
  }),
);

/** MMU-29: the second lock is given the end of the range as its size. */
export const partialUnmapsV4 = version(
  {
    id: "atomic-pt/partial-unmaps-v4",
    source: "v4 of 2025-12-15",
    observable: "LOCKADDR of the second lock covers everything up to the range",
  },
  (drv) => ({
    vmLockRegion: (vm, start, size) => drv.mmu.vmLockRegion(vm, start, start + size),
  }),
);
