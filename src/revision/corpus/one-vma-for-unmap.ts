// An unmap set one mapping aside; one from the middle leaves two. Kernel: panthor_mmu.c before
// 4eabd0d8791e.

import { opType } from "../../driver/mmu/op-ctx.ts";
import { DRM_PANTHOR_VM_BIND_OP_TYPE_MAP } from "../../driver/mmu/types.ts";
import { nullDereference } from "../../machine/oops.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const oneVmaForUnmap = regression({
  id: "one-vma-for-unmap",
  title: "An unmap from the middle of a mapping crashes",
  fix: "4eabd0d8791e drm/panthor: Fix kernel panic on partial unmap of a GPU VA region",
  effect: "the second remaining part has no memory: NULL pointer in panthor_gpuva_sm_step_remap()",
  trace: "corpus/partial-unmap",
  catches: [{ by: "warning", of: /NULL pointer/ }],
  overlay: overlay((final, prev) => ({
    mmu: {
      vmOpCtxPreallocVmas(opCtx) {
        const ret = prev.mmu.vmOpCtxPreallocVmas(opCtx);
        if (opType(opCtx.flags) !== DRM_PANTHOR_VM_BIND_OP_TYPE_MAP) {
          opCtx.preallocatedVmas[1] = null;
        }
        return ret;
      },
      *gpuvaSmStepRemap(op, vm) {
        const needed = (op.prev === null ? 0 : 1) + (op.next === null ? 0 : 1);
        const has = vm.opCtx!.preallocatedVmas.filter((vma) => vma !== null).length;
        if (has < needed) yield* nullDereference(final().linux.m, "panthor_gpuva_sm_step_remap");
        return yield* prev.mmu.gpuvaSmStepRemap(op, vm);
      },
    },
  })),
});
