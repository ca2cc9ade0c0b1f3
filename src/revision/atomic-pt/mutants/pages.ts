// Page-table updates: what would fix findings that 7.3 still has, and faults that no trace can ask
// for (a table page that was not reserved, a bug of 2024).

import type { Driver } from "../../../driver/driver.ts";
import type { PanthorGemObject } from "../../../driver/gem/types.ts";
import { alignDown, size2M, size4K } from "../../../driver/mmu/bits.ts";
import { getPgsize } from "../../../driver/mmu/pages.ts";
import type { PanthorVm } from "../../../driver/mmu/types.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";

/** panthor_vm_unmap_pages() that looks for the hole where the hole is. */
function* unmapSkippingHoles(
  { linux, mmu }: Driver,
  vm: PanthorVm,
  iova: number,
  size: number,
): Kernel<void> {
  const { base } = vm.ptdev;
  const { m } = linux;
  const ops = vm.pgtblOps;
  for (let offset = 0; offset < size;) {
    const { pgsize, count } = getPgsize(iova + offset, size - offset);
    const at = iova + offset;
    let unmapped = ops.unmapPages(at, pgsize, count);
    yield* m.spend(m.costs.ptWrite * ops.takeWrites());
    if (base.warnOnOnce(unmapped !== pgsize * count, "unmapped_sz != pgsize * pgcount")) {
      while (unmapped < pgsize * count && ops.iovaToPhys(at + unmapped) === null) {
        unmapped += size4K;
      }
      yield* mmu.vmDeclareUnusable(vm);
      if (base.warnOnOnce(unmapped === 0, "!unmapped_sz")) return;
    }
    offset += unmapped;
  }
}

/** MMU-24. */
export const recoveryAddress = patch({
  id: "atomic-pt/fix-recovery-address",
  title: "The recovery of an unmap looks behind what it has unmapped in this chunk",
  source: "not upstream",
  observable: "the entries behind a hole are removed, too",
  overlay: overlay((final) => ({
    mmu: { vmUnmapPages: (vm, iova, size) => unmapSkippingHoles(final(), vm, iova, size) },
  })),
});

/** MMU-36. */
export const hugeByContiguity = patch({
  id: "atomic-pt/fix-huge-by-contiguity",
  title: "A block is recognised by the addresses of its pages, as the mapping decided",
  source: "not upstream",
  observable: "an unmap of part of a block of small pages is widened",
  overlay: overlay(() => ({
    mmu: {
      iovaMappedAsHugePage(op, addr) {
        const { pages } = (op.gem.obj as PanthorGemObject).backing;
        const block = alignDown(addr, size2M);
        const first = (block - op.va.addr + op.gem.offset) / size4K;
        const last = first + size2M / size4K - 1;
        if (pages === null || first < 0 || last >= pages.length) return false;
        const contiguous = pages[last] - pages[first] === size2M - size4K;
        return contiguous && pages[first] % size2M === 0;
      },
    },
  })),
});

/** MMU-35. */
export const importedHasNoPages = patch({
  id: "atomic-pt/fix-imported-buffer",
  title: "A block of an imported buffer is recognised by its scatterlist",
  source: "not upstream",
  observable: "an unmap of part of an imported buffer does not look at pages that it does not have",
  overlay: overlay((_, prev) => ({
    mmu: {
      iovaMappedAsHugePage(op, addr) {
        const bo = op.gem.obj as PanthorGemObject;
        if (!bo.imported) return prev.mmu.iovaMappedAsHugePage(op, addr);
        // Offset of the block in the buffer; it is one if an entry holds it at such an address.
        const block = alignDown(addr, size2M) - op.va.addr + op.gem.offset;
        let at = 0;
        for (const { dmaAddress, dmaLen } of bo.dmap.sgt!.entries) {
          const inside = block - at;
          if (inside >= 0 && inside + size2M <= dmaLen) return (dmaAddress + inside) % size2M === 0;
          at += dmaLen;
        }
        return false;
      },
    },
  })),
});

/** MMU-25. */
export const noReservedTable = patch({
  id: "atomic-pt/what-if-no-reserved-table",
  title: "An unmap has no table page in reserve",
  source: "a fault: what it reserves is always enough",
  observable: "a remap cannot map its survivors again",
  overlay: overlay((final, prev) => ({
    mmu: {
      *vmPrepareUnmapOpCtx(vm, va, size) {
        const opCtx = yield* prev.mmu.vmPrepareUnmapOpCtx(vm, va, size);
        if (typeof opCtx === "number") return opCtx;
        const { rsvdPageTables } = opCtx;
        final().mmu.ptCacheFree(rsvdPageTables.pages);
        rsvdPageTables.pages = [];
        rsvdPageTables.count = 0;
        return opCtx;
      },
    },
  })),
});

/** MMU-50. */
export const offsetNotReset = patch({
  id: "atomic-pt/mutant-offset-not-reset",
  title: "The offset into the first entry of a scatterlist is applied to each",
  source: "before the fix of 2024",
  observable: "a buffer mapped from an offset on is mapped short",
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmMapPages(vm, iova, prot, sgt, offset, size) {
        let at = iova;
        let left = size;
        for (const sg of sgt.entries) {
          if (left === 0) break;
          if (sg.dmaLen <= offset) {
            offset -= sg.dmaLen;
            continue;
          }
          // The offset stays: what comes behind the first entry is cut.
          const len = Math.min(sg.dmaLen - offset, left);
          const one = { entries: [sg] } as unknown as typeof sgt;
          const ret = yield* prev.mmu.vmMapPages(vm, at, prot, one, offset, len);
          if (ret !== 0) return ret;
          at += len;
          left -= len;
        }
        return 0;
      },
    },
  })),
});
