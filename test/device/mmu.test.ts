import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zeroCost, zeroCostLockEvents, withShape } from "../../src/device/profile/index.ts";
import { assemble, codeVa, dataVa, Rig } from "./rig.ts";

const as1 = 0x2440;

describe("address space", () => {
  it("translates with what UPDATE latched, not with what was written since", () => {
    const rig = new Rig();
    rig.enable(1);
    rig.poke(dataVa, [0x1122334455667788n]);
    rig.write(as1, 0);
    expect(rig.gpu.mmu.spaces[1].access(dataVa, "read").kind).toBe("ok");
    rig.write(as1 + 0x30, 1);
    rig.write(as1 + 0x18, 1);
    expect(rig.gpu.mmu.spaces[1].access(dataVa, "read")).toEqual({
      kind: "fault",
      status: 0x8002c0,
    });
  });

  it("is active for the command's latency", () => {
    const rig = new Rig();
    rig.write(as1 + 0x18, 1);
    expect(rig.read(as1 + 0x28)).toBe(1);
    rig.run(zeroCost.latencies.asCommand);
    expect(rig.read(as1 + 0x28)).toBe(0);
  });

  it.each([
    ["level 1 of an unmapped GiB", 0x77000000, "read", 0x8002c1],
    ["level 3 beside a mapped page", dataVa + 0x1000, "write", 0x8003c3],
    ["level 0", 0x7f0000000000, "execute", 0x8001c0],
    ["beyond the input size", 2 ** 48, "read", 0x8002e0],
  ] as const)("faults at %s", (_, va, access, status) => {
    const rig = new Rig();
    rig.enable(1);
    rig.poke(dataVa, [1n]);
    expect(rig.gpu.mmu.spaces[1].access(va, access)).toEqual({ kind: "fault", status });
  });

  it("reports the first fault until the host has cleared the interrupt", () => {
    const rig = new Rig();
    rig.write(0x2008, 0xffff);
    rig.gpu.mmu.fault(1, 0x1000, 0x8002c1);
    rig.gpu.mmu.fault(1, 0x2000, 0x8003c3);
    expect(rig.read(as1 + 0x20)).toBe(0x1000);
    expect(rig.read(0x200c)).toBe(2);
    rig.write(0x2004, 2);
    rig.gpu.mmu.fault(1, 0x2000, 0x8003c3);
    expect(rig.read(as1 + 0x1c)).toBe(0x8003c3);
    expect(rig.levels).toEqual([
      ["mmu", true],
      ["mmu", false],
      ["mmu", true],
    ]);
  });

  it("refuses a write to a read-only page", () => {
    const rig = new Rig();
    rig.enable(1);
    rig.poke(dataVa, [1n]);
    const table = rig.gpu.mmu.spaces[1];
    expect(table.access(dataVa, "write").kind).toBe("ok");
    const leaf = rig.tables.leafAddress(1, dataVa);
    rig.memory.write32(leaf, rig.memory.read32(leaf) | (1 << 7));
    table.tlb.invalidateAll();
    expect(table.access(dataVa, "write")).toEqual({ kind: "fault", status: 0x8003cb });
    expect(table.access(dataVa, "read").kind).toBe("ok");
  });
});

describe("LOCKADDR", () => {
  it("is a naturally aligned block of 2^(width + 1) bytes that contains the address", () => {
    const rig = new Rig();
    fc.assert(
      fc.property(fc.integer({ min: 14, max: 47 }), fc.maxSafeNat(), (width, n) => {
        const size = 2 ** (width + 1);
        const start = Math.floor((n % 2 ** 48) / size) * size;
        rig.write(as1 + 0x10, (start % 2 ** 32) + width);
        rig.write(as1 + 0x14, Math.floor(start / 2 ** 32));
        const region = rig.gpu.mmu.spaces[1].regionWritten();
        expect(region).toEqual({ start, end: start + size });
      }),
    );
  });
});

/** The low word of LOCKADDR for the 32 KiB around `va`. */
const lockaddr = (va: number): number => va - (va % 0x8000) + 0xe;

function lock(rig: Rig, va: number): void {
  rig.write(as1 + 0x10, lockaddr(va));
  rig.write(as1 + 0x14, 0);
  rig.write(as1 + 0x18, 2);
}

describe("translation cache", () => {
  /** Reads dataVa, moves it to another page, and reads again after `invalidate`. */
  function movePage(profile: typeof zeroCost, invalidate: (rig: Rig) => void): bigint {
    const rig = new Rig(profile);
    rig.enable(1);
    rig.poke(dataVa, [1n]);
    const space = rig.gpu.mmu.spaces[1];
    space.access(dataVa, "read");
    const page = rig.memory.allocPage();
    rig.memory.write64(page, 2n);
    const leaf = rig.tables.leafAddress(1, dataVa);
    rig.memory.write64Number(leaf, page + (rig.memory.read32(leaf) & 0xfff));
    invalidate(rig);
    const r = space.access(dataVa, "read");
    if (r.kind !== "ok") throw new Error(r.kind);
    return rig.memory.read64(r.pa);
  }

  it("keeps the old page when nobody invalidates", () => {
    expect(movePage(zeroCost, () => {})).toBe(1n);
  });

  it("can be left out", () => {
    expect(movePage(withShape(zeroCost, { tlb: false }), () => {})).toBe(2n);
  });

  it.each([
    ["LOCK and UNLOCK of the region", [2, 3]],
    ["UPDATE", [1]],
    ["FLUSH_PT", [4]],
    ["FLUSH_MEM", [5]],
  ])("sees the new page after %s", (_, commands) => {
    const value = movePage(zeroCost, (rig) => {
      rig.write(as1 + 0x10, lockaddr(dataVa));
      for (const c of commands) {
        rig.write(as1 + 0x18, c);
        rig.run(20_000);
      }
    });
    expect(value).toBe(2n);
  });

  it("keeps the old page when another region is locked", () => {
    const value = movePage(zeroCost, (rig) => {
      rig.write(as1 + 0x10, lockaddr(dataVa + 0x100000));
      rig.write(as1 + 0x18, 2);
      rig.write(as1 + 0x18, 3);
    });
    expect(value).toBe(1n);
  });
});

describe("region lock", () => {
  it("holds a stream off until UNLOCK, and says so", () => {
    const rig = Rig.started(1, zeroCostLockEvents);
    rig.poke(codeVa, [0n]);
    rig.poke(dataVa, [7n]);
    lock(rig, dataVa);
    rig.submit(assemble().move48(0, dataVa).load(4, 1, 0).nop());
    rig.run(50_000);
    expect(rig.stream().state).toBe("RUN");
    expect(rig.entries("dev_state").filter((e) => e.state === "cs_lock_stall")).toHaveLength(1);
    rig.write(as1 + 0x18, 3);
    rig.run(1_000);
    expect(rig.stream().regs.get32(4)).toBe(7);
    expect(rig.stream().state).toBe("IDLE");
    expect(rig.entries("dev_state").filter((e) => e.state === "cs_lock_pass")).toHaveLength(1);
  });

  it("is tried again each microsecond by the device of the first recordings", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [7n]);
    lock(rig, dataVa);
    rig.submit(assemble().move48(0, dataVa).load(4, 1, 0));
    rig.run(50_000);
    rig.write(as1 + 0x18, 3);
    rig.run(1_000);
    expect(rig.stream().regs.get32(4)).toBe(7);
    expect(rig.entries("dev_state").some((e) => e.state === "cs_lock_stall")).toBe(false);
  });

  it("ends with a soft reset", () => {
    const rig = new Rig();
    lock(rig, dataVa);
    rig.write(0x30, 0x101);
    rig.run(30_000);
    expect(rig.gpu.mmu.spaces[1].lock).toBeNull();
  });
});
