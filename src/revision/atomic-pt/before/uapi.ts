// What user space could not ask for yet: sparse mappings and the page sizes of the MMU; and what
// was not checked: that a range stays out of the kernel's part of the VA space.
// Kernel: panthor_mmu.c (panthor_vm_bind_prepare_op_ctx), panthor_drv.c before 7.3.

import type { Driver } from "../../../driver/driver.ts";
import type { DrmFile } from "../../../driver/drv/types.ts";
import { DRM_PANTHOR_DEV_QUERY_MMU_INFO } from "../../../driver/drv/uapi.ts";
import { opType } from "../../../driver/mmu/op-ctx.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE,
  DRM_PANTHOR_VM_BIND_OP_TYPE_MAP,
  DRM_PANTHOR_VM_BIND_OP_TYPE_MASK,
  DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY,
  DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
  type DrmPanthorVmBindOp,
  type PanthorVm,
  type PanthorVmOpCtx,
} from "../../../driver/mmu/types.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { EINVAL } from "../../../machine/errno.ts";
import { overlay, patch } from "../../patch.ts";

/** Minor version of the interface without sparse mappings. */
const minorBefore = 8;

/** panthor_vm_bind_prepare_op_ctx() without a check of the range. */
function* prepareUnchecked(
  { mmu }: Driver,
  file: DrmFile,
  vm: PanthorVm,
  op: DrmPanthorVmBindOp,
): Kernel<PanthorVmOpCtx | number> {
  const pgsz = mmu.vmPageSize(vm);
  if (op.va % pgsz !== 0 || op.size % pgsz !== 0 || op.boOffset % pgsz !== 0) return -EINVAL;
  const onlyType = (op.flags & ~DRM_PANTHOR_VM_BIND_OP_TYPE_MASK) === 0;
  const noBo = op.boHandle === 0 && op.boOffset === 0;
  switch (opType(op.flags)) {
    case DRM_PANTHOR_VM_BIND_OP_TYPE_MAP:
      return yield* mmu.vmBindPrepareMap(file, vm, op);
    case DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP:
      if (!onlyType || !noBo) return -EINVAL;
      return yield* mmu.vmPrepareUnmapOpCtx(vm, op.va, op.size);
    case DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY:
      if (!onlyType || !noBo || op.va !== 0 || op.size !== 0) return -EINVAL;
      if (op.syncs.length === 0) return -EINVAL;
      return yield* mmu.vmPrepareSyncOnlyOpCtx(vm);
    default:
      return -EINVAL;
  }
}

export const noSparse = patch({
  id: "atomic-pt/before-no-sparse",
  title: "No sparse mappings",
  source: "Linux before 7.3",
  observable: "VM_BIND refuses MAP_SPARSE, DEV_QUERY refuses MMU_INFO, minor version 8",
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmBindPrepareMap(file, vm, op) {
        if ((op.flags & DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0) return -EINVAL;
        return yield* prev.mmu.vmBindPrepareMap(file, vm, op);
      },
    },
    drv: {
      *ioctlVersion(file, args) {
        const ret = yield* prev.drv.ioctlVersion(file, args);
        args.versionMinor = minorBefore;
        return ret;
      },
      *ioctlDevQuery(file, args) {
        if (args.type === DRM_PANTHOR_DEV_QUERY_MMU_INFO) return -EINVAL;
        return yield* prev.drv.ioctlDevQuery(file, args);
      },
    },
  })),
});

export const rangeUnchecked = patch({
  id: "atomic-pt/before-range-unchecked",
  title: "A bind may ask for addresses above the user's range",
  source: "Linux 6.12 to 6.19",
  observable: "a range that gpuvm refuses gets as far as gpuvm",
  overlay: overlay((final) => ({
    mmu: { vmBindPrepareOpCtx: (file, vm, op) => prepareUnchecked(final(), file, vm, op) },
  })),
});
