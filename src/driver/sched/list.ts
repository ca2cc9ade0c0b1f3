// Doubly linked lists with the semantics of include/linux/list.h: a node is in at most one list,
// an initialised node that is in none points at itself, and order is what the calls say.
// Insertion and removal during iteration behave as with the kernel's macros.

import { Cursor } from "../../machine/core/cursor.ts";

/** struct list_head. A head has no owner; a member's owner stands for container_of(). */
export class ListHead<T> {
  next: ListHead<T> = this;
  prev: ListHead<T> = this;

  constructor(public owner: T | null = null) {}
}

function insert<T>(node: ListHead<T>, prev: ListHead<T>, next: ListHead<T>): void {
  next.prev = node;
  node.next = next;
  node.prev = prev;
  prev.next = node;
}

function unlink<T>(node: ListHead<T>): void {
  node.next.prev = node.prev;
  node.prev.next = node.next;
}

/** list_add(): first place of the list. */
export function listAdd<T>(node: ListHead<T>, head: ListHead<T>): void {
  insert(node, head, head.next);
}

/** list_add_tail(): last place, or the place before `head` when that is a member. */
export function listAddTail<T>(node: ListHead<T>, head: ListHead<T>): void {
  insert(node, head.prev, head);
}

/** list_del(): the node must be added or initialised again before it is used otherwise. */
export function listDel<T>(node: ListHead<T>): void {
  unlink(node);
}

/** list_del_init(): does nothing to a node that is in no list. */
export function listDelInit<T>(node: ListHead<T>): void {
  unlink(node);
  node.next = node;
  node.prev = node;
}

/** list_move(): to the first place of a list. */
export function listMove<T>(node: ListHead<T>, head: ListHead<T>): void {
  unlink(node);
  listAdd(node, head);
}

/** list_move_tail(): to the last place of a list. */
export function listMoveTail<T>(node: ListHead<T>, head: ListHead<T>): void {
  unlink(node);
  listAddTail(node, head);
}

/** list_empty(): of a head, or "is in no list" of an initialised node. */
export function listEmpty<T>(head: ListHead<T>): boolean {
  return head.next === head;
}

/** list_first_entry_or_null(). */
export function listFirstOrNull<T>(head: ListHead<T>): T | null {
  return head.next.owner;
}

/** list_for_each_entry(): the current member must stay in the list. */
export function* listEntries<T>(head: ListHead<T>): Generator<T, void, void> {
  for (let pos = head.next; pos !== head; pos = pos.next) yield pos.owner!;
}

/** list_for_each_entry_safe(): the current member may leave the list. */
export function listEntriesSafe<T>(head: ListHead<T>): Iterable<T> {
  return new SafeEntries(head);
}

class SafeEntries<T> extends Cursor<T> implements IterableIterator<T> {
  private pos: ListHead<T>;

  constructor(private readonly head: ListHead<T>) {
    super();
    this.pos = head.next;
  }

  advance(): boolean {
    const { pos } = this;
    if (pos === this.head) return false;
    this.pos = pos.next;
    this.value = pos.owner!;
    return true;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    return this.advance() ? { done: false, value: this.value } : { done: true, value: undefined };
  }
}
