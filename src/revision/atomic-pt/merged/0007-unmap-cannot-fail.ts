// panthor_vm_unmap_pages() does not fail: what it cannot unmap makes the VM unusable, and an unusable
// VM loses its translation at once. Kernel: panthor_mmu.c, merged as 19e8bc945605.

import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";
import { stepRemap } from "../before/pages.ts";

export const unmapCannotFail = patch({
  id: "atomic-pt/merged-0007",
  title: "Make panthor_vm_[un]map_pages() more robust",
  source: "19e8bc945605; B4 5/6",
  observable:
    "after a failure the address space is disabled and the VM unusable, also at a sync bind",
  needs: ["atomic-pt/merged-0006"],
  overlay: overlay((final) => ({
    mmu: {
      ...asPorted(
        final,
        "mmu",
        "vmUnmapPages",
        "vmMapPages",
        "vmDeclareUnusable",
        "gpuvaSmStepUnmap",
      ),
      gpuvaSmStepRemap: (op, vm) =>
        stepRemap(final(), op, vm, function* (start, size) {
          yield* final().mmu.vmUnmapPages(vm, start, size);
          return 0;
        }),
    },
  })),
});
