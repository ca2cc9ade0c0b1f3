// Eviction and sparse mappings: states of their series before they were merged, and what would be
// without a property that 7.3 has.

import {
  PANTHOR_GEM_GPU_MAPPED_MULTI_VM,
  PANTHOR_GEM_GPU_MAPPED_SINGLE_VM,
  type PanthorGemObject,
} from "../../../driver/gem/types.ts";
import type { PanthorVm, PanthorVma } from "../../../driver/mmu/types.ts";
import { moveHead } from "../../../driver/mmu/vm-list.ts";
import { gemLruMoveTailLocked } from "../../../machine/gpuvm/gem-lru.ts";
import { overlay, patch } from "../../patch.ts";

/** MMU-44. */
export const evictionIgnoresLock = patch({
  id: "atomic-pt/mutant-evict-without-lock",
  title: "Eviction goes on when its lock fails",
  source: "shrinker v4",
  observable: "mappings are taken away that are not locked",
  overlay: overlay((final) => ({
    mmu: {
      *vmEvictVmas(vm, vmBo) {
        const { mmu } = final();
        for (const vma of [...vmBo.gpuvas] as PanthorVma[]) {
          if (vma.evicted) continue;
          const { addr, range } = vma.va;
          yield* mmu.vmLockRegion(vm, addr, range);
          yield* mmu.vmUnmapPages(vm, addr, range);
          yield* mmu.vmUnlockRegion(vm);
          vma.evicted = true;
        }
        return 0;
      },
    },
  })),
});

/** MMU-45. */
export const evictedTwice = patch({
  id: "atomic-pt/mutant-evict-twice",
  title: "Eviction does not skip what is evicted already",
  source: "first version of the shrinker",
  observable: "the page-table code is asked to unmap empty entries",
  overlay: overlay((final) => ({
    mmu: {
      *vmEvictVmas(vm, vmBo) {
        const { mmu } = final();
        for (const vma of [...vmBo.gpuvas] as PanthorVma[]) {
          const { addr, range } = vma.va;
          const ret = yield* mmu.vmLockRegion(vm, addr, range);
          if (ret !== 0) return ret;
          yield* mmu.vmUnmapPages(vm, addr, range);
          yield* mmu.vmUnlockRegion(vm);
          vma.evicted = true;
        }
        return 0;
      },
      *vmUpdateBoReclaimLruLocked(bo) {
        for (const vmBo of bo.gpuva.list) {
          const vm = vmBo.vm as PanthorVm;
          yield* bo.dev.lruMutex.lock();
          gemLruMoveTailLocked(vm.reclaim.lru, bo);
          if (vm.reclaim.list === null) moveHead(vm, bo.ptdev.reclaim.vms);
          yield* bo.dev.lruMutex.unlock();
        }
      },
    },
    gem: {
      // An association counts whether it is evicted or not.
      isGpuMapped(bo) {
        const vms = [...bo.gpuva.list];
        if (vms.length === 0) return null;
        return vms.length > 1 ? PANTHOR_GEM_GPU_MAPPED_MULTI_VM : PANTHOR_GEM_GPU_MAPPED_SINGLE_VM;
      },
    },
  })),
});

/** MMU-46. */
export const evictionLocksOnce = patch({
  id: "atomic-pt/what-if-evict-locked-once",
  title: "Eviction locks all mappings of an object at once",
  source: "not upstream",
  observable: "one LOCK, flush and UNLOCK for each object and VM",
  overlay: overlay((final) => ({
    mmu: {
      *vmEvictVmas(vm, vmBo) {
        const { mmu } = final();
        const vmas = ([...vmBo.gpuvas] as PanthorVma[]).filter((vma) => !vma.evicted);
        if (vmas.length === 0) return 0;
        const start = Math.min(...vmas.map(({ va }) => va.addr));
        const end = Math.max(...vmas.map(({ va }) => va.addr + va.range));
        const ret = yield* mmu.vmLockRegion(vm, start, end - start);
        if (ret !== 0) return ret;
        for (const vma of vmas) {
          yield* mmu.vmUnmapPages(vm, vma.va.addr, vma.va.range);
          vma.evicted = true;
        }
        yield* mmu.vmUnlockRegion(vm);
        return 0;
      },
    },
  })),
});

/** MMU-58. */
export const restoredAsPlain = patch({
  id: "atomic-pt/mutant-sparse-restored-as-plain",
  title: "A sparse mapping is restored as a plain one",
  source: "Support sparse mappings v7 to v11",
  observable: "only as much as the dummy object holds is mapped again",
  overlay: overlay((final, prev) => ({
    mmu: {
      *vmMapEvicted(vm, vmBo, vma) {
        const { flags } = vma;
        // What the flag says is forgotten for the time of the mapping.
        vma.flags = flags & ~(1 << 3);
        const { gem } = vma;
        const offset = gem.offset;
        const ret = yield* prev.mmu.vmMapEvicted(vm, vmBo, vma);
        vma.flags = flags;
        gem.offset = offset;
        yield* final().linux.m.spend(0);
        return ret;
      },
    },
  })),
});

/** MMU-59. */
export const oneDummyForAll = patch({
  id: "atomic-pt/mutant-one-dummy-for-all",
  title: "All files share one dummy object",
  source: "Support sparse mappings v6, as far as its pages are shared",
  observable: "what one program writes to a sparse range another one can read",
  overlay: overlay((_, prev) => {
    let dummy: PanthorGemObject | null = null;
    return {
      gem: {
        *dummyBoCreate(ptdev) {
          if (dummy !== null) return dummy.get();
          const bo = yield* prev.gem.dummyBoCreate(ptdev);
          if (typeof bo !== "number") dummy = bo.get();
          return bo;
        },
      },
    };
  }),
});

/** MMU-60. */
export const queryInTheMiddle = patch({
  id: "atomic-pt/mutant-query-in-the-middle",
  title: "The query for page sizes takes a number in the middle",
  source: "the v5 of 2026-03 with 11 patches",
  observable: "a program built before asks for something else",
  overlay: overlay((_, prev) => ({
    drv: {
      // 2 has become MMU_INFO; what was 2 and 3 is 3 and 4.
      ioctlDevQuery: (file, args) =>
        prev.drv.ioctlDevQuery(file, { ...args, type: [0, 1, 4, 2, 3][args.type] ?? args.type }),
    },
  })),
});

/** MMU-62. */
export const dummyOfEachVm = patch({
  id: "atomic-pt/what-if-dummy-of-each-vm",
  title: "Each VM has a dummy object of its own",
  source: "not upstream",
  observable: "sparse ranges of two VMs do not alias",
  overlay: overlay((final, prev) => ({
    mmu: {
      *vmPoolCreateVm(ptdev, pool, args) {
        const shared = pool.dummy;
        const own = yield* final().gem.dummyBoCreate(ptdev);
        if (typeof own === "number") return own;
        pool.dummy = own;
        const id = yield* prev.mmu.vmPoolCreateVm(ptdev, pool, args);
        pool.dummy = shared;
        yield* own.put();
        return id;
      },
    },
  })),
});
