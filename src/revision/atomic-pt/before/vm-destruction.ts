// A VM is destroyed while groups of it may still be on slots. Kernel: panthor_mmu.c before
// 565ed40b5fc1 (panthor_vm_destroy).

import { done } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";

export const destroyWithGroups = patch({
  id: "atomic-pt/before-destroy-with-groups",
  title: "A VM is unmapped before its groups are off their slots",
  source: "Linux before 565ed40b5fc1",
  observable: "the firmware's writes at the suspend of a group find nothing mapped",
  overlay: overlay(() => ({ sched: { prepareForVmDestruction: () => done() } })),
});
