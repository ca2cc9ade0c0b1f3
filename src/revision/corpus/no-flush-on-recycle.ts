// An address-space slot went from one VM to the next without a cache flush. Kernel: panthor_mmu.c
// before "drm/panthor: Make sure caches are flushed/invalidated when an AS is recycled".

import { done } from "../../machine/core/op.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const noFlushOnRecycle = regression({
  id: "no-flush-on-recycle",
  title: "A recycled address space is not flushed",
  fix: "32e593d74c39 drm/panthor: Make sure caches are flushed/invalidated when an AS is recycled",
  effect: "no cache flush between two owners of a slot",
  trace: "05c-oversub-12-vms",
  catches: [
    { by: "difference", section: "registers", kind: "missing", of: /W .*GPU_COMMAND|W .*GPU_CMD/ },
  ],
  overlay: overlay((_, prev) => ({
    mmu: {
      asDisable: (ptdev, asNr, recycleSlot) =>
        recycleSlot ? done(0) : prev.mmu.asDisable(ptdev, asNr, recycleSlot),
    },
  })),
});
