// Insertion into and removal from arrays of a few elements. Array.prototype.splice() makes an array
// of what it removes and costs a call into the runtime; queues of a CPU hold two or three elements.

/** Puts `item` before index `i`. */
export function insertAt<T>(array: T[], i: number, item: T): void {
  let at = array.length;
  array[at] = item;
  for (; at > i; at--) array[at] = array[at - 1];
  array[i] = item;
}

/** Takes out the element at index `i`. */
export function removeAt<T>(array: T[], i: number): T {
  const item = array[i];
  const last = array.length - 1;
  for (let at = i; at < last; at++) array[at] = array[at + 1];
  array.pop();
  return item;
}

/** Takes `item` out if it is there: most of the time as the first element. */
export function removeFrom<T>(array: T[], item: T): void {
  const { length } = array;
  let at = 0;
  while (at < length && array[at] !== item) at++;
  if (at < length) removeAt(array, at);
}
