// What CPU work costs, in nanoseconds of virtual time. Part of a profile; all zero means that only
// explicit delays and the device's latencies take time.

export interface CpuCosts {
  readonly mmioRead: number;
  readonly mmioWrite: number;
  /** One access to memory that the firmware shares and no cache holds: interfaces, sync objects. */
  readonly sharedWord: number;
  /** Hardirq entry to the first instruction of the handler. */
  readonly irqEntry: number;
  /** Switch from one task to another. */
  readonly contextSwitch: number;
  /** Wake-up of a task, paid by the waker. */
  readonly wakeUp: number;
  /** Queueing a work item. */
  readonly queueWork: number;
  /** Uncontended lock or unlock. */
  readonly lock: number;
  /** An atomic read-modify-write of its own, where a patch adds or removes one. */
  readonly atomic: number;
  /** System call entry and exit. */
  readonly syscall: number;
  /**
   * What a system call that fails takes on top, before its task gives way: the machine of the
   * recordings keeps programs from asking again without end. 0: neither of both.
   */
  readonly failedSyscall: number;
  /** One page-table entry written. */
  readonly ptWrite: number;
  /** A read of the clock in task context (the recordings' virtual clock moves 256 ns). */
  readonly clockRead: number;
}

export const zeroCosts: CpuCosts = {
  mmioRead: 0,
  mmioWrite: 0,
  sharedWord: 0,
  irqEntry: 0,
  contextSwitch: 0,
  wakeUp: 0,
  queueWork: 0,
  lock: 0,
  atomic: 0,
  syscall: 0,
  failedSyscall: 0,
  ptWrite: 0,
  clockRead: 0,
};
