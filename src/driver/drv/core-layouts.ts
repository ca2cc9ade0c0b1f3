// Arguments of the DRM core's ioctls as they lie in memory, where more than a structure of fields is
// behind them: counted arrays, strings that are filled. Kernel: include/uapi/drm/drm.h,
// drivers/gpu/drm/drm_ioctl.c (drm_copy_field), drm_syncobj.c.

import { unreadable } from "../../machine/syncobj/user-array.ts";
import { clientNameMax, type SetClientNameArgs, type VersionArgs } from "./core-ioctls.ts";
import { address, type Layout, s32, s64, struct, u32 } from "./layout.ts";
import type { UserMemory } from "./user-memory.ts";

/** struct drm_version: a length and a pointer for each text. */
const versionTexts = { name: 16, date: 32, desc: 48 } as const;
/** Drivers have no date any more. */
const versionDate = "0";

const version: Layout<VersionArgs> = {
  size: 64,
  read: () => ({}),
  write(view, at, { versionMajor, versionMinor, versionPatchlevel }) {
    view.setInt32(at, versionMajor ?? 0, true);
    view.setInt32(at + 4, versionMinor ?? 0, true);
    view.setInt32(at + 8, versionPatchlevel ?? 0, true);
  },
  copyOut(view, at, { name, desc }, user) {
    return (
      copyField(view, at + versionTexts.name, name ?? "", user) &&
      copyField(view, at + versionTexts.date, versionDate, user) &&
      copyField(view, at + versionTexts.desc, desc ?? "", user)
    );
  },
};

/** drm_copy_field(): as much as there is room for, and the length that there would be. */
function copyField(view: DataView, at: number, value: string, user: UserMemory): boolean {
  const room = view.getBigUint64(at, true);
  const pointer = view.getBigUint64(at + 8, true);
  view.setBigUint64(at, BigInt(value.length), true);
  const length = room < value.length ? Number(room) : value.length;
  if (length === 0 || pointer === 0n) return true;
  return user.write(pointer, new TextEncoder().encode(value.slice(0, length)));
}

const clientName: Layout<SetClientNameArgs> = {
  size: 16,
  read(view, at, user) {
    const length = view.getBigUint64(at, true);
    // Nothing longer is read.
    if (length > clientNameMax) return { name: "-".repeat(clientNameMax + 1) };
    if (length === 0n) return { name: "" };
    const bytes = user.read(view.getBigUint64(at + 8, true), Number(length));
    return { name: bytes === null ? null : String.fromCharCode(...bytes) };
  },
  write: () => undefined,
};

const elementSize = 8;

/** Arrays of a structure: where the pointer stands, and how large the elements are. */
interface Arrays {
  readonly handles: number;
  readonly points?: number;
  readonly count: number;
  /** Which of them has signalled: the only field that a call writes. */
  readonly firstSignaled?: number;
}

/** A structure with arrays of sync objects, and of their points, which a query writes. */
function withArrays(fields: Layout<object>, place: Arrays): Layout<object> {
  const { handles, points, count, firstSignaled } = place;
  return {
    size: fields.size,
    read(view, at, user) {
      const n = view.getUint32(at + count, true);
      const args: Record<string, unknown> = { ...fields.read(view, at, user) };
      args.handles = array(user, view.getBigUint64(at + handles, true), n, 4);
      if (points === undefined) return args;
      const pointer = view.getBigUint64(at + points, true);
      if (pointer !== 0n) args.points = array(user, pointer, n, elementSize);
      return args;
    },
    write(view, at, value) {
      if (firstSignaled === undefined) return;
      const first = (value as { firstSignaled?: number }).firstSignaled ?? 0;
      view.setUint32(at + firstSignaled, first, true);
    },
  };
}

function array(user: UserMemory, pointer: bigint, count: number, size: 4 | 8): readonly number[] {
  if (count === 0) return [];
  const bytes = user.read(pointer, count * size);
  if (bytes === null) return unreadable;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) =>
    size === 4 ? view.getUint32(i * 4, true) : Number(view.getBigUint64(i * elementSize, true)),
  );
}

const timelineArray = struct({ handlesAt: address, pointsAt: address, count: u32, flags: u32 });

/** Points go out one by one, up to the first that leads nowhere. */
const query: Layout<{ points?: readonly number[] }> = {
  ...(withArrays(timelineArray, { handles: 0, count: 16 }) as Layout<{
    points?: readonly number[];
  }>),
  copyOut(view, at, { points }, user) {
    const pointer = view.getBigUint64(at + 8, true);
    return (points ?? []).every((point, i) => {
      const bytes = new Uint8Array(elementSize);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(point), true);
      return user.write(pointer + BigInt(i * elementSize), bytes);
    });
  },
};

const waitFields = {
  timeoutNsec: s64,
  count: u32,
  flags: u32,
  firstSignaled: u32,
  pad: u32,
  deadlineNsec: address,
};
const wait = struct({ handlesAt: address, ...waitFields });
const timelineWait = struct({ handlesAt: address, pointsAt: address, ...waitFields });
const syncobjArray = struct({ handlesAt: address, count: u32, pad: u32 });

export const coreLayouts: Readonly<Record<string, Layout>> = {
  VERSION: version,
  SET_CLIENT_NAME: clientName,
  SYNCOBJ_WAIT: withArrays(wait, { handles: 0, count: 16, firstSignaled: 24 }),
  SYNCOBJ_TIMELINE_WAIT: withArrays(timelineWait, {
    handles: 0,
    points: 8,
    count: 24,
    firstSignaled: 32,
  }),
  SYNCOBJ_RESET: withArrays(syncobjArray, { handles: 0, count: 8 }),
  SYNCOBJ_SIGNAL: withArrays(syncobjArray, { handles: 0, count: 8 }),
  SYNCOBJ_TIMELINE_SIGNAL: withArrays(timelineArray, { handles: 0, points: 8, count: 16 }),
  SYNCOBJ_QUERY: query,
  SYNCOBJ_EVENTFD: struct({ handle: u32, flags: u32, point: address, fd: s32, pad: u32 }),
};
