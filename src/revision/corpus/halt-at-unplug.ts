// Unplugging halted the firmware even when it had never been loaded. Kernel: panthor_fw.c before
// "drm/panthor: Fix NULL pointer dereference on panthor_fw_unplug".

import { nullDereference } from "../../machine/oops.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const haltAtUnplug = regression({
  id: "halt-at-unplug",
  title: "Unplug halts a firmware that was never loaded",
  fix: "920c6af98e98 drm/panthor: Fix NULL pointer dereference on panthor_fw_unplug",
  effect: "NULL pointer when the firmware fails to boot in probe",
  trace: "corpus/boot-fails-in-probe",
  catches: [{ by: "warning", of: /NULL pointer/ }],
  overlay: overlay((final) => ({
    fw: {
      *unplug(ptdev) {
        const { device, fw, gem, hw, linux, mmu } = final();
        yield* linux.wq.disableDelayedWorkSync(ptdev.fw.watchdog.pingWork);
        if (ptdev.pmRuntime.status === "active") {
          // The global interface is known once the firmware has booted.
          if (ptdev.fw.iface.global === null) {
            yield* nullDereference(linux.m, "panthor_fw_halt_mcu");
          }
          yield* fw.haltMcu(ptdev);
          if (!(yield* fw.waitMcuHalted(ptdev)))
            yield* ptdev.base.warn("Failed to halt MCU on unplug");
          yield* device.irqSuspend(ptdev.fw.irq);
          yield* fw.stop(ptdev);
        }
        for (const section of ptdev.fw.sections) yield* gem.kernelBoDestroy(section.mem);
        yield* mmu.vmPut(ptdev.fw.vm);
        ptdev.fw.vm = null;
        if (ptdev.pmRuntime.status === "active") yield* hw.l2PowerOff(ptdev);
      },
    },
  })),
});
