// sync_file: a fence as a file. Kernel: drivers/dma-buf/sync_file.c (the file descriptor itself is
// machine/syncobj/fd-table.ts).

import type { Atomic } from "../core/op.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import { filePseudoFails } from "../memory/fail-nth.ts";
import { WaitQueue } from "../wait/wait-queue.ts";
import { noteShared } from "./array.ts";
import { FenceCb } from "./fence-ops.ts";
import type { DmaFence } from "./fence.ts";
import type { Fences } from "./fences.ts";
import { mergeFences, unwrapAll } from "./unwrap.ts";

/** struct sync_fence_info. */
export interface SyncFenceInfo {
  readonly objName: string;
  readonly driverName: string;
  readonly status: number;
  readonly timestampNs: number;
}

/** struct sync_file_info: SYNC_IOC_FILE_INFO. */
export interface SyncFileInfo {
  readonly name: string;
  /** 1 signalled, 0 pending, negative: error. */
  readonly status: number;
  readonly numFences: number;
  readonly fences: readonly SyncFenceInfo[];
}

/** struct sync_file. */
export class SyncFile {
  readonly kind = "sync_file";
  readonly wq: WaitQueue;
  private pollEnabled = false;
  private readonly cb = new FenceCb(() => this.wq.wakeUpAll());

  private constructor(
    private readonly fences: Fences,
    readonly fence: DmaFence,
    private readonly userName: string,
  ) {
    this.wq = new WaitQueue(fences.m, "sync_file");
  }

  /** sync_file_create(): takes its own reference; null without memory. */
  static create(fences: Fences, fence: DmaFence): SyncFile | null {
    if (SyncFile.allocFails(fences)) return null;
    noteShared(fence);
    return new SyncFile(fences, fence.get(), "");
  }

  /** sync_file_alloc(). */
  private static allocFails({ memory }: Fences): boolean {
    return memory.failsNow() || filePseudoFails(memory);
  }

  /** sync_file_get_fence(). */
  getFence(): DmaFence {
    return this.fence.get();
  }

  /** sync_file_get_name(). */
  get name(): string {
    if (this.userName !== "") return this.userName;
    const { fence } = this;
    return `${fence.driverName}-${fence.timelineName}${fence.context}-${fence.seqno}`;
  }

  /** SYNC_IOC_MERGE; null without memory. */
  *merge(name: string, other: SyncFile): Atomic<SyncFile | null> {
    if (SyncFile.allocFails(this.fences)) return null;
    const fence = yield* mergeFences(this.fences, [this.fence, other.fence]);
    if (fence === null) return null;
    return new SyncFile(this.fences, fence, name.slice(0, 31));
  }

  /** sync_file_poll(): true if readable. */
  *poll(): Atomic<boolean> {
    if (!this.cb.queued && !this.pollEnabled) {
      this.pollEnabled = true;
      if ((yield* this.fence.addCallback(this.cb)) < 0) yield* this.wq.wakeUpAll();
    }
    return yield* this.fence.isSignaled();
  }

  /**
   * SYNC_IOC_FILE_INFO with room for `roomFor` fences; 0 asks for the number only.
   */
  *info(roomFor: number): Atomic<SyncFileInfo | number> {
    const members = yield* unwrapAll(this.fence);
    if (roomFor === 0) {
      const status = yield* this.fence.getStatus();
      return { name: this.name, status, numFences: members.length, fences: [] };
    }
    if (roomFor < members.length) return -EINVAL;
    if (this.fences.memory.failsNow()) return -ENOMEM;
    const fences: SyncFenceInfo[] = [];
    let status = 1;
    for (const member of members) {
      const info = yield* fenceInfo(member);
      fences.push(info);
      if (status > 0) status = info.status;
    }
    return { name: this.name, status, numFences: members.length, fences };
  }

  /** SYNC_IOC_SET_DEADLINE. */
  setDeadline(deadlineNs: number): Atomic {
    return this.fence.setDeadline(deadlineNs);
  }

  /** sync_file_release(). */
  *release(): Atomic {
    if (this.pollEnabled) yield* this.fence.removeCallback(this.cb);
    yield* this.fence.put();
  }
}

/** sync_fill_fence_info(). */
function* fenceInfo(fence: DmaFence): Atomic<SyncFenceInfo> {
  const objName = fence.timelineName;
  const { driverName } = fence;
  const status = yield* fence.getStatus();
  const timestampNs = (yield* fence.isSignaled()) ? fence.timestampNs() : 0;
  return { objName, driverName, status, timestampNs };
}
