// DEV_QUERY: information about the device. Kernel: panthor_drv.c (panthor_ioctl_dev_query,
// panthor_query_timestamp_info, group_priority_permit).

import type { Kernel } from "../../machine/core/op.ts";
import { E2BIG, EACCES, EINVAL } from "../../machine/errno.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { DrmFile } from "./types.ts";
import * as uapi from "./uapi.ts";
import type { DevQueryArgs, TimestampInfo } from "./uapi.ts";
import { setUobj, uobj, uobjHas, type UobjSize } from "./uobj.ts";

const validTimestampFlags =
  uapi.DRM_PANTHOR_TIMESTAMP_GPU |
  uapi.DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK |
  uapi.DRM_PANTHOR_TIMESTAMP_GPU_OFFSET |
  uapi.DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT |
  uapi.DRM_PANTHOR_TIMESTAMP_FREQ |
  uapi.DRM_PANTHOR_TIMESTAMP_DURATION;

/** What was asked for before there were flags. */
const defaultTimestampFlags =
  uapi.DRM_PANTHOR_TIMESTAMP_GPU |
  uapi.DRM_PANTHOR_TIMESTAMP_GPU_OFFSET |
  uapi.DRM_PANTHOR_TIMESTAMP_FREQ;

const queryTypes: ReadonlyMap<number, UobjSize> = new Map<number, UobjSize>([
  [uapi.DRM_PANTHOR_DEV_QUERY_GPU_INFO, uobj.gpuInfo],
  [uapi.DRM_PANTHOR_DEV_QUERY_CSIF_INFO, uobj.csifInfo],
  [uapi.DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, uobj.timestampInfo],
  [uapi.DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO, uobj.groupPrioritiesInfo],
  [uapi.DRM_PANTHOR_DEV_QUERY_MMU_INFO, uobj.mmuInfo],
]);

const second = 1_000_000_000;

export const queryOps = (drv: Driver) => ({
  /** panthor_ioctl_dev_query(). */
  *ioctlDevQuery(file: DrmFile, args: DevQueryArgs): Kernel<number> {
    const type = queryTypes.get(args.type);
    if (type === undefined) return -EINVAL;
    const user = args.pointer ?? null;
    if (user === null) {
      args.size = type.size;
      return 0;
    }
    const size = args.size ?? type.size;
    const { ptdev } = file.pfile;
    switch (args.type) {
      case uapi.DRM_PANTHOR_DEV_QUERY_GPU_INFO:
        return setUobj(user, size, type, ptdev.gpuInfo);
      case uapi.DRM_PANTHOR_DEV_QUERY_CSIF_INFO:
        return setUobj(user, size, type, ptdev.csifInfo);
      case uapi.DRM_PANTHOR_DEV_QUERY_MMU_INFO:
        return setUobj(user, size, type, ptdev.mmuInfo);
      case uapi.DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO: {
        const allowedMask = drv.drv.queryGroupPrioritiesInfo(file);
        return setUobj(user, size, type, { allowedMask });
      }
      default: {
        if (args.trailing === true) return -E2BIG;
        // copy_struct_from_user(): what the user's object does not have is zero.
        const flags = uobjHas(type, size, "flags") ? Number(user["flags"] ?? 0) : 0;
        const info = yield* drv.drv.queryTimestampInfo(ptdev, flags);
        return typeof info === "number" ? info : setUobj(user, size, type, info);
      }
    }
  },

  /** panthor_query_timestamp_info(). */
  *queryTimestampInfo(ptdev: PanthorDevice, wanted: number): Kernel<TimestampInfo | number> {
    const flags = wanted !== 0 ? wanted : defaultTimestampFlags;
    const has = (bit: number): boolean => (flags & bit) !== 0;
    const cpuType = flags & uapi.DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK;
    if (cpuType > uapi.DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW) return -EINVAL;
    if ((flags & ~validTimestampFlags) !== 0) return -EINVAL;

    const types = [
      cpuType !== uapi.DRM_PANTHOR_TIMESTAMP_CPU_NONE,
      has(uapi.DRM_PANTHOR_TIMESTAMP_GPU),
      has(uapi.DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT),
    ].filter(Boolean).length;
    // Several sources, or the duration: nothing may come in between.
    const uninterrupted = has(uapi.DRM_PANTHOR_TIMESTAMP_DURATION) || types >= 2;

    const ret = yield* drv.device.resumeAndGet(ptdev);
    if (ret !== 0) return ret;
    const { m, time } = drv.linux;
    const wantsFreq = has(uapi.DRM_PANTHOR_TIMESTAMP_FREQ);
    const timestampFrequency = wantsFreq ? BigInt(ptdev.pdev.archTimerHz ?? 0) : 0n;
    let timestampOffset = 0n;
    if (has(uapi.DRM_PANTHOR_TIMESTAMP_GPU_OFFSET)) {
      timestampOffset = yield* drv.gpu.getTimestampOffset(ptdev);
    }
    if (uninterrupted) {
      m.preemptDisable();
      m.localIrqSave();
    }
    // local_clock() is the scheduler's clock: virtual time itself.
    const start = m.now;
    let currentTimestamp = 0n;
    if (has(uapi.DRM_PANTHOR_TIMESTAMP_GPU)) {
      currentTimestamp = yield* drv.gpu.getTimestamp(ptdev);
    }
    let cpuNs = 0;
    if (cpuType !== uapi.DRM_PANTHOR_TIMESTAMP_CPU_NONE) cpuNs = yield* time.ktimeGet();
    let cycleCount = 0n;
    if (has(uapi.DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT)) {
      cycleCount = yield* drv.gpu.getCycleCount(ptdev);
    }
    const durationNsec = has(uapi.DRM_PANTHOR_TIMESTAMP_DURATION) ? m.now - start : 0;
    if (uninterrupted) {
      yield* m.localIrqRestore();
      yield* m.preemptEnable();
    }
    yield* ptdev.pmRuntime.put();
    return {
      timestampFrequency,
      currentTimestamp,
      timestampOffset,
      flags: wanted,
      durationNsec,
      cycleCount,
      cpuTimestampSec: Math.floor(cpuNs / second),
      cpuTimestampNsec: cpuNs % second,
    };
  },

  /** group_priority_permit(). */
  groupPriorityPermit(file: DrmFile, priority: number): number {
    if (priority > uapi.PANTHOR_GROUP_PRIORITY_REALTIME) return -EINVAL;
    if (priority <= uapi.PANTHOR_GROUP_PRIORITY_MEDIUM) return 0;
    return file.capSysNice ? 0 : -EACCES;
  },

  /** panthor_query_group_priorities_info(): the mask of allowed priorities. */
  queryGroupPrioritiesInfo(file: DrmFile): number {
    let mask = 0;
    for (let prio = uapi.PANTHOR_GROUP_PRIORITY_REALTIME; prio >= 0; prio--) {
      if (drv.drv.groupPriorityPermit(file, prio) === 0) mask |= 1 << prio;
    }
    return mask;
  },
});
