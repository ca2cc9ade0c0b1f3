// The structures of panthor's ioctls and of the DRM core's as they lie in memory.
// Kernel: include/uapi/drm/panthor_drm.h, include/uapi/drm/drm.h.

import { coreLayouts } from "./core-layouts.ts";
import {
  address,
  copyObjectOut,
  copyStruct,
  type Layout,
  objArray,
  row,
  s32,
  string,
  struct,
  u32,
  u64,
  u8,
} from "./layout.ts";
import type { DevQueryArgs } from "./uapi.ts";
import type { UserMemory } from "./user-memory.ts";

const syncOp = struct({ flags: u32, handle: u32, timelineValue: address });
const vmBindOp = struct({
  flags: u32,
  boHandle: u32,
  boOffset: address,
  va: address,
  size: address,
  syncs: objArray(syncOp),
});
const queueCreate = struct({ priority: u8, pad: row(u8, 3), ringbufSize: u32 });
const queueSubmit = struct({
  queueIndex: u32,
  streamSize: u32,
  streamAddr: address,
  latestFlush: u32,
  pad: u32,
  syncs: objArray(syncOp),
});
const boSyncOp = struct({ handle: u32, type: u32, offset: address, size: address });

const gpuInfo = struct({
  gpuId: u32,
  gpuRev: u32,
  csfId: u32,
  l2Features: u32,
  tilerFeatures: u32,
  memFeatures: u32,
  mmuFeatures: u32,
  threadFeatures: u32,
  maxThreads: u32,
  threadMaxWorkgroupSize: u32,
  threadMaxBarrierSize: u32,
  coherencyFeatures: u32,
  textureFeatures: row(u32, 4),
  asPresent: u32,
  selectedCoherency: u32,
  shaderPresent: u64,
  l2Present: u64,
  tilerPresent: u64,
  coreFeatures: u32,
  pad: u32,
  gpuFeatures: u64,
});
const csifInfo = struct({
  csgSlotCount: u32,
  csSlotCount: u32,
  csRegCount: u32,
  scoreboardSlotCount: u32,
  unpreservedCsRegCount: u32,
  pad: u32,
});
const timestampInfo = struct({
  timestampFrequency: u64,
  currentTimestamp: u64,
  timestampOffset: u64,
  flags: u32,
  durationNsec: u32,
  cycleCount: u64,
  cpuTimestampSec: address,
  cpuTimestampNsec: address,
});
const groupPrioritiesInfo = struct({ allowedMask: u8, pad: row(u8, 3) });
const mmuInfo = struct({ pageSizeBitmap: address });

/** Objects that DEV_QUERY fills, by enum drm_panthor_dev_query_type. */
const queryObjects: readonly Layout<object>[] = [
  gpuInfo,
  csifInfo,
  timestampInfo,
  groupPrioritiesInfo,
  mmuInfo,
];

/** struct drm_panthor_dev_query: what is behind the pointer depends on the type. */
const devQuery: Layout<DevQueryArgs> = {
  size: 16,
  read(view, at, user) {
    const type = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const pointer = view.getBigUint64(at + 8, true);
    if (pointer === 0n) return { type, size, pointer: null };
    if (queryObjects[type] !== timestampInfo) return { type, size, pointer: {} };
    const asked = copyStruct(timestampInfo, pointer, size, user);
    if (asked === "trailing") return { type, size, pointer: {}, trailing: true };
    return { type, size, pointer: { flags: (asked as { flags?: number } | null)?.flags ?? 0 } };
  },
  write(view, at, { size }) {
    view.setUint32(at + 4, size ?? 0, true);
  },
  copyOut(view, at, { type, size, pointer }, user: UserMemory) {
    if (!pointer) return true;
    const address = view.getBigUint64(at + 8, true);
    return copyObjectOut(queryObjects[type], pointer, address, size ?? 0, user);
  },
};

const handlePad = struct({ handle: u32, pad: u32 });
const idPad = struct({ id: u32, pad: u32 });
const primeHandle = struct({ handle: u32, flags: u32, fd: s32 });
const syncobjHandle = struct({ handle: u32, flags: u32, fd: s32, pad: u32, point: address });

/** What extensions of the interface share. */
export const structs = { syncOp, handlePad };

/** Arguments by ioctl, of everything that a render node lets through. */
export const ioctlLayouts: Readonly<Record<string, Layout>> = {
  ...coreLayouts,
  DEV_QUERY: devQuery,
  VM_CREATE: struct({ flags: u32, id: u32, userVaRange: address }),
  VM_DESTROY: idPad,
  VM_BIND: struct({ vmId: u32, flags: u32, ops: objArray(vmBindOp) }),
  VM_GET_STATE: struct({ vmId: u32, state: u32 }),
  BO_CREATE: struct({ size: address, flags: u32, exclusiveVmId: u32, handle: u32, pad: u32 }),
  BO_MMAP_OFFSET: struct({ handle: u32, pad: u32, offset: address }),
  GROUP_CREATE: struct({
    queues: objArray(queueCreate),
    maxComputeCores: u8,
    maxFragmentCores: u8,
    maxTilerCores: u8,
    priority: u8,
    pad: u32,
    computeCoreMask: u64,
    fragmentCoreMask: u64,
    tilerCoreMask: u64,
    vmId: u32,
    groupHandle: u32,
  }),
  GROUP_DESTROY: struct({ groupHandle: u32, pad: u32 }),
  GROUP_SUBMIT: struct({ groupHandle: u32, pad: u32, queueSubmits: objArray(queueSubmit) }),
  GROUP_GET_STATE: struct({ groupHandle: u32, state: u32, fatalQueues: u32, pad: u32 }),
  TILER_HEAP_CREATE: struct({
    vmId: u32,
    initialChunkCount: u32,
    chunkSize: u32,
    maxChunks: u32,
    targetInFlight: u32,
    handle: u32,
    tilerHeapCtxGpuVa: address,
    firstHeapChunkGpuVa: address,
  }),
  TILER_HEAP_DESTROY: handlePad,
  BO_SET_LABEL: struct({ handle: u32, pad: u32, label: string }),
  SET_USER_MMIO_OFFSET: struct({ offset: address }),
  BO_SYNC: struct({ ops: objArray(boSyncOp) }),
  BO_QUERY_INFO: struct({ handle: u32, extraFlags: u32, createFlags: u32, pad: u32 }),
  GET_CAP: struct({ capability: address, value: address }),
  GEM_CLOSE: handlePad,
  PRIME_HANDLE_TO_FD: primeHandle,
  PRIME_FD_TO_HANDLE: primeHandle,
  SYNCOBJ_CREATE: struct({ handle: u32, flags: u32 }),
  SYNCOBJ_DESTROY: handlePad,
  SYNCOBJ_HANDLE_TO_FD: syncobjHandle,
  SYNCOBJ_FD_TO_HANDLE: syncobjHandle,
  SYNCOBJ_TRANSFER: struct({
    srcHandle: u32,
    dstHandle: u32,
    srcPoint: address,
    dstPoint: address,
    flags: u32,
    pad: u32,
  }),
};
