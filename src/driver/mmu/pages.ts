// Page-table updates of a VM. Kernel: panthor_mmu.c (alloc_pt, free_pt, get_pgsize,
// panthor_vm_unmap_pages, panthor_vm_map_pages, panthor_vm_map_sparse, flags_to_prot,
// panthor_vm_declare_unusable).

import type { Kernel } from "../../machine/core/op.ts";
import { ENOMEM } from "../../machine/errno.ts";
import {
  IOMMU_CACHE,
  IOMMU_NOEXEC,
  IOMMU_READ,
  IOMMU_WRITE,
} from "../../machine/io-pgtable/descriptor.ts";
import type { SgTable } from "../../machine/memory/sg-table.ts";
import type { Driver } from "../driver.ts";
import { size1G, size2M, size4K } from "./bits.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  DRM_PANTHOR_VM_BIND_OP_MAP_READONLY,
  DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED,
  type PanthorVm,
} from "./types.ts";

export const pagesOps = (drv: Driver) => ({
  /** alloc_pt(): a table out of the pages reserved for the running operation. */
  allocPt(vm: PanthorVm, size: number): number {
    const { memory } = drv.linux;
    const { base } = vm.ptdev;
    if (vm.rootPageTable === 0) {
      base.warnOn(vm.opCtx !== null, "vm->op_ctx");
      vm.rootPageTable = memory.allocPages(Math.ceil(size / size4K));
      return vm.rootPageTable;
    }
    if (base.warnOn(size !== size4K, "size != SZ_4K")) return 0;
    if (base.warnOn(vm.opCtx === null, "!vm->op_ctx")) return 0;
    const { rsvdPageTables } = vm.opCtx!;
    if (base.warnOn(rsvdPageTables.ptr >= rsvdPageTables.count, "no reserved page table left")) {
      return 0;
    }
    const page = rsvdPageTables.pages[rsvdPageTables.ptr++];
    memory.zero(page, size4K);
    return page;
  },

  /** free_pt(). */
  freePt(vm: PanthorVm, table: number, size: number): void {
    if (vm.rootPageTable === table) {
      drv.linux.memory.free(table, Math.ceil(size / size4K));
      vm.rootPageTable = 0;
      return;
    }
    if (vm.ptdev.base.warnOn(size !== size4K, "size != SZ_4K")) return;
    drv.mmu.ptCacheFree([table]);
  },

  /** kmem_cache_alloc_bulk() of the page-table cache: null when memory is exhausted. */
  ptCacheAlloc(count: number): number[] | null {
    const { memory } = drv.linux;
    const pages: number[] = [];
    for (let i = 0; i < count; i++) {
      const page = memory.allocPage();
      if (page === 0) {
        drv.mmu.ptCacheFree(pages);
        return null;
      }
      pages.push(page);
    }
    return pages;
  },

  /** kmem_cache_free_bulk() of the page-table cache. */
  ptCacheFree(pages: readonly number[]): void {
    for (const page of pages) drv.linux.memory.free(page, 1);
  },

  /** panthor_vm_declare_unusable(): its slot, if any, stops translating. */
  *vmDeclareUnusable(vm: PanthorVm): Kernel<void> {
    const { ptdev } = vm;
    if (vm.unusable) return;
    vm.unusable = true;
    yield* ptdev.mmu.as.slotsLock.lock();
    if (vm.as.id >= 0 && ptdev.base.enter()) {
      yield* drv.mmu.asDisable(ptdev, vm.as.id, false);
      yield* ptdev.base.exit();
    }
    yield* ptdev.mmu.as.slotsLock.unlock();
  },

  /** panthor_vm_unmap_pages(). */
  *vmUnmapPages(vm: PanthorVm, iova: number, size: number): Kernel<void> {
    const { base } = vm.ptdev;
    const { m } = drv.linux;
    const ops = vm.pgtblOps;
    if (size === 0) return;
    warnOutsideLock(vm, iova, size);
    for (let offset = 0; offset < size;) {
      const { pgsize, count } = getPgsize(iova + offset, size - offset);
      let unmapped = ops.unmapPages(iova + offset, pgsize, count);
      yield* m.spend(m.costs.ptWrite * ops.takeWrites());
      if (base.warnOnOnce(unmapped !== pgsize * count, "unmapped_sz != pgsize * pgcount")) {
        // The VM's ranges and its tables disagree: skip the hole, and do not use the VM again.
        while (ops.iovaToPhys(iova + unmapped) === null && unmapped < pgsize * count) {
          unmapped += size4K;
        }
        yield* drv.mmu.vmDeclareUnusable(vm);
        if (base.warnOnOnce(unmapped === 0, "!unmapped_sz")) return;
      }
      offset += unmapped;
    }
  },

  /** panthor_vm_map_pages(): `offset` bytes into the pages of `sgt`. */
  *vmMapPages(
    vm: PanthorVm,
    iova: number,
    prot: number,
    sgt: SgTable,
    offset: number,
    size: number,
  ): Kernel<number> {
    if (size === 0) return 0;
    warnOutsideLock(vm, iova, size);
    const { mapped, error } = yield* mapEntries(drv, vm, iova, prot, sgt, offset, size);
    if (error !== null) {
      vm.ptdev.base.warnOnOnce(true, "map_pages failed");
      yield* drv.mmu.vmUnmapPages(vm, iova, mapped);
      yield* drv.mmu.vmDeclareUnusable(vm);
      return error === 0 ? -ENOMEM : error;
    }
    return 0;
  },

  /** panthor_vm_map_sparse(): the 2 MiB dummy object, over and over. */
  *vmMapSparse(
    vm: PanthorVm,
    iova: number,
    prot: number,
    sgt: SgTable,
    size: number,
  ): Kernel<number> {
    for (let mapped = 0; mapped < size;) {
      const addr = iova + mapped;
      const chunk = Math.min(size - mapped, size2M - (addr % size2M));
      const ret = yield* drv.mmu.vmMapPages(vm, addr, prot, sgt, addr % size2M, chunk);
      if (ret !== 0) {
        yield* drv.mmu.vmUnmapPages(vm, iova, mapped);
        return ret;
      }
      mapped += chunk;
    }
    return 0;
  },

  /** flags_to_prot(). */
  flagsToProt(flags: number): number {
    let prot = 0;
    if ((flags & DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC) !== 0) prot |= IOMMU_NOEXEC;
    if ((flags & DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED) === 0) prot |= IOMMU_CACHE;
    if ((flags & DRM_PANTHOR_VM_BIND_OP_MAP_READONLY) !== 0) return prot | IOMMU_READ;
    return prot | IOMMU_READ | IOMMU_WRITE;
  },
});

function warnOutsideLock(vm: PanthorVm, iova: number, size: number): void {
  const { start, size: locked } = vm.lockedRegion;
  vm.ptdev.base.warnOn(
    iova < start || iova + size > start + locked,
    "iova outside of the locked region",
  );
}

/**
 * The loop of panthor_vm_map_pages(): bytes that were mapped, and why it ended before all were; null
 * if it did not, 0 if a call neither failed nor mapped anything.
 */
export function* mapEntries(
  drv: Driver,
  vm: PanthorVm,
  iova: number,
  prot: number,
  sgt: SgTable,
  offset: number,
  size: number,
): Kernel<{ readonly mapped: number; readonly error: number | null }> {
  const { m } = drv.linux;
  const ops = vm.pgtblOps;
  const start = iova;
  for (const sg of sgt.entries) {
    if (sg.dmaLen <= offset) {
      offset -= sg.dmaLen;
      continue;
    }
    let paddr = sg.dmaAddress + offset;
    let len = Math.min(sg.dmaLen - offset, size);
    size -= len;
    while (len > 0) {
      const both = ((iova % size1G) | (paddr % size1G)) >>> 0;
      const { pgsize, count } = getPgsize(both, len);
      const { ret, mapped } = ops.mapPages(iova, paddr, pgsize, count, prot);
      yield* m.spend(m.costs.ptWrite * ops.takeWrites());
      iova += mapped;
      paddr += mapped;
      len -= mapped;
      if (ret !== 0 || mapped === 0) return { mapped: iova - start, error: ret };
    }
    if (size === 0) break;
    offset = 0;
  }
  return { mapped: iova - start, error: null };
}

/**
 * get_pgsize(): pages to handle in one go: 2 MiB blocks where alignment and size allow, up to the
 * end of the table that holds them.
 */
export function getPgsize(addr: number, size: number): { pgsize: number; count: number } {
  const to2M = (size2M - (addr % size2M)) % size2M;
  if (to2M !== 0 || size < size2M) {
    const bytes = to2M === 0 ? size : Math.min(to2M, size);
    return { pgsize: size4K, count: Math.floor(bytes / size4K) };
  }
  const to1G = size1G - (addr % size1G);
  return { pgsize: size2M, count: Math.floor(Math.min(to1G, size) / size2M) };
}
