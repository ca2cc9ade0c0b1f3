// struct kref and refcount_t: include/linux/{kref,refcount}.h. The registry knows which counted
// objects are alive, so that a run can end with a report of what leaked.

import type { Machine } from "./core/machine.ts";
import { type Atomic, done, type Kernel } from "./core/op.ts";
import type { RefRegistry } from "./core/validator.ts";
import { Defect } from "./defect.ts";

/**
 * The live counted objects of a machine, linked through themselves in the order in which they were
 * made: they come and go with every job.
 */
export class KrefRegistry implements RefRegistry {
  private first: Kref | null = null;
  private last: Kref | null = null;

  add(ref: Kref): void {
    ref.older = this.last;
    if (this.last === null) this.first = ref;
    else this.last.newer = ref;
    this.last = ref;
  }

  delete(ref: Kref): void {
    const { older, newer } = ref;
    if (older === null) this.first = newer;
    else older.newer = newer;
    if (newer === null) this.last = older;
    else newer.older = older;
    ref.older = null;
    ref.newer = null;
  }

  /** Objects that still have references, oldest first. */
  leaks(): ReadonlyArray<{ readonly name: string; readonly count: number }> {
    const left: { name: string; count: number }[] = [];
    for (let ref = this.first; ref !== null; ref = ref.newer) {
      left.push({ name: ref.name, count: ref.count });
    }
    return left;
  }
}

/** struct kref, with one reference at first. */
export class Kref {
  readonly name: string;
  /** Neighbours in the registry. */
  older: Kref | null = null;
  newer: Kref | null = null;
  private refs = 1;
  private readonly registry: RefRegistry | null;

  constructor(name: string, registry?: RefRegistry | null);
  constructor(m: Machine, name: string);
  constructor(first: string | Machine, second: RefRegistry | string | null = null) {
    this.name = typeof first === "string" ? first : (second as string);
    this.registry = typeof first === "string" ? (second as RefRegistry | null) : first.krefs;
    this.registry?.add(this);
  }

  /** kref_read(). */
  get count(): number {
    return this.refs;
  }

  /** kref_get(). */
  get(): void {
    if (this.refs === 0) throw new Defect(`kref ${this.name}`, "addition on 0; use-after-free");
    this.refs++;
  }

  /** kref_get_unless_zero(). */
  getUnlessZero(): boolean {
    if (this.refs === 0) return false;
    this.refs++;
    return true;
  }

  /** kref_put(): calls `release` and returns true when the last reference goes. */
  put(release: () => Atomic<void>): Atomic<boolean>;
  put(release: () => Kernel<void>): Kernel<boolean>;
  put(release: () => Kernel<void>): Kernel<boolean> {
    return this.putTest() ? runRelease(release) : done(false);
  }

  /** Drops a reference; true if it was the last and the caller has to release the object. */
  putTest(): boolean {
    if (this.refs === 0) throw new Defect(`kref ${this.name}`, "underflow; use-after-free");
    if (--this.refs > 0) return false;
    this.registry?.delete(this);
    return true;
  }
}

function* runRelease(release: () => Kernel<void>): Kernel<boolean> {
  yield* release();
  return true;
}
