// Opens a recording whatever it is wrapped in. Compressed files are inflated once, into memory
// while small and into a temporary file beyond that, so that readers can seek and memory stays flat.

import {
  createReadStream,
  mkdtempSync,
  openSync,
  readSync,
  closeSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGunzip, gunzipSync } from "node:zlib";
import { Decompress, decompress } from "fzstd";
import { RecordingError } from "../error.ts";
import { FileSource, MemorySource, type ByteSource } from "./byte-source.ts";

/** Inflated recordings up to this size stay in memory. */
const memoryBytesMax = 1 << 26;
/** A file inflates to this at most. */
const inflatedBytesMax = 2 ** 38;
const wrappersMax = 4;

export type Wrapping = "gzip" | "zstd" | null;

/** How bytes are compressed, by their first four. */
export function wrapping(head: Uint8Array): Wrapping {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return "zstd";
  return null;
}

/** Unwraps bytes in memory. Throws `RecordingError`. */
export function unwrapBytes(bytes: Uint8Array, file: string): Uint8Array {
  for (let n = 0; n < wrappersMax; n++) {
    const how = wrapping(bytes);
    if (how === null) return bytes;
    try {
      bytes = how === "gzip" ? gunzipSync(bytes, { maxOutputLength: 2 ** 31 }) : decompress(bytes);
    } catch (error) {
      throw new RecordingError(file, 0, `broken ${how} data: ${(error as Error).message}`, "byte");
    }
  }
  return bytes;
}

/** Opens a file, unwrapped. Throws `RecordingError`. */
export async function openSource(path: string): Promise<ByteSource> {
  const how = wrapping(headOf(path));
  if (how === null) return new FileSource(path);
  const spool = new Spool(path);
  try {
    if (how === "gzip") {
      const gunzip = createReadStream(path).pipe(createGunzip());
      for await (const chunk of gunzip) spool.add(chunk as Uint8Array);
    } else {
      const stream = new Decompress((chunk) => spool.add(chunk));
      for await (const chunk of createReadStream(path)) stream.push(chunk as Uint8Array);
      stream.push(new Uint8Array(), true);
    }
  } catch (error) {
    spool.discard();
    if (error instanceof RecordingError) throw error;
    throw new RecordingError(
      path,
      spool.size,
      `broken ${how} data: ${(error as Error).message}`,
      "byte",
    );
  }
  return spool.source();
}

function headOf(path: string): Uint8Array {
  const head = new Uint8Array(4);
  const fd = openSync(path, "r");
  try {
    readSync(fd, head, 0, 4, 0);
  } finally {
    closeSync(fd);
  }
  return head;
}

/** Inflated bytes: in memory, then in a file. */
class Spool {
  size = 0;
  private chunks: Uint8Array[] = [];
  private folder: string | null = null;
  private fd = -1;

  constructor(private readonly path: string) {}

  add(chunk: Uint8Array): void {
    this.size += chunk.length;
    if (this.size > inflatedBytesMax) {
      throw new RecordingError(this.path, 0, "inflates to more than 256 GiB", "byte");
    }
    if (this.folder === null && this.size > memoryBytesMax) {
      this.folder = mkdtempSync(join(tmpdir(), "panthor-replay-"));
      this.fd = openSync(join(this.folder, "recording"), "wx", 0o600);
      for (const kept of this.chunks) writeSync(this.fd, kept);
      this.chunks = [];
    }
    if (this.folder === null) this.chunks.push(Buffer.from(chunk));
    else writeSync(this.fd, chunk);
  }

  source(): ByteSource {
    if (this.folder === null) return new MemorySource(Buffer.concat(this.chunks));
    closeSync(this.fd);
    const folder = this.folder;
    return new FileSource(join(folder, "recording"), () => rmSync(folder, { recursive: true }));
  }

  discard(): void {
    if (this.folder === null) return;
    closeSync(this.fd);
    rmSync(this.folder, { recursive: true });
  }
}
