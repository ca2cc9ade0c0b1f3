// A list that is used as a queue: the kernel's list_add_tail() and list_first_entry(). Shifting an
// array of some hundred elements is a call into the runtime; here the head moves along.

export class Fifo<T> implements Iterable<T> {
  private items: (T | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  /** list_first_entry_or_null(). */
  get first(): T | null {
    return this.head < this.items.length ? this.items[this.head]! : null;
  }

  /** list_add_tail(). */
  push(item: T): void {
    this.items.push(item);
  }

  /** list_add(). */
  unshift(item: T): void {
    if (this.head > 0) this.items[--this.head] = item;
    else this.items.unshift(item);
  }

  /** Takes the first element out. */
  shift(): T | undefined {
    if (this.head === this.items.length) return undefined;
    const item = this.items[this.head];
    this.items[this.head++] = undefined;
    if (this.head === this.items.length) {
      this.items.length = 0;
      this.head = 0;
    } else if (this.head >= 256 && this.head * 2 >= this.items.length) {
      this.items.splice(0, this.head);
      this.head = 0;
    }
    return item;
  }

  /** list_del(): false if `item` is not in the list. */
  remove(item: T): boolean {
    if (this.first === item) {
      this.shift();
      return true;
    }
    const i = this.items.indexOf(item, this.head);
    if (i < 0) return false;
    this.items.splice(i, 1);
    return true;
  }

  /** The elements now, first to last; the list may change while they are walked. */
  toArray(): T[] {
    return this.items.slice(this.head) as T[];
  }

  [Symbol.iterator](): Iterator<T> {
    return this.toArray()[Symbol.iterator]();
  }
}
