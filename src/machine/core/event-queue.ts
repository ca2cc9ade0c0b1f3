// The machine's future: a binary heap of callbacks by (time, place at that time).
// Equal times fire first queued, first run, unless a seed draws another order.

import type { Context } from "./context.ts";
import { orderOf, type SameInstantOrder } from "./same-instant.ts";

export interface MachineEvent {
  time: number;
  /** Place among the events of the same time. */
  key: number;
  /** What to call; null for the end of a pause, and once fired or cancelled. */
  fn: (() => void) | null;
  /** The context whose pause ends, null for any other event. */
  ctx: Context | null;
  /** Timeline entry that scheduled the event: the cause of whatever it does. */
  cause: number;
}

export class EventQueue {
  private readonly heap: MachineEvent[] = [];
  /** Time of the earliest live event, Infinity when there is none. */
  next = Infinity;

  constructor(private readonly order: SameInstantOrder = orderOf(0)) {}

  push(time: number, cause: number, fn: () => void): MachineEvent {
    return this.add({ time, key: this.order.key(), fn, ctx: null, cause });
  }

  /** The pause of `ctx` ends at `time`: the commonest event, without a closure. */
  pushPause(time: number, ctx: Context): void {
    this.add({ time, key: this.order.key(), fn: null, ctx, cause: -1 });
  }

  private add(event: MachineEvent): MachineEvent {
    const heap = this.heap;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(event, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = event;
    if (event.time < this.next) this.next = event.time;
    return event;
  }

  /** Cancels an event. A cancelled event keeps its place until it surfaces. */
  cancel(event: MachineEvent): void {
    event.fn = null;
    event.ctx = null;
    if (this.heap[0] === event) this.prune();
  }

  /** Takes the earliest live event, undefined when there is none. */
  pop(): MachineEvent | undefined {
    const top = this.heap[0];
    if (top === undefined) return undefined;
    this.removeTop();
    this.prune();
    return top;
  }

  private prune(): void {
    while (this.heap.length > 0 && this.heap[0].fn === null && this.heap[0].ctx === null) {
      this.removeTop();
    }
    this.next = this.heap.length > 0 ? this.heap[0].time : Infinity;
  }

  private removeTop(): void {
    const heap = this.heap;
    const last = heap.pop()!;
    const n = heap.length;
    if (n === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
  }
}

function before(a: MachineEvent, b: MachineEvent): boolean {
  return a.time < b.time || (a.time === b.time && a.key < b.key);
}
