// Repeated mappings: a slice of a buffer is mapped again and again over a range
// (DRM_PANTHOR_VM_BIND_OP_MAP_REPEAT, bit 3, with bo_repeat_range). Rejected; sparse mappings took the
// bit. Kernel: panthor_mmu.c, "drm/panthor: Add support for repeated mappings", v4 7/7, on
// "drm/gpuvm: Add DRM_GPUVA_REPEAT flag and logic", 6/7, which is src/machine/gpuvm: 7.3 never sets the
// flag. Left out: the restoring of an evicted repeated mapping, which came after the series.

import type { Driver } from "../../driver/driver.ts";
import type { DrmFile } from "../../driver/drv/types.ts";
import type { PanthorGemObject } from "../../driver/gem/types.ts";
import { opType } from "../../driver/mmu/op-ctx.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
  type DrmPanthorVmBindOp,
  type PanthorVm,
  type PanthorVmOpCtx,
} from "../../driver/mmu/types.ts";
import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import { DRM_GPUVA_REPEAT, type GpuvaOpMap } from "../../machine/gpuvm/gpuva.ts";
import { gemObjectLookup } from "../../machine/gpuvm/gem-object.ts";
import { overlay, type Patch, patch } from "../patch.ts";

/** DRM_PANTHOR_VM_BIND_OP_MAP_REPEAT. */
const mapRepeat = 1 << 3;

/** Where the series is in question. */
interface Choices {
  /** What the division by a repeat range of 0 does: arm64 yields 0, other architectures trap. */
  readonly divideByZero: "yields 0" | "traps" | "checked before";
  /** How much the unwinding of a failed repetition takes back, of `done` slices. */
  readonly unwound: (done: number) => number;
  /** Whether gpuvm's unmap loses the repeat range of what is left above it. */
  readonly misplacedRange: boolean;
}

/** Repeat ranges of operations under way: panthor_vm_op_ctx::map.bo_repeat_range. */
type Ranges = WeakMap<PanthorVmOpCtx, number>;

/** The map preparation for a repeated mapping. */
function* prepareRepeat(
  { linux, mmu }: Driver,
  file: DrmFile,
  vm: PanthorVm,
  op: DrmPanthorVmBindOp,
  ranges: Ranges,
  { divideByZero }: Choices,
): Kernel<PanthorVmOpCtx | number> {
  const range = op.boRepeatRange ?? 0;
  if (range === 0) {
    if (divideByZero !== "traps") return -EINVAL;
    return yield* linux.oops("divide error: 0000 [#1]", "panthor_vm_prepare_map_op_ctx");
  }
  if (op.size % range !== 0) return -EINVAL;
  const bo = gemObjectLookup(file, op.boHandle) as PanthorGemObject | null;
  if (bo === null) return -EINVAL;
  let ret: number = op.boOffset + range > bo.size ? -EINVAL : 0;
  const opCtx = mmu.vmInitOpCtx(op.size, op.va, op.flags & ~mapRepeat);
  if (ret === 0) ret = yield* mmu.vmFillMapOpCtx(opCtx, vm, bo, op);
  yield* bo.put();
  if (ret !== 0) {
    yield* mmu.vmCleanupOpCtx(opCtx, vm);
    return ret;
  }
  ranges.set(opCtx, range);
  return opCtx;
}

/** panthor_vm_repeated_map_pages(): one call for each repetition. */
function* mapRepeated(
  { mmu }: Driver,
  vm: PanthorVm,
  flags: number,
  op: GpuvaOpMap,
  unwound: (done: number) => number,
): Kernel<number> {
  const { sgt } = (op.gem.obj as PanthorGemObject).dmap;
  const range = op.gem.range!;
  const prot = mmu.flagsToProt(flags);
  const count = op.va.range / range;
  for (let i = 0; i < count; i++) {
    const at = op.va.addr + i * range;
    const ret = yield* mmu.vmMapPages(vm, at, prot, sgt!, op.gem.offset, range);
    if (ret === 0) continue;
    yield* mmu.vmUnmapPages(vm, op.va.addr, range * unwound(i));
    return ret;
  }
  return 0;
}

const repeatPatch = (id: string, choices: Choices, what: string): Patch =>
  patch({
    id: `atomic-pt/${id}`,
    title: "Add support for repeated mappings",
    source: `v4 7/7 of 2025-07-07${what}`,
    observable:
      "VM_BIND takes MAP_REPEAT: each slice of the range points to the same pages; one minor more",
    overlay: overlay((final, prev) => {
      const ranges: Ranges = new WeakMap();
      return {
        mmu: {
          *vmBindPrepareMap(file, vm, op) {
            if ((op.flags & mapRepeat) === 0) {
              return yield* prev.mmu.vmBindPrepareMap(file, vm, op);
            }
            return yield* prepareRepeat(final(), file, vm, op, ranges, choices);
          },
          // panthor_vm_exec_op(): the request says what is repeated.
          *vmExecLocked(vm, opCtx) {
            const range = ranges.get(opCtx);
            if (range === undefined || vm.unusable) return yield* prev.mmu.vmExecLocked(vm, opCtx);
            const gem = { obj: opCtx.map.vmBo!.obj, offset: opCtx.map.boOffset, range };
            return yield* vm.smMap({ va: opCtx.va, gem, flags: DRM_GPUVA_REPEAT });
          },
          *vmExecMapOp(vm, flags, op) {
            const repeated = ((op.flags ?? 0) & DRM_GPUVA_REPEAT) !== 0;
            if (!repeated) return yield* prev.mmu.vmExecMapOp(vm, flags, op);
            return yield* mapRepeated(final(), vm, flags, op, choices.unwound);
          },
          gpuvaSmStepRemap(op, vm) {
            // MMU-54: an unmap writes the range of the upper part to the lower one.
            const unmaps = opType(vm.opCtx!.flags) === DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP;
            if (choices.misplacedRange && unmaps && op.next !== null) op.next.gem.range = 0;
            return prev.mmu.gpuvaSmStepRemap(op, vm);
          },
        },
        drv: {
          *ioctlVersion(file, args) {
            const ret = yield* prev.drv.ioctlVersion(file, args);
            args.versionMinor = args.versionMinor! + 1;
            return ret;
          },
        },
      };
    }),
  });

const asPosted: Choices = {
  divideByZero: "yields 0",
  unwound: (done) => done - 1,
  misplacedRange: true,
};

/** As posted; a repeat range of 0 is refused by luck. */
export const repeat = repeatPatch("repeat-v4", asPosted, "");

/** MMU-53: on an architecture whose division traps. */
export const repeatTrapping = repeatPatch(
  "repeat-v4-trapping",
  { ...asPosted, divideByZero: "traps" },
  ", where a division by zero traps",
);

/** MMU-52: takes back what it has mapped. */
export const repeatUnwound = repeatPatch(
  "repeat-unwound",
  { divideByZero: "checked before", unwound: (done) => done, misplacedRange: false },
  ", corrected",
);
