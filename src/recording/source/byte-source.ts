// Where the bytes of a recording come from: a file or memory, read at any offset.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface ByteSource {
  readonly size: number;
  /** Fills `target` from `position` on; returns how many bytes there were. */
  read(position: number, target: Uint8Array): number;
  close(): void;
}

export class MemorySource implements ByteSource {
  constructor(readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  read(position: number, target: Uint8Array): number {
    if (position >= this.bytes.length) return 0;
    const part = this.bytes.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  }

  close(): void {}
}

export class FileSource implements ByteSource {
  private readonly fd: number;
  readonly size: number;
  private open = true;

  constructor(
    path: string,
    private readonly onClose: () => void = () => {},
  ) {
    this.fd = openSync(path, "r");
    this.size = fstatSync(this.fd).size;
  }

  read(position: number, target: Uint8Array): number {
    let done = 0;
    while (done < target.length) {
      const n = readSync(this.fd, target, done, target.length - done, position + done);
      if (n === 0) break;
      done += n;
    }
    return done;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    closeSync(this.fd);
    this.onClose();
  }
}
