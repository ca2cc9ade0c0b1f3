// A bind may not reach into the kernel's part of the VA space.
// Kernel: panthor_mmu.c (panthor_vm_bind_prepare_op_ctx) of 7.0.

import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const checkUserRange = patch({
  id: "atomic-pt/merged-0014",
  title: "Check binds against the user VA range",
  source: "Linux 7.0",
  observable: "a range outside of the VM is refused before anything is locked",
  overlay: overlay((final) => ({ mmu: asPorted(final, "mmu", "vmBindPrepareOpCtx") })),
});
