// The offset of a VM_BIND into its object was not checked for alignment. Kernel: panthor_mmu.c
// before "drm/panthor: check bo offset alignment in vm bind".

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const boOffsetUnchecked = regression({
  id: "bo-offset-unchecked",
  title: "VM_BIND accepts an object offset inside a page",
  fix: "5afa9d2a9bb1 drm/panthor: check bo offset alignment in vm bind",
  effect: "the mapping begins at the wrong address; the ioctl returns 0",
  trace: "corpus/bind-arguments",
  catches: [{ by: "result", of: /vm_bind/ }],
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmBindPrepareOpCtx(file, vm, op) {
        const page = prev.mmu.vmPageSize(vm);
        const boOffset = op.boOffset - (op.boOffset % page);
        return yield* prev.mmu.vmBindPrepareOpCtx(file, vm, { ...op, boOffset });
      },
    },
  })),
});
