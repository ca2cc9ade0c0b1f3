// Copies between user and kernel objects of different ages: arrays with strides, sizes of objects.
// Kernel: panthor_drv.c (panthor_get_uobj_array, panthor_set_uobj, PANTHOR_UOBJ_MIN_SIZE).

import { E2BIG, EFAULT, EINVAL, ENOMEM } from "../../machine/errno.ts";
import type { ObjArray } from "./uapi.ts";

/** Size of an object in this version, and up to the fields every version has. */
export interface UobjSize {
  readonly size: number;
  readonly min: number;
  /** Where the fields end that an object of `min` bytes does not have. */
  readonly ends?: Readonly<Record<string, number>>;
}

export const uobj = {
  gpuInfo: { size: 112, min: 96, ends: { coreFeatures: 100, gpuFeatures: 112 } },
  csifInfo: { size: 24, min: 24 },
  mmuInfo: { size: 8, min: 8 },
  timestampInfo: {
    size: 56,
    min: 16,
    ends: {
      timestampOffset: 24,
      flags: 28,
      durationNsec: 32,
      cycleCount: 40,
      cpuTimestampSec: 48,
      cpuTimestampNsec: 56,
    },
  },
  groupPrioritiesInfo: { size: 4, min: 4 },
  syncOp: { size: 16, min: 16 },
  queueSubmit: { size: 40, min: 40 },
  queueCreate: { size: 8, min: 8 },
  vmBindOp: { size: 48, min: 48 },
  boSyncOp: { size: 24, min: 24 },
} as const satisfies Record<string, UobjSize>;

const intMax = 0x7fffffff;

const isPlain = <T>(array: ObjArray<T>): array is readonly T[] => Array.isArray(array);

/** drm_panthor_obj_array::count. */
export const uobjCount = <T>(array: ObjArray<T> | undefined): number => {
  if (array === undefined) return 0;
  return isPlain(array) ? array.length : array.count;
};

/** panthor_get_uobj_array(): the elements, or a negative errno. */
export function getUobjArray<T>(
  array: ObjArray<T> | undefined,
  type: UobjSize,
  memory: { failsNow(): boolean },
): T[] | number {
  if (array === undefined) return [];
  if (isPlain(array)) return array.length > 0 && memory.failsNow() ? -ENOMEM : array.slice();
  if (array.count === 0) return [];
  if (array.stride < type.min) return -EINVAL;
  // kvmalloc() gives no more than INT_MAX bytes.
  if (array.count * type.size > intMax || memory.failsNow()) return -ENOMEM;
  if (array.trailing === true) return -E2BIG;
  if (array.array === null || array.array.length < array.count) return -EFAULT;
  return array.array.slice(0, array.count);
}

/** True if a user object of this size has the field, the whole of it. */
export const uobjHas = (type: UobjSize, userSize: number, field: string): boolean =>
  (type.ends?.[field] ?? 0) <= userSize;

/**
 * panthor_set_uobj(): 0, or -EINVAL for a user object without the mandatory fields. What does not fit
 * is not copied; a field that fits in part is left alone here.
 */
export function setUobj(
  user: Record<string, unknown>,
  userSize: number,
  type: UobjSize,
  kernel: object,
): number {
  if (userSize < type.min) return -EINVAL;
  for (const [field, value] of Object.entries(structuredClone(kernel))) {
    if (uobjHas(type, userSize, field)) user[field] = value;
  }
  return 0;
}
