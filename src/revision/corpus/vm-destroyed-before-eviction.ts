// A VM was unmapped while a tick was taking its groups off their slots. Kernel: panthor_sched.c
// before 565ed40b5fc1.

import { done } from "../../machine/core/op.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const vmDestroyedBeforeEviction = regression({
  id: "vm-destroyed-before-eviction",
  title: "Groups are not evicted before their VM ends",
  fix: "565ed40b5fc1 drm/panthor: Evict groups before VM termination",
  effect: "the firmware writes the state of a group to memory that is unmapped: page fault",
  trace: "corpus/vm-destroy-while-evicting",
  catches: [
    {
      by: "difference",
      section: "registers",
      kind: "moved",
      of: /AS1_COMMAND .*LOCK.* by app happens .* earlier/,
    },
  ],
  overlay: overlay(() => ({ sched: { prepareForVmDestruction: () => done() } })),
});
