// Address-space slots: who gets one, who loses one, faults, power and reset.

import { describe, expect, it } from "vitest";
import { EBUSY, EINVAL } from "../../../src/machine/errno.ts";
import type { PanthorVm } from "../../../src/driver/mmu/types.ts";
import { K } from "../../../src/timeline/kinds.ts";
import { type Bench, bench, stick, timedOut } from "./harness.ts";

const activate = (b: Bench, vm: PanthorVm): number => b.run(() => b.drv.mmu.vmActive(vm));
const idle = (b: Bench, vm: PanthorVm): void => b.run(() => b.drv.mmu.vmIdle(vm));
const writes = (b: Bench, as: number): string[] =>
  b.take().filter((s) => s.startsWith(`W AS${as}_`) || s === "flush");

describe("address-space slots", () => {
  it("keeps slot 0 for the MCU", () => {
    const b = bench();
    const mcu = b.run(() => b.drv.mmu.vmCreate(b.ptdev, true, 0x4000000, 0x4000000, 0, 0));
    if (typeof mcu === "number") throw new Error("no VM");
    expect(activate(b, mcu)).toBe(0);
    expect(mcu.as.id).toBe(0);
    expect(mcu.mmRange).toBe(2 ** 32);
    const vm = b.newVm();
    activate(b, vm);
    expect(b.drv.mmu.vmAs(vm)).toBe(1);
  });

  it("takes the slot of the least recently idle VM, without turning it off first", () => {
    const b = bench();
    const vms = Array.from({ length: 8 }, () => b.newVm());
    for (const vm of vms.slice(0, 7)) expect(activate(b, vm)).toBe(0);
    expect(vms.map((vm) => vm.as.id)).toEqual([1, 2, 3, 4, 5, 6, 7, -1]);
    // Nobody is idle: the scheduler should not have asked.
    expect(activate(b, vms[7])).toBe(-EBUSY);
    expect(b.warnings).toEqual(["!lru_vm"]);

    idle(b, vms[3]);
    idle(b, vms[1]);
    b.take();
    expect(activate(b, vms[7])).toBe(0);
    expect(vms[7].as.id).toBe(4);
    expect(vms[3].as.id).toBe(-1);
    const log = b.take();
    expect(log.slice(0, 3)).toEqual(["W INT_MASK 0xffef", "flush", "W INT_MASK 0xffff"]);
    expect(log).not.toContain("W AS4_TRANSTAB 0x0");
    expect(log.at(-1)).toBe("W AS4_COMMAND 0x1");

    // A VM that was not evicted goes on at once.
    expect(activate(b, vms[1])).toBe(0);
    expect(b.take()).toEqual([]);
    expect(b.ptdev.mmu.as.lruList).toEqual([]);
  });

  it("counts users", () => {
    const b = bench();
    const vm = b.newVm();
    activate(b, vm);
    activate(b, vm);
    idle(b, vm);
    expect(b.ptdev.mmu.as.lruList).toEqual([]);
    idle(b, vm);
    expect(b.ptdev.mmu.as.lruList).toEqual([vm]);
  });

  it("warns when more users leave than came, and counts right afterwards", () => {
    const b = bench();
    const vm = b.newVm();
    activate(b, vm);
    idle(b, vm);
    const before = b.m.rec.length;
    idle(b, vm);
    idle(b, vm);
    const warned = Array.from({ length: b.m.rec.length - before }, (_, i) => before + i)
      .filter((i) => b.m.rec.kind(i) === K.printk)
      .map((i) => b.m.rec.string(b.m.rec.arg(i, 1)));
    expect(warned).toEqual(["WARNING: refcount_t: underflow; use-after-free."]);
    expect(vm.as.activeCnt).toBe(0);
    activate(b, vm);
    expect(vm.as.activeCnt).toBe(1);
    expect(b.ptdev.mmu.as.lruList).toEqual([]);
  });

  it("does not count a VM whose slot could not be enabled", () => {
    const b = bench();
    const vm = b.newVm();
    stick(b, 1);
    expect(activate(b, vm)).toBe(timedOut);
    expect(vm.as.activeCnt).toBe(0);
    expect(vm.as.id).toBe(1);
  });

  it("disables the slot at a page fault and sets it up again at the next activation", () => {
    const b = bench();
    const vm = b.newVm();
    activate(b, vm);
    b.mmio.values.set(0x245c, 0x7002c1n);
    b.mmio.values.set(0x2460, 0x1234000n);
    b.take();
    b.run(() => b.drv.mmu.irqHandler(b.ptdev, 1 << 1));
    expect(b.take()).toEqual([
      "R AS1_FAULTSTATUS",
      "R AS1_FAULTADDRESS",
      "W INT_CLEAR 0x2",
      "W INT_MASK 0xfffd",
      "flush",
      "W AS1_TRANSTAB 0x0",
      "W AS1_MEMATTR 0x0",
      "W AS1_TRANSCFG 0x1",
      "W AS1_COMMAND 0x1",
    ]);
    expect(b.events).toEqual(["Unhandled Page fault in AS1 at VA 0x0000000001234000", "report"]);
    expect(b.drv.mmu.vmHasUnhandledFaults(vm)).toBe(true);

    idle(b, vm);
    expect(activate(b, vm)).toBe(0);
    expect(b.take()[0]).toBe("W INT_CLEAR 0x2");
    expect(b.drv.mmu.vmHasUnhandledFaults(vm)).toBe(false);
    expect(b.ptdev.mmu.as.faultyMask).toBe(0);
  });

  it("flushes and frees all slots at suspend", () => {
    const b = bench();
    const vms = [b.newVm(), b.newVm()];
    for (const vm of vms) activate(b, vm);
    b.take();
    b.run(() => b.drv.mmu.disableAllAs(b.ptdev));
    expect(writes(b, 1).filter((s) => s === "flush").length).toBe(2);
    expect(vms.map((vm) => vm.as.id)).toEqual([-1, -1]);
    expect(b.ptdev.mmu.as.allocMask).toBe(0);
  });

  it("forgets all slots after a reset, without touching them", () => {
    const b = bench();
    const vm = b.newVm();
    activate(b, vm);
    idle(b, vm);
    b.take();
    b.run(() => b.drv.mmu.postReset(b.ptdev));
    expect(b.take()).toEqual(["W INT_CLEAR 0xffff", "W INT_MASK 0xffff"]);
    expect(vm.as.id).toBe(-1);
    expect(b.ptdev.mmu.as.lruList).toEqual([]);
    expect(activate(b, vm)).toBe(0);
  });

  it("disables the slot of a VM that goes away", () => {
    const b = bench();
    const vm = b.newVm();
    activate(b, vm);
    idle(b, vm);
    b.take();
    b.run(() => b.drv.mmu.vmPoolDestroyVm(b.pool, 1));
    const log = b.take();
    expect(log.slice(0, 4)).toEqual([
      "W AS1_LOCKADDR 0x2f",
      "W AS1_COMMAND 0x2",
      "flush",
      "W AS1_COMMAND 0x3",
    ]);
    expect(log.slice(4, 7)).toEqual(["W INT_MASK 0xfffd", "flush", "W AS1_TRANSTAB 0x0"]);
    expect(b.ptdev.mmu.vm.list).toEqual([]);
    expect(b.ptdev.mmu.as.lruList).toEqual([]);
  });
});

describe("VM pool", () => {
  it("splits the VA space and limits the number of VMs", () => {
    const b = bench();
    const create = (userVaRange: number): { id: number; userVaRange: number } => {
      const args = { flags: 0, id: 0, userVaRange };
      const id = b.run(() => b.drv.mmu.vmPoolCreateVm(b.ptdev, b.pool, args));
      return { id, userVaRange: args.userVaRange };
    };
    expect(create(0)).toEqual({ id: 1, userVaRange: 2 ** 47 });
    expect(create(2 ** 40)).toEqual({ id: 2, userVaRange: 2 ** 47 });
    expect(create(2 ** 48 - 2 ** 28)).toEqual({ id: 3, userVaRange: 2 ** 48 - 2 ** 28 });
    expect(create(2 ** 48 - 2 ** 27).id).toBe(-EINVAL);
    for (let i = 4; i <= 32; i++) expect(create(0).id).toBe(i);
    expect(create(0).id).toBe(-EBUSY);
    expect(b.run(() => b.drv.mmu.vmPoolDestroyVm(b.pool, 7))).toBe(0);
    expect(b.run(() => b.drv.mmu.vmPoolDestroyVm(b.pool, 7))).toBe(-EINVAL);
    expect(create(0).id).toBe(7);
  });
});
