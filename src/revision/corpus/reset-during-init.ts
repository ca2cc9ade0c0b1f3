// A fault during initialisation could start a reset of units that did not exist yet. Kernel:
// panthor_device.c before 1b8d771fb214.

import { done } from "../../machine/core/op.ts";
import { nullDereference } from "../../machine/oops.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const resetDuringInit = regression({
  id: "reset-during-init",
  title: "The reset work runs before initialisation is over",
  fix: "1b8d771fb214 drm/panthor: Keep the reset work disabled until everything is initialized",
  effect: "NULL pointer in panthor_sched_pre_reset()",
  trace: "corpus/as-stuck-in-probe",
  catches: [{ by: "warning", of: /NULL pointer/ }],
  overlay: overlay((final, prev) => ({
    device: { disableResetWork: () => done(), enableResetWork: () => done() },
    sched: {
      *preReset(ptdev) {
        const { linux } = final();
        if (ptdev.scheduler === null) {
          yield* nullDereference(linux.m, "panthor_sched_pre_reset");
        }
        yield* prev.sched.preReset(ptdev);
      },
    },
  })),
});
