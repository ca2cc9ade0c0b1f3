// Work items: struct work_struct and struct delayed_work (include/linux/workqueue.h).
// The packed `data` word of the kernel is spread over fields.

import { removeAt, removeFrom } from "../core/small-array.ts";
import type { Kernel } from "../core/op.ts";
import type { Timer } from "../time/timers.ts";
import type { WorkerPool } from "./pool.ts";
import type { PoolWorkqueue } from "./pool-workqueue.ts";
import type { Workqueue } from "./workqueue.ts";

/** struct work_struct. */
export class Work {
  /** Number in the timeline: the n-th item seen; 0 until then. */
  id = 0;
  /** Interned function name. */
  functionId = -1;
  /** WORK_STRUCT_PENDING: queued, or about to be. */
  pending = false;
  /** Where it is queued; null off queue. */
  pwq: PoolWorkqueue | null = null;
  /** The pool that ran it last (work->data while off queue). */
  pool: WorkerPool | null = null;
  /** The list that it is on: a worklist, an inactive list or a worker's scheduled list. */
  list: Work[] | null = null;
  /** WORK_STRUCT_INACTIVE: does not count in nr_active. */
  inactive = false;
  /** WORK_STRUCT_LINKED: the next item of the list is its barrier. */
  linked = false;
  color = 0;
  /** disable_work() depth. */
  disabled = 0;
  /** Timeline entry of its last queueing. */
  cause = -1;

  constructor(
    readonly functionName: string,
    readonly fn: (work: Work) => Kernel<void>,
  ) {}
}

/** struct delayed_work. */
export class DelayedWork {
  readonly work: Work;
  /** Made at the first use; a Timer needs the machine's timer wheels. */
  timer: Timer | null = null;
  wq: Workqueue | null = null;

  constructor(functionName: string, fn: (work: Work) => Kernel<void>) {
    this.work = new Work(functionName, fn);
  }

  /** delayed_work_pending(). */
  get pending(): boolean {
    return this.work.pending;
  }
}

/** Takes a work item off the list that it is on. */
export function unlinkWork(work: Work): void {
  const { list } = work;
  if (list === null) return;
  removeFrom(list, work);
  work.list = null;
}

/** move_linked_works(): moves an item and the barriers linked to it to the end of `to`. */
export function moveLinkedWorks(work: Work, to: Work[]): void {
  const from = work.list!;
  if (!work.linked) {
    removeFrom(from, work);
    to.push(work);
    work.list = to;
    return;
  }
  const at = from.indexOf(work);
  let moved: Work;
  do {
    moved = removeAt(from, at);
    to.push(moved);
    moved.list = to;
  } while (moved.linked);
}
