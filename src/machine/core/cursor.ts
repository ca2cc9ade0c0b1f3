// What scripts/eager makes of `for … of` loops in which an operation may wait: the place in the
// loop is an object that outlives the function. One object for each loop instead of each step.

/** A place in a sequence. What can be gone through by `for … of` alone may be one itself. */
export abstract class Cursor<T> {
  value!: T;
  /** Moves on; false at the end. */
  abstract advance(): boolean;

  /** The loop is left before its end. */
  close(): void {}
}

/** Not derived: it is made for each loop, and a constructor calls that of its base by a search. */
class ArrayCursor<T> implements Cursor<T> {
  value!: T;
  private i = 0;

  constructor(private readonly array: readonly T[]) {}

  advance(): boolean {
    if (this.i >= this.array.length) return false;
    this.value = this.array[this.i++];
    return true;
  }

  close(): void {}
}

class IteratorCursor<T> implements Cursor<T> {
  value!: T;

  constructor(private readonly iterator: Iterator<T>) {}

  advance(): boolean {
    const step = this.iterator.next();
    if (step.done === true) return false;
    this.value = step.value;
    return true;
  }

  close(): void {
    this.iterator.return?.();
  }
}

/** A cursor before the first element. */
export function cursor<T>(items: Iterable<T>): Cursor<T> {
  if (Array.isArray(items)) return new ArrayCursor<T>(items as readonly T[]);
  if (items instanceof Cursor) return items as Cursor<T>;
  return new IteratorCursor(items[Symbol.iterator]());
}
