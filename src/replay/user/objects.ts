// What the names of a running trace stand for: handles, and what user space remembers about them.
// Objects outlive their release: a stale handle is passed to the driver as a program would.

import type { BufferVma, DmaBuf, DmaBufAttachment } from "../../machine/dma-buf/dma-buf.ts";
import type { Eventfd } from "../../machine/eventfd.ts";
import type { SgTable } from "../../machine/memory/sg-table.ts";
import type { FdTable } from "../../machine/syncobj/fd-table.ts";
import type { BufferMapping, FlushIdMapping, PageMapping, UserFile } from "./env.ts";
import type { AnnotatedWord } from "./place-stream.ts";
import type { VaMap } from "./va-map.ts";

/** The render node opened by a task. */
export interface OpenFile {
  readonly name: string;
  /** Null when open failed: every call is then -EBADF. */
  file: UserFile | null;
  /** The descriptor is open. */
  open: boolean;
  /** Mappings hold the file open beyond close(). */
  mappings: number;
  flushId: FlushIdMapping | null;
}

export interface UserBo {
  readonly file: OpenFile;
  handle: number;
  readonly size: number;
  /** From BO_MMAP_OFFSET. */
  mmapOffset: number | null;
  mapping: BufferMapping | null;
  /** Streams written to it, by name: their offset. */
  readonly streams: Map<string, number>;
  /** Words that the device was told about. */
  annotated: AnnotatedWord[];
}

export interface UserVm {
  readonly file: OpenFile;
  id: number;
  /** What is mapped where, as the program believes. */
  readonly map: VaMap;
}

export interface UserGroup {
  readonly file: OpenFile;
  readonly vm: UserVm;
  handle: number;
}

export interface UserHeap {
  readonly file: OpenFile;
  handle: number;
  context: number;
  firstChunk: number;
}

export interface UserSync {
  readonly file: OpenFile;
  handle: number;
}

/** What a program has mapped of a queue that it fills itself. */
export interface UserQueue {
  readonly ring: BufferMapping;
  readonly io: BufferMapping;
  readonly size: number;
  readonly ringOffset: number;
  readonly ioOffset: number;
  /** Where the program writes next: INSERT, once stored. */
  insert: number;
}

/** Mappings of a group in user-submit mode. */
export interface UserRings {
  readonly group: UserGroup;
  readonly doorbellOffset: number;
  readonly doorbell: PageMapping | null;
  readonly queues: readonly UserQueue[];
}

export interface UserXgsQueue {
  readonly file: OpenFile;
  handle: number;
}

/** A descriptor: an eventfd, or one that an ioctl returned in the table of its file. */
export type UserFd =
  | { readonly kind: "eventfd"; readonly eventfd: Eventfd; readonly fds: Map<FdTable, number> }
  | {
      readonly kind: "fd";
      readonly table: FdTable;
      fd: number;
      /** Of a dma-buf: its mapping, and devices that use it. */
      readonly shared?: UserDmaBuf;
    };

/** What is known of a dma-buf beside its descriptor. */
export interface UserDmaBuf {
  readonly dmabuf: DmaBuf;
  mapping: BufferVma | null;
  /** Attachments of other devices with their mappings. */
  readonly attached: { readonly attach: DmaBufAttachment; readonly sgt: SgTable }[];
}

/** All names of a run, by kind. */
export class UserObjects {
  readonly file = new Map<string, OpenFile>();
  readonly vm = new Map<string, UserVm>();
  readonly bo = new Map<string, UserBo>();
  readonly group = new Map<string, UserGroup>();
  readonly heap = new Map<string, UserHeap>();
  readonly sync = new Map<string, UserSync>();
  readonly fd = new Map<string, UserFd>();
  readonly xgs = new Map<string, UserXgsQueue>();
  /** By the name of the group. */
  readonly rings = new Map<string, UserRings>();
}

/** The buffer that holds a stream and is mapped in a VM, and the address; null for none. */
export interface StreamPlace {
  readonly bo: UserBo;
  readonly va: number;
}

/** Where a stream is in a VM. */
export function findStream(vm: UserVm, bos: Iterable<UserBo>, stream: string): StreamPlace | null {
  for (const bo of bos) {
    const offset = bo.streams.get(stream);
    const va = offset === undefined ? null : vm.map.addressOf(bo, offset);
    if (va !== null) return { bo, va };
  }
  return null;
}
