// How argument structures lie in memory, little-endian and without gaps, as the rules of uAPI want
// it: fields in order, arrays and strings behind pointers.

import { EFAULT } from "../../machine/errno.ts";
import type { StridedArray } from "./uapi.ts";
import type { UserMemory } from "./user-memory.ts";

/** A field, or a structure of fields. */
export interface Layout<T = unknown> {
  readonly size: number;
  read(view: DataView, at: number, user: UserMemory): T;
  write(view: DataView, at: number, value: T): void;
  /** What a successful call copies out behind a pointer: false is -EFAULT. */
  copyOut?(view: DataView, at: number, value: T, user: UserMemory): boolean;
}

type Fields = Readonly<Record<string, Layout>>;

const whole = (
  size: number,
  read: (view: DataView, at: number) => number,
  write: (view: DataView, at: number, value: number) => void,
): Layout<number | undefined> => ({
  size,
  read,
  write: (view, at, value) => write(view, at, value ?? 0),
});

export const u8 = whole(
  1,
  (view, at) => view.getUint8(at),
  (view, at, value) => view.setUint8(at, value),
);
export const u16 = whole(
  2,
  (view, at) => view.getUint16(at, true),
  (view, at, value) => view.setUint16(at, value, true),
);
export const u32 = whole(
  4,
  (view, at) => view.getUint32(at, true),
  (view, at, value) => view.setUint32(at, value, true),
);
export const s32 = whole(
  4,
  (view, at) => view.getInt32(at, true),
  (view, at, value) => view.setInt32(at, value, true),
);
/** 64 bits that the driver holds as a number: addresses, sizes, offsets. */
export const address = whole(
  8,
  (view, at) => Number(view.getBigUint64(at, true)),
  (view, at, value) => view.setBigUint64(at, BigInt(value), true),
);
export const u64: Layout<bigint | undefined> = {
  size: 8,
  read: (view, at) => view.getBigUint64(at, true),
  write: (view, at, value) => view.setBigUint64(at, value ?? 0n, true),
};

/** Signed: absolute times. */
export const s64 = whole(
  8,
  (view, at) => Number(view.getBigInt64(at, true)),
  (view, at, value) => view.setBigInt64(at, BigInt(value), true),
);

/** A field that holds several values in a row. */
export const row = <T>(of: Layout<T>, count: number): Layout<readonly T[] | undefined> => ({
  size: of.size * count,
  read: (view, at, user) =>
    Array.from({ length: count }, (_, i) => of.read(view, at + i * of.size, user)),
  write: (view, at, values) => values?.forEach((v, i) => of.write(view, at + i * of.size, v)),
});

/** A pointer to a string with its terminator: null for none, -EFAULT where it leads nowhere. */
export const string: Layout<string | number | null | undefined> = {
  size: 8,
  read(view, at, user) {
    const pointer = view.getBigUint64(at, true);
    if (pointer === 0n) return null;
    let text = "";
    for (let next = pointer; ; next++) {
      const byte = user.read(next, 1);
      if (byte === null) return -EFAULT;
      if (byte[0] === 0) return text;
      text += String.fromCharCode(byte[0]);
    }
  },
  write: () => undefined,
};

/** A structure. */
export function struct(fields: Fields): Layout<object> {
  const rows: [key: string, at: number, layout: Layout][] = [];
  let size = 0;
  for (const [key, layout] of Object.entries(fields)) {
    rows.push([key, size, layout]);
    size += layout.size;
  }
  const get = (value: object, key: string): unknown => (value as Record<string, unknown>)[key];
  return {
    size,
    read: (view, at, user) =>
      Object.fromEntries(rows.map(([key, off, f]) => [key, f.read(view, at + off, user)])),
    write(view, at, value) {
      for (const [key, off, f] of rows) f.write(view, at + off, get(value, key));
    },
    copyOut: (view, at, value, user) =>
      rows.every(([key, off, f]) => f.copyOut?.(view, at + off, get(value, key), user) ?? true),
  };
}

const bytesOf = (layout: Layout, value: unknown): Uint8Array => {
  const bytes = new Uint8Array(layout.size);
  layout.write(new DataView(bytes.buffer), 0, value);
  return bytes;
};

/** copy_struct_from_user(): null for memory that is not mapped, "trailing" for -E2BIG. */
export function copyStruct(
  layout: Layout,
  address: bigint,
  size: number,
  user: UserMemory,
): unknown {
  const bytes = user.read(address, size);
  if (bytes === null) return null;
  if (bytes.subarray(layout.size).some((byte) => byte !== 0)) return "trailing";
  const known = new Uint8Array(layout.size);
  known.set(bytes.subarray(0, layout.size));
  return layout.read(new DataView(known.buffer), 0, user);
}

/** Elements that are read at most: what no program has is -EFAULT without reading it. */
const elementsMax = 4096;

/** struct drm_panthor_obj_array; `out` for elements that a call writes back. */
export const objArray = (
  element: Layout<object>,
  { out = false }: { readonly out?: boolean } = {},
): Layout<StridedArray<object>> => ({
  size: 16,
  read(view, at, user) {
    const stride = view.getUint32(at, true);
    const count = view.getUint32(at + 4, true);
    const pointer = view.getBigUint64(at + 8, true);
    const array: object[] = [];
    let trailing = false;
    for (let i = 0; i < Math.min(count, elementsMax) && stride > 0; i++) {
      const got = copyStruct(element, pointer + BigInt(i * stride), stride, user);
      trailing = got === "trailing";
      if (got === null || trailing) break;
      array.push(got as object);
    }
    return { stride, count, array, trailing };
  },
  write: () => undefined,
  copyOut(view, at, { stride, array }, user) {
    if (!out || array === null) return true;
    const pointer = view.getBigUint64(at + 8, true);
    return array.every((value, i) => {
      const bytes = new Uint8Array(stride);
      bytes.set(bytesOf(element, value).subarray(0, stride));
      return user.write(pointer + BigInt(i * stride), bytes);
    });
  },
});

/** panthor_set_uobj(): as much as the user knows of an object, zeroes behind it. */
export function copyObjectOut(
  layout: Layout,
  value: unknown,
  address: bigint,
  userSize: number,
  user: UserMemory,
): boolean {
  const bytes = new Uint8Array(userSize);
  bytes.set(bytesOf(layout, value).subarray(0, userSize));
  return user.write(address, bytes);
}
