// Compressed sections and chunks of version 7 files: zlib by Node, zstd by fzstd.

import { inflateSync } from "node:zlib";
import { decompress as zstd } from "fzstd";
import type { Locator } from "../error.ts";

/** More than any sub-buffer chunk or section is in practice: trace-cmd writes chunks of ten pages. */
export const inflatedBytesMax = 1 << 28;

export type Algorithm = "none" | "zlib" | "zstd";

export function algorithmOf(name: string, byte: number, where: Locator): Algorithm {
  if (name === "none" || name === "zlib" || name === "zstd") return name;
  return where.fail(
    byte,
    `unknown compression ${JSON.stringify(name)}; known are none, zlib, zstd`,
  );
}

/** Inflates `data` to exactly `size` bytes. `byte` is where it is in the file. */
export function inflate(
  algorithm: Algorithm,
  data: Uint8Array,
  size: number,
  byte: number,
  where: Locator,
): Uint8Array {
  if (size > inflatedBytesMax) where.fail(byte, `a compressed block of ${size} bytes is too large`);
  let out: Uint8Array;
  try {
    if (algorithm === "zlib") out = inflateSync(data, { maxOutputLength: Math.max(size, 1) });
    else if (algorithm === "zstd") out = zstd(data, new Uint8Array(size));
    else return where.fail(byte, "a compressed block in a file without compression");
  } catch (error) {
    return where.fail(byte, `broken ${algorithm} data: ${(error as Error).message}`);
  }
  if (out.length !== size) {
    where.fail(byte, `compressed block holds ${out.length} bytes instead of ${size}`);
  }
  return out;
}
