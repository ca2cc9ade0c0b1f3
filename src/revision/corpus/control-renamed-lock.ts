// Locks get other names.

import { Mutex } from "../../machine/lock/mutex.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { overlay } from "../patch.ts";
import { control } from "./control.ts";

export const controlRenamedLock = control(
  "renamed-lock",
  "mask_lock and cache_flush_lock are renamed",
  overlay((final, prev) => ({
    device: {
      newIrq(ptdev, name, irq, iomem) {
        const pirq = prev.device.newIrq(ptdev, name, irq, iomem);
        return { ...pirq, maskLock: new SpinLock(final().linux.m, "panthor_irq.state_lock") };
      },
    },
    gpu: {
      *init(ptdev) {
        const ret = yield* prev.gpu.init(ptdev);
        if (ret === 0) {
          const lock = new Mutex(final().linux.m, "panthor_gpu.flush_lock");
          Object.assign(ptdev.gpu, { cacheFlushLock: lock });
        }
        return ret;
      },
    },
  })),
);
