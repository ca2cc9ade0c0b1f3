// The sizes of kernel objects were summed up under a spinlock, taking a mutex for each VM. Kernel:
// before "drm/panthor: Avoid sleep locking in the internal BO size path".

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const sleepInFdinfo = regression({
  id: "sleep-in-fdinfo",
  title: "fdinfo takes mutexes under the lock of a handle table",
  fix: "c63c3bfdde26 drm/panthor: Avoid sleep locking in the internal BO size path",
  effect: "the kernel warns of sleeping in atomic context",
  trace: "uapi/fdinfo-profiling",
  catches: [{ by: "warning", of: /sleeping function called from invalid context/ }],
  overlay: overlay((_, prev) => ({
    drv: {
      *showFdinfo(file) {
        const { groups, vms } = file.pfile;
        yield* groups!.xaLock.lock();
        for (const vm of vms!.xa.values()) {
          yield* vm.heaps.lock.lock();
          yield* vm.heaps.lock.unlock();
        }
        yield* groups!.xaLock.unlock();
        return yield* prev.drv.showFdinfo(file);
      },
    },
  })),
});
