// The commands of the series as a driver has them: their numbers, and how their arguments lie in
// memory. RFC: include/uapi/drm/panthor_drm.h.

import {
  type IoctlDesc,
  userSubmissionIoctlDescs,
  withIoctlDescs,
} from "../../driver/drv/ioctl-numbers.ts";
import {
  address,
  type Layout,
  objArray,
  row,
  s32,
  struct,
  u16,
  u32,
  u64,
  u8,
} from "../../driver/drv/layout.ts";
import { structs } from "../../driver/drv/uapi-layouts.ts";

const queueCreate = struct({
  priority: u8,
  pad: row(u8, 3),
  ringbufSize: u32,
  ringbufOffset: address,
  userIoOffset: address,
  doorbellOffset: address,
});

/** `pad` is the series' `flags`, which took its place. */
const groupCreate = struct({
  queues: objArray(queueCreate, { out: true }),
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
  eventfdSyncUpdate: s32,
  eventfdGroupState: s32,
});

const xgsOp = struct({ addr: address, value: u64, op: u8, format: u8, flags: u16, pad: u32 });

const layouts: Readonly<Record<string, Layout>> = {
  GROUP_CREATE: groupCreate,
  GROUP_KICK: struct({ handle: u32, queueMask: u32 }),
  XGS_QUEUE_CREATE: struct({ vmId: u32, eventfdSyncUpdate: s32, handle: u32, pad: u32 }),
  XGS_QUEUE_DESTROY: structs.handlePad,
  XGS_QUEUE_SUBMIT: struct({
    handle: u32,
    flags: u32,
    ops: objArray(xgsOp),
    syncs: objArray(structs.syncOp),
  }),
  SYNC_UPDATE: struct({ pad: address }),
};

interface IoctlOps {
  ioctlDescs(): readonly IoctlDesc[];
  ioctlLayouts(): Readonly<Record<string, Layout>>;
}

/** Operations of a driver that has these commands of the series under the series' own numbers. */
export const withCommands = (prev: IoctlOps, names: readonly string[]): IoctlOps => {
  const rows = userSubmissionIoctlDescs.filter(({ name }) => names.includes(name));
  const own = Object.fromEntries(names.map((name) => [name, layouts[name]]));
  return {
    ioctlDescs: () => withIoctlDescs(prev.ioctlDescs(), rows),
    ioctlLayouts: () => ({ ...prev.ioctlLayouts(), ...own }),
  };
};
