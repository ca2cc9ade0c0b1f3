// A path through panthor_vm_active() left without drm_dev_exit(): the second group of a VM that is
// already active. Of the fix only the effect is known (a leaked device-exit makes unplugging wait
// for ever); where upstream leaked it could not be found out.

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const devExitLeaked = regression({
  id: "dev-exit-leaked",
  title: "A path is left without drm_dev_exit()",
  fix: "drm/panthor: a leaked drm_dev_exit() (commit not identified)",
  effect: "unplugging waits for ever",
  trace: "corpus/unbind-after-two-groups",
  catches: [{ by: "check", name: "references" }],
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmActive(vm) {
        // What the early return forgets to give back.
        if (vm.as.activeCnt > 0) vm.ptdev.base.enter();
        return yield* prev.mmu.vmActive(vm);
      },
    },
  })),
});
