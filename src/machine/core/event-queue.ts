// The machine's future: a binary heap of callbacks by (time, place at that time).
// Equal times fire first queued, first run, unless a seed draws another order.

import type { Context } from "./context.ts";
import { orderOf, type SameInstantOrder } from "./same-instant.ts";

/**
 * Something due. It is used again once it has fired, or surfaced cancelled: whoever keeps one to
 * cancel it lets go of it when it fires.
 */
export class MachineEvent {
  constructor(
    public time: number,
    /** Place among the events of the same time. */
    public key: number,
    /** What to call; null for the end of a pause, and once fired or cancelled. */
    public fn: (() => void) | null,
    /** The context whose pause ends, null for any other event. */
    public ctx: Context | null,
    /** Timeline entry that scheduled the event: the cause of whatever it does. */
    public cause: number,
  ) {}
}

export class EventQueue {
  private readonly heap: MachineEvent[] = [];
  private readonly spare: MachineEvent[] = [];
  /** The event popped last: spare from the next one on. */
  private popped: MachineEvent | null = null;
  /** Time of the earliest live event, Infinity when there is none. */
  next = Infinity;

  constructor(private readonly order: SameInstantOrder = orderOf(0)) {}

  push(time: number, cause: number, fn: () => void): MachineEvent {
    return this.add(this.make(time, fn, null, cause));
  }

  /** The pause of `ctx` ends at `time`: the commonest event, without a closure. */
  pushPause(time: number, ctx: Context): void {
    this.add(this.make(time, null, ctx, -1));
  }

  private make(
    time: number,
    fn: (() => void) | null,
    ctx: Context | null,
    cause: number,
  ): MachineEvent {
    const key = this.order.key();
    const event = this.spare.pop();
    if (event === undefined) return new MachineEvent(time, key, fn, ctx, cause);
    event.time = time;
    event.key = key;
    event.fn = fn;
    event.ctx = ctx;
    event.cause = cause;
    return event;
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
    if (this.popped !== null) this.spare.push(this.popped);
    this.popped = top;
    this.removeTop();
    this.prune();
    return top;
  }

  private prune(): void {
    while (this.heap.length > 0 && this.heap[0].fn === null && this.heap[0].ctx === null) {
      this.spare.push(this.heap[0]);
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
