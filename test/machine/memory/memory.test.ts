import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENOSPC } from "../../../src/machine/errno.ts";
import { CpuMapping } from "../../../src/machine/memory/cpu-mapping.ts";
import { DrmMm, DrmMmNode } from "../../../src/machine/memory/drm-mm.ts";
import { PhysicalMemory } from "../../../src/machine/memory/physical-memory.ts";
import { pagesToSg } from "../../../src/machine/memory/sg-table.ts";
import { plentiful } from "../../../src/machine/memory/fail-nth.ts";

describe("PhysicalMemory", () => {
  it("keeps words, zeroes pages that are used again, refuses pages that are not allocated", () => {
    const memory = new PhysicalMemory();
    const a = memory.allocPage();
    memory.write64(a + 8, 0xfedcba9876543210n);
    expect(memory.read32(a + 8)).toBe(0x76543210);
    expect(memory.read32(a + 12)).toBe(0xfedcba98);
    expect(memory.read64(a + 8)).toBe(0xfedcba9876543210n);
    memory.free(a, 1);
    expect(() => memory.read32(a)).toThrow(/unallocated/);
    expect(() => memory.free(a, 1)).toThrow(/unallocated/);
    expect(memory.allocPage()).toBe(a);
    expect(memory.read64(a + 8)).toBe(0n);
  });

  it("aligns and limits allocations", () => {
    const memory = new PhysicalMemory({ base: 0x40001000, size: 0x1000 * 1200 });
    expect(memory.allocPages(512, 512) % 0x200000).toBe(0);
    expect(memory.folioSize(memory.allocPages(4) + 0x2345)).toBe(0x4000);
    expect(memory.allocPages(1024)).toBe(0);
    expect(() => memory.free(memory.allocPages(2), 1)).toThrow(/not allocated together/);
  });

  it("reads back bytes written through a mapping of scattered pages", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9000 }),
        fc.uint8Array({ maxLength: 6000 }),
        (at, b) => {
          const memory = new PhysicalMemory();
          const pages = Array.from({ length: 4 }, () => memory.allocPages(1)).reverse();
          const map = new CpuMapping(memory, pages);
          map.writeBytes(at, b);
          expect(map.readBytes(at, b.length)).toEqual(b);
          if (b.length > 0)
            expect(map.read32(at - (at % 4)) >>> ((at % 4) * 8)).toSatisfy(
              (v: number) => (v & 0xff) === b[0],
            );
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("pagesToSg", () => {
  it("merges contiguous pages", () => {
    expect(pagesToSg([0x1000, 0x2000, 0x5000, 0x4000], plentiful)!.entries).toEqual([
      { dmaAddress: 0x1000, dmaLen: 0x2000 },
      { dmaAddress: 0x5000, dmaLen: 0x1000 },
      { dmaAddress: 0x4000, dmaLen: 0x1000 },
    ]);
  });
});

describe("DrmMm", () => {
  it("never hands out overlapping ranges, and forgets none", () => {
    const op = fc.record({
      remove: fc.option(fc.nat(20), { freq: 2 }),
      size: fc.integer({ min: 1, max: 30 }),
      align: fc.constantFrom(0, 4, 16),
    });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), (ops) => {
        const mm = new DrmMm(100, 200);
        const nodes: DrmMmNode[] = [];
        for (const o of ops) {
          if (o.remove !== null && nodes.length > 0) {
            mm.removeNode(nodes.splice(o.remove % nodes.length, 1)[0]);
            continue;
          }
          const node = new DrmMmNode();
          const ret = mm.insertNodeInRange(node, o.size, o.align, 110, 290);
          if (ret === 0) {
            nodes.push(node);
            expect(node.start).toBeGreaterThanOrEqual(110);
            expect(node.start + node.size).toBeLessThanOrEqual(290);
            if (o.align > 0) expect(node.start % o.align).toBe(0);
          } else expect(ret).toBe(-ENOSPC);
          const sorted = [...nodes].sort((a, b) => a.start - b.start);
          expect(mm.allocated).toEqual(sorted);
          for (let i = 1; i < sorted.length; i++) {
            expect(sorted[i - 1].start + sorted[i - 1].size).toBeLessThanOrEqual(sorted[i].start);
          }
        }
        for (const n of nodes) mm.removeNode(n);
        expect(mm.insertNodeInRange(new DrmMmNode(), 200, 0, 100, 300)).toBe(0);
      }),
    );
  });

  it("takes the smallest hole that fits, the newest of equal ones", () => {
    const mm = new DrmMm(0, 100);
    const reserve = (start: number, size: number): DrmMmNode => {
      const node = Object.assign(new DrmMmNode(), { start, size });
      expect(mm.reserveNode(node)).toBe(0);
      return node;
    };
    const nodes = [0, 10, 20, 30, 40].map((at) => reserve(at, 10));
    mm.removeNode(nodes[1]);
    mm.removeNode(nodes[3]);
    const a = new DrmMmNode();
    expect(mm.insertNodeInRange(a, 8, 0, 0, 100)).toBe(0);
    expect(a.start).toBe(30);
    expect(mm.reserveNode(Object.assign(new DrmMmNode(), { start: 35, size: 10 }))).toBe(-ENOSPC);
    const b = new DrmMmNode();
    expect(mm.insertNodeInRange(b, 2, 0, 0, 100)).toBe(0);
    expect(b.start).toBe(38);
  });
});
