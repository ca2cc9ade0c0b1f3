// Lock classes and the order between them: struct lock_class and the dependency graph of
// kernel/locking/lockdep.c.

import type { LockKind } from "../core/validator.ts";

/** Usage of a class: the LOCK_USED_IN_* and LOCK_ENABLED_* bits. */
export const usedInHardirq = 1;
export const usedInSoftirq = 2;
export const hardirqsOn = 4;
export const softirqsOn = 8;

/** LD_WAIT_*: what may be taken inside what (include/linux/lockdep_types.h). */
const waitRank: Readonly<Record<LockKind, number>> = {
  map: 0,
  raw_spin: 2,
  spin: 3,
  mutex: 4,
  rwsem: 4,
  rwsem_read: 4,
};

/** struct lock_class. */
export class LockClass {
  /** Classes that were taken while this one was held. */
  readonly after = new Set<LockClass>();
  usage = 0;
  /** How often a lock of the class was taken. */
  acquired = 0;
  /** Whether some acquisition was not a recursive read. */
  readonly subclasses = new Map<number, LockClass>();
  /** Class held in the last acquisition that was checked: the common case again. */
  lastPrev: LockClass | null = null;
  /** 0: not a lock, anything may be taken inside. */
  readonly rank: number;

  constructor(
    readonly name: string,
    readonly kind: LockKind,
  ) {
    this.rank = waitRank[kind];
  }

  /** The class of nesting level `n` (SINGLE_DEPTH_NESTING and the like). */
  subclass(n: number): LockClass {
    if (n === 0) return this;
    let sub = this.subclasses.get(n);
    if (sub === undefined) {
      sub = new LockClass(`${this.name}/${n}`, this.kind);
      this.subclasses.set(n, sub);
    }
    return sub;
  }
}

/** The shortest chain from `from` to a class that `found` accepts, both included; null if none. */
export function findChain(from: LockClass, found: (c: LockClass) => boolean): LockClass[] | null {
  const previous = new Map<LockClass, LockClass | null>([[from, null]]);
  const queue = [from];
  for (const c of queue) {
    if (found(c)) {
      const chain: LockClass[] = [];
      for (let at: LockClass | null = c; at !== null; at = previous.get(at)!) chain.unshift(at);
      return chain;
    }
    for (const next of c.after) {
      if (previous.has(next)) continue;
      previous.set(next, c);
      queue.push(next);
    }
  }
  return null;
}
