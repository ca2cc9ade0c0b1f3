// The shrinker takes pages and mappings away; the next submission brings them back.

import { describe, expect, it } from "vitest";
import { DrmExec } from "../../../src/machine/dma-fence/exec.ts";
import {
  PANTHOR_GEM_GPU_MAPPED_SINGLE_VM,
  PANTHOR_GEM_UNRECLAIMABLE,
} from "../../../src/driver/gem/types.ts";
import type { PanthorGemObject } from "../../../src/driver/gem/types.ts";
import type { PanthorVm } from "../../../src/driver/mmu/types.ts";
import { type Bench, bench } from "./harness.ts";

const size = 0x10000;

function mapped(b: Bench, vm: PanthorVm, va: number, exclusive: boolean): PanthorGemObject {
  const { drv, ptdev, file } = b;
  const owner = exclusive ? vm : null;
  const boHandle = b.run(() => drv.gem.createWithHandle(file, ptdev, owner, { size }, 0));
  const op = { flags: 0, boHandle, boOffset: 0, va, size, syncs: [] };
  expect(b.run(() => drv.mmu.vmBindExecSyncOp(file, vm, op))).toBe(0);
  return file.handles.get(boHandle) as PanthorGemObject;
}

const shrink = (b: Bench, pages: number): number =>
  b.run(() => b.drv.gem.debugfsShrinkSet(b.ptdev, pages));

/** What GROUP_SUBMIT does before it queues jobs. */
function validate(b: Bench, vm: PanthorVm): number {
  return b.run(function* () {
    const exec = new DrmExec(b.drv.linux.fences, { ignoreDuplicates: true });
    const ret = yield* exec.untilAllLocked(() => b.drv.mmu.vmPrepareMappedBosResvs(exec, vm, 1));
    yield* exec.fini();
    return ret;
  });
}

const locks = (b: Bench): string[] => b.take().filter((s) => s.includes("LOCKADDR"));

describe("shrinker", () => {
  it("evicts mappings, object by object, and restores them with their contents", () => {
    const b = bench({ swap: true });
    const vm = b.newVm();
    const bos = [
      mapped(b, vm, 0x1000000, true),
      mapped(b, vm, 0x5000000, true),
      mapped(b, vm, 0x6000000, false),
    ];
    bos.forEach((bo, i) => b.memory.write32(bo.backing.pages![i] + 8, 0x1234 + i));
    b.run(() => b.drv.mmu.vmActive(vm));
    b.take();
    const before = b.memory.allocated;

    expect(shrink(b, 4096)).toBe(48);
    expect(locks(b)).toEqual([
      "W AS1_LOCKADDR 0x100000f",
      "W AS1_LOCKADDR 0x500000f",
      "W AS1_LOCKADDR 0x600000f",
    ]);
    expect(before - b.memory.allocated).toBeGreaterThanOrEqual(48);
    for (const bo of bos) {
      expect(bo.backing.pages).toBeNull();
      expect(bo.reclaimState).toBe(PANTHOR_GEM_UNRECLAIMABLE);
      expect(bo.reclaimedCount).toBe(1);
    }
    expect(vm.pgtblOps.iovaToPhys(0x1000000)).toBeNull();
    expect(b.ptdev.reclaim.gpuMappedCount).toBe(0);
    expect(shrink(b, 4096)).toBe(0);

    expect(validate(b, vm)).toBe(0);
    expect(locks(b).length).toBe(3);
    bos.forEach((bo, i) => {
      const va = [0x1000000, 0x5000000, 0x6000000][i] + i * 0x1000 + 8;
      expect(vm.pgtblOps.iovaToPhys(va)).toBe(bo.backing.pages![i] + 8);
      expect(b.memory.read32(bo.backing.pages![i] + 8)).toBe(0x1234 + i);
      expect(bo.reclaimState).toBe(PANTHOR_GEM_GPU_MAPPED_SINGLE_VM);
    });
    expect(validate(b, vm)).toBe(0);
    expect(locks(b)).toEqual([]);
    expect(b.warnings).toEqual([]);
  });

  it("stops when it has enough, least recently used VM and object first", () => {
    const b = bench({ swap: true });
    const [one, two] = [b.newVm(), b.newVm()];
    const older = mapped(b, one, 0x1000000, true);
    const newer = mapped(b, one, 0x2000000, true);
    const other = mapped(b, two, 0x1000000, true);
    b.run(() => b.drv.mmu.vmActive(two));
    b.run(() => b.drv.mmu.vmActive(one));
    expect(shrink(b, 16)).toBe(16);
    expect([older, newer, other].map((bo) => bo.reclaimedCount)).toEqual([0, 0, 1]);
    expect(shrink(b, 16)).toBe(16);
    expect([older, newer, other].map((bo) => bo.reclaimedCount)).toEqual([1, 0, 1]);
  });

  it("does nothing without swap, and leaves pinned memory alone", () => {
    const none = bench();
    mapped(none, none.newVm(), 0x1000000, true);
    expect(shrink(none, 4096)).toBe(0);

    const b = bench({ swap: true });
    const bo = mapped(b, b.newVm(), 0x1000000, true);
    b.run(() => b.drv.gem.vmap(bo));
    expect(shrink(b, 4096)).toBe(0);
    b.run(() => b.drv.gem.vunmap(bo));
    expect(shrink(b, 4096)).toBe(16);
  });

  it("takes user mappings away; the next access faults the pages in", () => {
    const b = bench({ swap: true });
    const { drv, ptdev, file } = b;
    const handle = b.run(() => drv.gem.createWithHandle(file, ptdev, null, { size }, 0));
    const bo = file.handles.get(handle) as PanthorGemObject;
    b.run(() => drv.gem.mmap(bo));
    expect(bo.backing.pages).toBeNull();
    const map = b.run(() => drv.gem.userAccess(bo));
    if (typeof map === "number") throw new Error("fault");
    map.write32(0x3004, 77);
    expect(ptdev.reclaim.mmapped.count).toBe(16);
    expect(shrink(b, 1)).toBe(16);
    const again = b.run(() => drv.gem.userAccess(bo));
    if (typeof again === "number") throw new Error("fault");
    expect(again.read32(0x3004)).toBe(77);
    b.run(() => drv.gem.vmClose(bo));
    expect(ptdev.reclaim.unused.count).toBe(16);
  });

  it("splits evicted mappings without touching page tables", () => {
    const b = bench({ swap: true });
    const vm = b.newVm();
    const bo = mapped(b, vm, 0x1000000, true);
    b.run(() => b.drv.mmu.vmActive(vm));
    expect(shrink(b, 4096)).toBe(16);
    const op = {
      flags: 0x10000000,
      boHandle: 0,
      boOffset: 0,
      va: 0x1004000,
      size: 0x1000,
      syncs: [],
    };
    expect(b.run(() => b.drv.mmu.vmBindExecSyncOp(b.file, vm, op))).toBe(0);
    expect(vm.mappings.map((va) => (va as { evicted?: boolean }).evicted)).toEqual([true, true]);
    expect(validate(b, vm)).toBe(0);
    expect(vm.pgtblOps.iovaToPhys(0x1003000)).toBe(bo.backing.pages![3]);
    expect(vm.pgtblOps.iovaToPhys(0x1004000)).toBeNull();
    expect(vm.pgtblOps.iovaToPhys(0x1005000)).toBe(bo.backing.pages![5]);
    expect(b.warnings).toEqual([]);
  });

  it("restores the parts of a split sparse mapping at their place in the dummy", () => {
    const b = bench({ swap: true });
    const vm = b.newVm();
    const bind = (flags: number, va: number, range: number): number => {
      const op = { flags, boHandle: 0, boOffset: 0, va, size: range, syncs: [] };
      return b.run(() => b.drv.mmu.vmBindExecSyncOp(b.file, vm, op));
    };
    expect(bind(0xa, 0x1001000, 0x600000)).toBe(0);
    expect(bind(0x10000000, 0x1343000, 0x1000)).toBe(0);
    expect(shrink(b, 4096)).toBe(512);
    expect(validate(b, vm)).toBe(0);
    const pages = vm.dummy!.backing.pages!;
    expect(vm.pgtblOps.iovaToPhys(0x1342000)).toBe(pages[0x142]);
    expect(vm.pgtblOps.iovaToPhys(0x1343000)).toBeNull();
    expect(vm.pgtblOps.iovaToPhys(0x1344000)).toBe(pages[0x144]);
    expect(vm.pgtblOps.iovaToPhys(0x1600000)).toBe(pages[0]);
    expect(b.warnings).toEqual([]);
  });

  it("evicts what was mapped again after an eviction, and only that", () => {
    const b = bench({ swap: true });
    const vm = b.newVm();
    const bo = mapped(b, vm, 0x1000000, true);
    b.run(() => b.drv.mmu.vmActive(vm));
    shrink(b, 4096);
    const [boHandle] = [...b.file.handles].find(([, obj]) => obj === bo)!;
    const op = { flags: 0, boHandle, boOffset: 0, va: 0x2000000, size, syncs: [] };
    expect(b.run(() => b.drv.mmu.vmBindExecSyncOp(b.file, vm, op))).toBe(0);
    // The association counts as evicted until the next validation: only unused pages are found.
    b.take();
    expect(shrink(b, 4096)).toBe(16);
    expect(locks(b)).toEqual(["W AS1_LOCKADDR 0x200000f"]);
    expect(validate(b, vm)).toBe(0);
    expect(locks(b)).toEqual(["W AS1_LOCKADDR 0x100000f", "W AS1_LOCKADDR 0x200000f"]);
    expect(b.warnings).toEqual([]);
  });
});
