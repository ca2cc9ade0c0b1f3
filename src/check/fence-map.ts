// Values by fence. A check looks fences up at each of their events, and fences of a context come
// and go about in the order of their sequence numbers: an array that moves along does for most of
// them, and a Map takes what is out of order (points of a timeline, fences that live for long).

/** Slots in front of the window that are given back together. */
const slack = 256;
/** As many empty slots may a jump of sequence numbers leave. */
const jumpMax = 64;

class Window<V> {
  size = 0;
  /** Sequence number of `slots[0]`. */
  private base = 0;
  /** Everything before this slot is empty. */
  private head = 0;
  private readonly slots: (V | undefined)[] = [];
  private readonly far = new Map<number, V>();

  get(seqno: number): V | undefined {
    const i = seqno - this.base;
    const near = i >= this.head && i < this.slots.length ? this.slots[i] : undefined;
    return near !== undefined || this.far.size === 0 ? near : this.far.get(seqno);
  }

  set(seqno: number, value: V): void {
    this.delete(seqno);
    this.size++;
    const { slots } = this;
    if (this.size === 1) {
      slots.length = 0;
      this.base = seqno;
      this.head = 0;
    }
    const i = seqno - this.base;
    if (i < this.head || i > slots.length + jumpMax) {
      this.far.set(seqno, value);
      return;
    }
    while (slots.length < i) slots.push(undefined);
    slots[i] = value;
  }

  delete(seqno: number): boolean {
    const i = seqno - this.base;
    const { slots } = this;
    if (i >= this.head && i < slots.length && slots[i] !== undefined) {
      slots[i] = undefined;
      while (this.head < slots.length && slots[this.head] === undefined) this.head++;
      if (this.head >= slack && this.head * 2 > slots.length) {
        slots.splice(0, this.head);
        this.base += this.head;
        this.head = 0;
      }
      this.size--;
      return true;
    }
    if (this.far.size === 0 || !this.far.delete(seqno)) return false;
    this.size--;
    return true;
  }

  /** The value of the lowest sequence number. */
  first(): V | undefined {
    if (this.far.size === 0) return this.slots[this.head];
    let lowest = Infinity;
    for (const seqno of this.far.keys()) lowest = Math.min(lowest, seqno);
    const near = this.slots[this.head];
    return near !== undefined && this.base + this.head < lowest ? near : this.far.get(lowest);
  }

  *values(): Iterable<V> {
    for (const value of this.slots) if (value !== undefined) yield value;
    yield* this.far.values();
  }
}

/** What the Map of contexts said last. */
interface Recent<V> {
  context: number;
  window: Window<V> | undefined;
}

/** Windows looked at lately are found without the Map, minus 1. */
const recentMask = 7;

/** A map from fences, by context and sequence number. Iterates by context as first seen. */
export class FenceMap<V> {
  private readonly contexts = new Map<number, Window<V>>();
  /** By the low bits of the context: a job's fences have a few contexts in a row. */
  private readonly recent = Array.from({ length: recentMask + 1 }, (): Recent<V> => ({
    context: -1,
    window: undefined,
  }));

  get(context: number, seqno: number): V | undefined {
    return this.window(context)?.get(seqno);
  }

  set(context: number, seqno: number, value: V): void {
    let window = this.window(context);
    if (window === undefined) {
      window = new Window();
      this.contexts.set(context, window);
      this.recent[context & recentMask].window = window;
    }
    window.set(seqno, value);
  }

  delete(context: number, seqno: number): boolean {
    const window = this.window(context);
    if (window === undefined || !window.delete(seqno)) return false;
    // Sync objects get a context each: what is empty must not pile up.
    if (window.size === 0) {
      this.contexts.delete(context);
      this.recent[context & recentMask].window = undefined;
    }
    return true;
  }

  /** The value of the lowest sequence number of a context. */
  first(context: number): V | undefined {
    return this.window(context)?.first();
  }

  *values(): Iterable<V> {
    for (const window of this.contexts.values()) yield* window.values();
  }

  private window(context: number): Window<V> | undefined {
    const recent = this.recent[context & recentMask];
    if (recent.context !== context) {
      recent.context = context;
      recent.window = this.contexts.get(context);
    }
    return recent.window;
  }
}
