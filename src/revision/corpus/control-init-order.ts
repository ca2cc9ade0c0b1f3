// Steps of initialisations that do not depend on each other, in another order.

import { Mutex } from "../../machine/lock/mutex.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { overlay } from "../patch.ts";
import { control } from "./control.ts";

export const controlInitOrder = control(
  "init-order",
  "Independent initialisations are reordered",
  overlay((final, prev) => ({
    sched: {
      groupAlloc(ptdev, args) {
        const { m } = final().linux;
        // The locks before everything else of the group.
        const fdinfoLock = new SpinLock(m, "&group->fdinfo.lock");
        const fatalLock = new SpinLock(m, "&group->fatal_lock");
        const group = prev.sched.groupAlloc(ptdev, args);
        group.fdinfo.lock = fdinfoLock;
        return Object.assign(group, { fatalLock });
      },
    },
    device: {
      *enableResetWork(ptdev) {
        // The autosuspend delay does not care about the reset work.
        yield* ptdev.pmRuntime.setAutosuspendDelay(50);
        yield* prev.device.enableResetWork(ptdev);
      },
    },
    drv: {
      allocDevice(pdev) {
        const lock = new Mutex(final().linux.m, "panthor_device.pm.mmio_lock");
        const ptdev = prev.drv.allocDevice(pdev);
        Object.assign(ptdev.pm, { mmioLock: lock });
        return ptdev;
      },
    },
  })),
);
