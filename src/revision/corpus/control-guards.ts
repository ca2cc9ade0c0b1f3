// Locks are taken by guards that unlock at the end of a scope.

import type { Kernel } from "../../machine/core/op.ts";
import type { Mutex } from "../../machine/lock/mutex.ts";
import { overlay } from "../patch.ts";
import { control } from "./control.ts";

/** scoped_guard(mutex, ...). */
function* guarded<A>(lock: Mutex, body: () => Kernel<A>): Kernel<A> {
  yield* lock.lock();
  const result = yield* body();
  yield* lock.unlock();
  return result;
}

export const controlGuards = control(
  "guards",
  "Lock and unlock become guards",
  overlay((final) => ({
    gpu: {
      *flushCaches(ptdev, l2, lsc, other) {
        const { gpu } = final();
        const flush = l2 | (lsc << 4) | (other << 8);
        const command = ((flush << 8) | 4) >>> 0;
        return yield* guarded(ptdev.gpu.cacheFlushLock, () =>
          gpu.flushCachesLocked(ptdev, command),
        );
      },
    },
    sched: {
      *processFwEventsWork(sched) {
        const events = sched.fwEvents;
        sched.fwEvents = 0;
        yield* guarded(sched.lock, () =>
          final().sched.schedProcessEventsLocked(sched.ptdev, events),
        );
      },
    },
    mmu: {
      *vmIdleLast(vm) {
        const { base, mmu } = vm.ptdev;
        yield* guarded(mmu.as.slotsLock, function* (): Kernel<void> {
          if (--vm.as.activeCnt > 0) return;
          const bad = vm.as.id === -1 || vm.as.onLru;
          if (base.warnOn(bad, "vm->as.id == -1 || on LRU")) return;
          mmu.as.lruList.push(vm);
          vm.as.onLru = true;
        });
      },
    },
  })),
);
