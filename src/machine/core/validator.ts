// What the core and the locks know of subsystems that are installed on a machine: the lock
// validator (machine/lock/lockdep.ts), timeouts and idle control (machine/time), leak checks.
// Without one of them the machine runs unchecked.

import type { LockClass } from "../lock/lock-class.ts";

export type LockKind = "spin" | "raw_spin" | "mutex" | "rwsem" | "rwsem_read" | "map";

/**
 * struct lockdep_map: a lock as the validator and the reports see it. Its own object and not an
 * interface of the locks, so that what reads it meets one shape.
 */
export class LockdepMap {
  /** The validator's own data: the class, looked up once. */
  depClass: LockClass | null = null;

  constructor(
    readonly name: string,
    readonly kind: LockKind,
    /** Locks of one class are interchangeable for ordering (lock_class_key). */
    readonly className: string = name,
  ) {}
}

/** struct held_lock: a lock that a context has taken, as the validator knows it. */
export interface HeldLock {
  lock: LockdepMap;
  cls: LockClass;
  trylock: boolean;
  read: boolean;
}

export interface LockValidator {
  /** lock_acquire(): the current context is about to take `lock`. */
  acquire(lock: LockdepMap, subclass: number, trylock: boolean, read?: boolean): void;
  /** lock_release(). */
  release(lock: LockdepMap): void;
  /** lock_contended(): the lock is held elsewhere, the caller will wait. */
  contended(lock: LockdepMap): void;
  /** __might_sleep(): reports a sleeping function called from an atomic context. */
  mightSleep(where: string): void;
}

/** What the scheduler tells the workqueue code of a worker's task: machine/workqueue. */
export interface WorkerHooks {
  /** wq_worker_sleeping(): it goes to sleep. */
  sleeps(): void;
  /** wq_worker_running(): it runs again. */
  runs(): void;
}

/** Who lets tasks sleep with a timeout in jiffies: machine/time. */
export interface TimeoutSource {
  /** schedule_timeout(): the state is set by the caller; the jiffies that are left. */
  scheduleTimeout(timeoutJiffies: number): import("./op.ts").Kernel<number>;
}

/** do_idle(): called around and in the idle loop of a CPU: machine/time/tick.ts. */
export interface IdleHooks {
  enter(cpu: import("./cpu.ts").Cpu): void;
  exit(cpu: import("./cpu.ts").Cpu): void;
}

/** RCU reader sections: machine/rcu. */
export interface RcuReaders {
  readLock(): void;
  readUnlock(): import("./op.ts").Atomic<void>;
  /** rcu_note_context_switch(): a CPU is about to leave `prev`, or to find nothing better. */
  noteContextSwitch(cpu: import("./cpu.ts").Cpu, prev: import("./context.ts").Task): void;
}

/** The registry of counted objects: machine/kref.ts. */
export interface RefRegistry {
  add(ref: import("../kref.ts").Kref): void;
  delete(ref: import("../kref.ts").Kref): void;
}
