// The machine's future: a binary heap of callbacks by (time, sequence number).
// Equal times fire first queued, first run.

export interface MachineEvent {
  time: number;
  seq: number;
  fn: (() => void) | null;
  /** Timeline entry that scheduled the event: the cause of whatever it does. */
  cause: number;
}

export class EventQueue {
  private readonly heap: MachineEvent[] = [];
  private seq = 0;
  /** Time of the earliest live event, Infinity when there is none. */
  next = Infinity;

  push(time: number, cause: number, fn: () => void): MachineEvent {
    const event: MachineEvent = { time, seq: this.seq++, fn, cause };
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
    if (time < this.next) this.next = time;
    return event;
  }

  /** Cancels an event. A cancelled event keeps its place until it surfaces. */
  cancel(event: MachineEvent): void {
    event.fn = null;
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
    while (this.heap.length > 0 && this.heap[0].fn === null) this.removeTop();
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
  return a.time < b.time || (a.time === b.time && a.seq < b.seq);
}
