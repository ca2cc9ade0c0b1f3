// Reads a text file of the user's, bounded: a device file or a mistaken argument must not fill
// memory. Pipes are read to their end, so `replay <(generate)` works.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "./input-error.ts";

/** The text of a file. Throws `InputError` naming the file. */
export function readText(path: string, bytesMax: number): string {
  let bytes: Buffer;
  try {
    bytes = readBytes(path, bytesMax);
  } catch (error) {
    throw new InputError(`${path}:1:1: cannot be read: ${reasonOf(error)}`);
  }
  if (bytes.length > bytesMax) {
    throw new InputError(`${path}:1:1: TooMany: file is larger than ${bytesMax} bytes`);
  }
  return bytes.toString("utf8");
}

/** At most one byte more than `bytesMax`. */
function readBytes(path: string, bytesMax: number): Buffer {
  const fd = openSync(path, "r");
  try {
    if (fstatSync(fd).isDirectory()) throw new Error("is a folder");
    const parts: Buffer[] = [];
    let left = bytesMax + 1;
    while (left > 0) {
      const part = Buffer.allocUnsafe(Math.min(left, 65536));
      const n = readSync(fd, part, 0, part.length, null);
      if (n === 0) break;
      parts.push(part.subarray(0, n));
      left -= n;
    }
    return Buffer.concat(parts);
  } finally {
    closeSync(fd);
  }
}

/** A system error's reason without the call that failed: `ENOENT: no such file or directory`. */
export function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/, \w+( '.*)?$/s, "");
}
