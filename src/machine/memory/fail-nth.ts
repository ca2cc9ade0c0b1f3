// Failing allocations: the n-th from now, whoever makes it, as /proc/self/fail-nth counts them
// (lib/fault-inject.c), but for the whole machine. Every allocation of the kernel asks here, in the
// order in which the C code makes it. What mm and VFS allocate behind one of their functions counts
// as the objects that the function is known to need: see the callers.

/** What asks whether an allocation fails. */
export interface Allocations {
  /** An allocation begins: true if it is one that fails. */
  failsNow(): boolean;
}

/** Memory that never runs out. */
export const plentiful: Allocations = { failsNow: () => false };

export class FailNth implements Allocations {
  /** Allocations left before those that fail. */
  private after = Infinity;
  private count = 0;
  /** fail_dump(): told of each failure. */
  onFailure: () => void = () => undefined;

  /** From the `nth` allocation on (1: the next), `count` allocations fail. */
  arm(nth: number, count: number): void {
    this.after = nth - 1;
    this.count = count;
  }

  failsNow(): boolean {
    if (this.after === Infinity) return false;
    if (this.after > 0) {
      this.after--;
      return false;
    }
    if (this.count > 0) {
      this.count--;
      this.onFailure();
      return true;
    }
    this.after = Infinity;
    return false;
  }
}

/** `n` allocations one after the other, as far as they go: true if one fails. */
export function anyFails(memory: Allocations, n: number): boolean {
  for (let i = 0; i < n; i++) if (memory.failsNow()) return true;
  return false;
}

/** A struct file of no path (alloc_file_pseudo(), anon_inode_getfile()): its dentry, then itself. */
export function filePseudoFails(memory: Allocations): boolean {
  return memory.failsNow() || memory.failsNow();
}
