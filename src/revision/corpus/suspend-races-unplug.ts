// Unplugging took its runtime PM reference after the device was marked as unplugged. A suspend in
// between skips what it does with the hardware. Kernel: panthor_device.c before 08be57e6e8aa.

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const suspendRacesUnplug = regression({
  id: "suspend-races-unplug",
  title: "A suspend while the device is being unplugged leaves the hardware on",
  fix: "08be57e6e8aa drm/panthor: Fix race with suspend during unplug",
  effect: "the clocks go while the firmware runs and interrupts are unmasked",
  trace: "corpus/unbind-at-autosuspend",
  catches: [
    { by: "event", kind: "extra", of: /kworker.* rpm_status: .*RPM_SUSPENDING/ },
    { by: "sequence", aspect: "work items", kind: "extra", of: /run pm_runtime_work/ },
  ],
  overlay: overlay((final, prev) => ({
    device: {
      *unplug(ptdev) {
        const { base, pmRuntime, unplug } = ptdev;
        yield* unplug.lock.lock();
        const already = base.unplugged;
        if (!already) yield* base.unplug();
        yield* unplug.lock.unlock();
        if (already) return yield* prev.device.unplug(ptdev);

        base.warnOn((yield* pmRuntime.getSync()) < 0, "pm_runtime_get_sync(ptdev->base.dev) < 0");
        yield* final().sched.unplug(ptdev);
        yield* final().fw.unplug(ptdev);
        yield* final().mmu.unplug(ptdev);
        yield* final().gem.shrinkerUnplug(ptdev);
        yield* final().gpu.unplug(ptdev);
        yield* final().pwr.unplug(ptdev);
        yield* pmRuntime.dontUseAutosuspend();
        yield* pmRuntime.putSyncSuspend();
        yield* unplug.done.completeAll();
      },
    },
  })),
});
