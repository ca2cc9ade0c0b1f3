// User mappings of objects: pages appear at the first access.
// Kernel: panthor_gem.c (panthor_gem_mmap, panthor_gem_any_fault, panthor_gem_vm_open,
// panthor_gem_vm_close). CPU page tables are one bit per object: present or not. Imported objects are
// mapped by their exporters (prime.ts).

import type { Kernel } from "../../machine/core/op.ts";
import { EFAULT, EINTR } from "../../machine/errno.ts";
import { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "./types.ts";

export const mmapOps = (drv: Driver) => ({
  /** drm_gem_mmap_obj(), panthor_gem_mmap(). */
  *mmap(bo: PanthorGemObject): Kernel<number> {
    bo.get();
    const { cmap } = bo;
    if (cmap.mmapCount > 0) {
      cmap.mmapCount++;
      return 0;
    }
    yield* bo.resv.lock();
    if (++cmap.mmapCount === 1) yield* drv.gem.refreshReclaimState(bo);
    yield* bo.resv.unlock();
    return 0;
  },

  /** panthor_gem_vm_open(): a copy of the mapping (fork, split). */
  vmOpen(bo: PanthorGemObject): void {
    bo.ptdev.base.warnOn(bo.cmap.mmapCount === 0, "!refcount_inc_not_zero(mmap_count)");
    bo.cmap.mmapCount++;
    bo.get();
  },

  /** panthor_gem_vm_close(). */
  *vmClose(bo: PanthorGemObject): Kernel<void> {
    const { cmap } = bo;
    if (!bo.imported) {
      if (cmap.mmapCount > 1) cmap.mmapCount--;
      else {
        yield* bo.resv.lock();
        if (--cmap.mmapCount === 0) {
          cmap.faultedIn = false;
          yield* drv.gem.refreshReclaimState(bo);
        }
        yield* bo.resv.unlock();
      }
    }
    yield* bo.put();
  },

  /** panthor_gem_any_fault() until the page is there: 0, or -EFAULT for SIGBUS. */
  *anyFault(bo: PanthorGemObject): Kernel<number> {
    for (;;) {
      if (yield* drv.gem.nonblockingPageSetup(bo)) return 0;
      // Waits without the mm lock, then faults again, whatever came of it.
      bo.get();
      yield* drv.gem.blockingPageSetup(bo, false);
      yield* bo.put();
      if (yield* drv.gem.nonblockingPageSetup(bo)) return 0;
      const ret = yield* drv.gem.blockingPageSetup(bo, true);
      if (ret !== -EINTR) return ret === 0 ? 0 : -EFAULT;
      // The access is repeated once the signal has been taken.
      yield* drv.linux.freezer.getSignal();
    }
  },

  /** nonblocking_page_setup(): true if the page could be inserted. */
  *nonblockingPageSetup(bo: PanthorGemObject): Kernel<boolean> {
    if (!(yield* bo.resv.trylock())) return false;
    const present = bo.backing.pages !== null;
    if (present) bo.cmap.faultedIn = true;
    yield* bo.resv.unlock();
    return present;
  },

  /** blocking_page_setup(): only with the mm lock can it insert the page. */
  *blockingPageSetup(bo: PanthorGemObject, mmapLockHeld: boolean): Kernel<number> {
    let ret = yield* bo.resv.lockInterruptible();
    if (ret !== 0) return ret;
    ret = drv.gem.backingGetPagesLocked(bo);
    if (ret === 0) ret = drv.gem.prepForCpuMapLocked(bo);
    if (ret === 0) {
      yield* drv.gem.refreshReclaimState(bo);
      if (mmapLockHeld) bo.cmap.faultedIn = true;
    }
    yield* bo.resv.unlock();
    return ret;
  },

  /** A CPU access by the user: the pages, faulted in. */
  *userAccess(bo: PanthorGemObject): Kernel<CpuMapping | number> {
    if (!bo.cmap.faultedIn) {
      const ret = yield* drv.gem.anyFault(bo);
      if (ret !== 0) return ret;
    }
    return new CpuMapping(drv.linux.memory, bo.backing.pages!);
  },
});
