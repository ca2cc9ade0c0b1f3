// Fences of gpu_scheduler events up to 6.16, which name them by address only. The memory of a fence
// is used again for a later one, so each queueing of a job makes a new number for its address.

import { ObjectIds } from "../interner.ts";

/** Forgotten are the oldest addresses beyond this many: flat memory, whatever the recording. */
const entriesMax = 1 << 16;

export class FenceNumbers {
  private readonly byAddress = new Map<number, number>();
  private readonly byJob = new Map<number, number>();
  private next = 0;
  private job = -1;

  /** A job of that id is about to be queued. */
  noteJob(id: number): void {
    this.job = id;
  }

  /** A job with this fence was queued: a new fence. */
  queued(address: number): number {
    const n = ++this.next;
    bounded(this.byAddress).set(address, n);
    if (this.job >= 0) bounded(this.byJob).set(this.job, n);
    this.job = -1;
    return n;
  }

  /** The fence now at this address; new when its queueing was not recorded. */
  fence(address: number): number {
    return this.byAddress.get(address) ?? this.queued(address);
  }

  /** The fence of the job with this id, -1 when its queueing was not recorded. */
  ofJob(id: number): number {
    return this.byJob.get(id) ?? -1;
  }
}

function bounded(map: Map<number, number>): Map<number, number> {
  if (map.size >= entriesMax) {
    const oldest = map.keys().next();
    if (oldest.done !== true) map.delete(oldest.value);
  }
  return map;
}

/** What numbers the objects of one recording. */
export class Objects {
  readonly fences = new FenceNumbers();
  private readonly classes = new Map<string, ObjectIds>();

  /** Numbers of one class of objects: work items, timers. */
  of(name: string): ObjectIds {
    let ids = this.classes.get(name);
    if (ids === undefined) this.classes.set(name, (ids = new ObjectIds()));
    return ids;
  }
}
