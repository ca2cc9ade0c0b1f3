// VM_BIND, synchronous and asynchronous: page tables, register sequence, failures.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DrmExec } from "../../../src/machine/dma-fence/exec.ts";
import { EINVAL } from "../../../src/machine/errno.ts";
import type { PanthorGemObject } from "../../../src/driver/gem/types.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE,
  DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY,
  DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
  type DrmPanthorVmBindOp,
  type PanthorVm,
  type PanthorVmBindJob,
} from "../../../src/driver/mmu/types.ts";
import { K } from "../../../src/timeline/kinds.ts";
import { type Bench, bench, stick, timedOut } from "./harness.ts";

const sparse = DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE | DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC;
const page = 0x1000;
const base = 0x1000000;

function op(o: Partial<DrmPanthorVmBindOp>): DrmPanthorVmBindOp {
  return { flags: 0, boHandle: 0, boOffset: 0, va: base, size: page, syncs: [], ...o };
}

function newBo(b: Bench, size: number, vm: PanthorVm | null = null): number {
  const { drv, ptdev, file } = b;
  return b.run(() => drv.gem.createWithHandle(file, ptdev, vm, { size }, 0));
}

function logOf({ m: { rec } }: Bench): string[] {
  return Array.from({ length: rec.length }, (_, i) => i)
    .filter((i) => rec.kind(i) === K.printk)
    .map((i) => rec.string(rec.arg(i, 1)));
}

const bind = (b: Bench, vm: PanthorVm, o: Partial<DrmPanthorVmBindOp>): number =>
  b.run(() => b.drv.mmu.vmBindExecSyncOp(b.file, vm, op(o)));
const unmap = DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP;

describe("VM_BIND", () => {
  it("touches no register while the VM has no slot", () => {
    const b = bench();
    const vm = b.newVm();
    const boHandle = newBo(b, 0x10000, vm);
    expect(bind(b, vm, { boHandle, size: 0x10000 })).toBe(0);
    expect(b.take()).toEqual([]);
    expect(vm.lockedRegion).toEqual({ start: 0, size: 0 });
    expect(b.warnings).toEqual([]);
  });

  it("locks the region, flushes, unlocks, once an operation", () => {
    const b = bench();
    const vm = b.newVm();
    const boHandle = newBo(b, 0x400000, vm);
    expect(b.run(() => b.drv.mmu.vmActive(vm))).toBe(0);
    expect(b.take()).toEqual([
      "W INT_MASK 0xffff",
      `W AS1_TRANSTAB 0x${vm.pgtblOps.ttbr.toString(16)}`,
      "W AS1_MEMATTR 0x8f8f8f8f8c4c8f4c",
      "W AS1_TRANSCFG 0x420001c6",
      "W AS1_COMMAND 0x1",
    ]);
    const frame = (lockaddr: string): string[] => [
      `W AS1_LOCKADDR ${lockaddr}`,
      "W AS1_COMMAND 0x2",
      "flush",
      "W AS1_COMMAND 0x3",
    ];
    bind(b, vm, { boHandle, va: 0x10000000, size: 0x400000 });
    expect(b.take()).toEqual(frame("0x10000015"));
    bind(b, vm, { flags: unmap, va: 0x10080000, size: 0x10000 });
    expect(b.take()).toEqual(frame("0x1008000f"));
    bind(b, vm, { flags: 3, boHandle, va: 0x10000000, size: 0x8000 });
    expect(b.take()).toEqual(frame("0x1000000e"));
    // An empty synchronous operation does nothing.
    expect(bind(b, vm, { boHandle, size: 0 })).toBe(0);
    expect(b.take()).toEqual([]);
  });

  it.each([
    ["an unaligned address", { va: 0x1001000 + 1 }],
    ["the kernel's part of the VA space", { va: 2 ** 47 - page, size: 2 * page }],
    ["beyond the object", { size: 0x11000 }],
    ["an offset beyond the object", { boOffset: 0x10000 }],
    ["no object", { boHandle: 99 }],
    ["unknown flags", { flags: 1 << 4 }],
    ["an unknown type", { flags: 0x30000000 }],
    ["sparse with an object", { flags: sparse }],
    ["sparse and executable", { flags: DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE, boHandle: 0 }],
    ["unmap with an object", { flags: unmap }],
    ["syncs on a synchronous operation", { syncs: [{}] }],
    ["sync-only without syncs", { flags: DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY, boHandle: 0 }],
  ])("refuses %s", (_, o) => {
    const b = bench();
    const vm = b.newVm();
    const boHandle = newBo(b, 0x10000, vm);
    expect(bind(b, vm, { boHandle, ...o })).toBe(-EINVAL);
    expect(vm.mappings.length).toBe(0);
  });

  it("refuses objects that are exclusive to another VM", () => {
    const b = bench();
    const boHandle = newBo(b, page, b.newVm());
    expect(bind(b, b.newVm(), { boHandle })).toBe(-EINVAL);
  });

  it.each([false, true])("keeps page tables in step with the mappings (huge pages: %s)", (huge) => {
    const step = fc.record({
      what: fc.constantFrom("map", "map", "unmap", "sparse"),
      // Around 2 MiB borders.
      page: fc.integer({ min: 0, max: 1600 }),
      pages: fc.integer({ min: 1, max: 1100 }),
      alignTo: fc.constantFrom(1, 512),
      bo: fc.nat(1),
      offset: fc.nat(600),
      active: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const b = bench({ hugePages: huge });
        const vm = b.newVm();
        // Pairs of pages: every object has many scatter/gather entries.
        const holes = Array.from({ length: 3200 }, () => b.memory.allocPage());
        for (let i = 3199; i >= 0; i--) if (i % 3 !== 0) b.memory.free(holes[i]);
        const before = b.memory.allocated;
        const boPages = 1536;
        const handles = [newBo(b, boPages * page, vm), newBo(b, boPages * page)];
        const want = new Map<number, number>();
        for (const s of steps) {
          if (s.active && vm.as.id < 0) b.run(() => b.drv.mmu.vmActive(vm));
          const first = s.page - (s.page % s.alignTo);
          const offset = s.offset - (s.offset % s.alignTo);
          const count = Math.min(s.pages, boPages - offset);
          const range = { va: base + first * page, size: count * page };
          const handle = handles[s.bo];
          let flags = 0;
          if (s.what === "unmap") flags = unmap;
          else if (s.what === "sparse") flags = sparse;
          const object = flags === 0 ? { boHandle: handle, boOffset: offset * page } : {};
          expect(bind(b, vm, { flags, ...range, ...object })).toBe(0);
          const bo =
            s.what === "sparse" ? vm.dummy! : (b.file.handles.get(handle) as PanthorGemObject);
          for (let i = 0; i < count; i++) {
            const va = range.va + i * page;
            if (s.what === "unmap") want.delete(va);
            else {
              const at = s.what === "sparse" ? (va % 0x200000) / page : offset + i;
              want.set(va, bo.backing.pages![at]);
            }
          }
          for (let i = 0; i < 2800; i++) {
            const va = base + i * page;
            if (vm.pgtblOps.iovaToPhys(va) !== (want.get(va) ?? null)) {
              expect({ va, pa: vm.pgtblOps.iovaToPhys(va) }).toEqual({ va, pa: want.get(va) });
            }
          }
          expect(vm.lockedRegion.size).toBe(0);
        }
        expect(b.warnings).toEqual([]);
        b.run(() => b.drv.mmu.vmPoolDestroyVm(b.pool, 1));
        for (const handle of handles) {
          const bo = b.file.handles.get(handle)!;
          expect(bo.refcount).toBe(1);
          b.run(() => bo.put());
        }
        // All that is left is the memory of the pool's dummy.
        const dummy = b.pool.dummy!;
        expect(dummy.refcount).toBe(1);
        const kept = (dummy.backing.pages?.length ?? 0) - 1;
        expect(b.memory.allocated).toBe(before + kept);
      }),
      { numRuns: 25 },
    );
  });

  it("widens the lock to break a 2 MiB block", () => {
    const b = bench({ hugePages: true });
    const vm = b.newVm();
    const boHandle = newBo(b, 0x400000, vm);
    b.run(() => b.drv.mmu.vmActive(vm));
    bind(b, vm, { boHandle, va: 0x10000000, size: 0x400000 });
    b.take();
    bind(b, vm, { flags: unmap, va: 0x10201000, size: page });
    expect(b.take().filter((s) => s.includes("LOCKADDR") || s.includes("COMMAND"))).toEqual([
      "W AS1_LOCKADDR 0x1020000e",
      "W AS1_COMMAND 0x2",
      "W AS1_LOCKADDR 0x10200014",
      "W AS1_COMMAND 0x2",
      "W AS1_COMMAND 0x3",
    ]);
    expect(b.warnings).toEqual([]);
  });

  it("says once that a block cannot be unmapped in part", () => {
    const b = bench({ hugePages: true });
    const vm = b.newVm();
    const boHandle = newBo(b, 0x400000, vm);
    bind(b, vm, { boHandle, va: 0x10000000, size: 0x400000 });
    for (const iova of [0x10001000, 0x10201000]) {
      expect(vm.pgtblOps.unmapPages(iova, page, 1)).toBe(0);
    }
    expect(logOf(b).filter((text) => text.includes("partial large IOPTE"))).toHaveLength(1);
  });

  it("crashes where it breaks a block of an imported object, which has no pages of its own", () => {
    const b = bench({ hugePages: true });
    const vm = b.newVm();
    const boHandle = newBo(b, 0x400000);
    const bo = b.file.handles.get(boHandle) as PanthorGemObject;
    b.run(() => b.drv.gem.getDevSgt(bo));
    bo.importAttach = {} as never;
    bo.backing.pages = null;
    bind(b, vm, { boHandle, va: 0x10000000, size: 0x400000 });
    // Whole blocks are no problem.
    expect(bind(b, vm, { flags: unmap, va: 0x10000000, size: 0x200000 })).toBe(0);
    const cut = () => bind(b, vm, { flags: unmap, va: 0x10300000, size: page });
    expect(cut).toThrow("the task did not finish");
    expect(logOf(b)).toContain("pc : iova_mapped_as_huge_page");
    expect(vm.opLock.isLocked).toBe(true);
  });

  it("gives up, without harm, when the lock times out", () => {
    const b = bench();
    const vm = b.newVm();
    const boHandle = newBo(b, page, vm);
    b.run(() => b.drv.mmu.vmActive(vm));
    b.take();
    stick(b, 1);
    expect(bind(b, vm, { boHandle })).toBe(timedOut);
    expect(b.events).toEqual(["reset", "AS_ACTIVE bit stuck"]);
    expect(b.take()).toEqual(["W AS1_LOCKADDR 0x100000e"]);
    expect(vm.unusable).toBe(false);
    expect(vm.mappings.length).toBe(0);
    expect(vm.pgtblOps.iovaToPhys(base)).toBeNull();
  });

  it("asks for a reset when the flush fails, and does not unlock", () => {
    const b = bench();
    const vm = b.newVm();
    const boHandle = newBo(b, page, vm);
    b.run(() => b.drv.mmu.vmActive(vm));
    b.take();
    b.flushResult = timedOut;
    expect(bind(b, vm, { boHandle })).toBe(0);
    expect(b.events).toEqual(["reset"]);
    expect(b.take()).toEqual(["W AS1_LOCKADDR 0x100000e", "W AS1_COMMAND 0x2", "flush"]);
    expect(vm.lockedRegion.size).toBe(0);
  });

  describe("asynchronous", () => {
    function submit(b: Bench, vm: PanthorVm, o: Partial<DrmPanthorVmBindOp>): PanthorVmBindJob {
      const { drv, file } = b;
      return b.run(function* () {
        const job = yield* drv.mmu.vmBindJobCreate(file, vm, op(o));
        if (typeof job === "number") throw new Error(`job: ${job}`);
        const exec = new DrmExec(drv.linux.fences, { ignoreDuplicates: true });
        yield* exec.untilAllLocked(() => drv.mmu.vmBindJobPrepareResvs(exec, job));
        yield* job.arm();
        job.sFence!.finished.get();
        yield* drv.mmu.vmBindJobUpdateResvs(exec, job);
        yield* job.push();
        yield* exec.fini();
        return job;
      });
    }

    it("signals the finished fence when the operation is done, and frees the job", () => {
      const b = bench();
      const vm = b.newVm();
      const boHandle = newBo(b, 0x10000, vm);
      const job = submit(b, vm, { boHandle, size: 0x10000 });
      expect(vm.mappings.length).toBe(1);
      expect(b.drv.linux.m.krefs).toBe(b.krefs);
      expect(b.krefs.leaks().some((l) => l.name === "panthor_vm_bind_job")).toBe(false);
      expect(job.sFence).toBeNull();
    });

    it("makes the VM unusable when the operation fails", () => {
      const b = bench();
      const vm = b.newVm();
      const boHandle = newBo(b, page, vm);
      b.run(() => b.drv.mmu.vmActive(vm));
      stick(b, 1);
      submit(b, vm, { boHandle });
      expect(vm.unusable).toBe(true);
      expect(b.run(() => b.drv.mmu.vmBindJobCreate(b.file, vm, op({ boHandle })))).toBe(-EINVAL);
      b.mmio.values.clear();
      // Synchronous maps are refused too, unmaps are not.
      expect(bind(b, vm, { boHandle })).toBe(-EINVAL);
      expect(bind(b, vm, { flags: unmap })).toBe(0);
    });

    it("does nothing but signal for sync-only", () => {
      const b = bench();
      const vm = b.newVm();
      const flags = DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY;
      submit(b, vm, { flags, va: 0, size: 0, syncs: [{}] });
      expect(b.krefs.leaks().some((l) => l.name === "panthor_vm_bind_job")).toBe(false);
      expect(b.take()).toEqual([]);
    });
  });
});
