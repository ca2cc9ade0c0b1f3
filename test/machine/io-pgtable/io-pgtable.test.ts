// Page tables against a flat reference map: translations, refusals, and tables given back.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EEXIST, EINVAL, ERANGE } from "../../../src/machine/errno.ts";
import {
  descriptorAddress,
  IOMMU_CACHE,
  IOMMU_NOEXEC,
  IOMMU_READ,
  IOMMU_WRITE,
  type IoPgtableFormat,
} from "../../../src/machine/io-pgtable/descriptor.ts";
import { IoPgtable } from "../../../src/machine/io-pgtable/io-pgtable.ts";
import { PhysicalMemory } from "../../../src/machine/memory/physical-memory.ts";

const size4k = 0x1000;
const size2m = 0x200000;
const rw = IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE;

function setup(format: IoPgtableFormat = "ARM_64_LPAE_S1", ias = 48) {
  const memory = new PhysicalMemory();
  const warnings: string[] = [];
  const tables = new Set<number>();
  const pgtable = IoPgtable.create(memory, {
    format,
    pgsizeBitmap: size4k | size2m,
    ias,
    oas: 40,
    coherentWalk: false,
    alloc: (size) => {
      const table = memory.allocPages(Math.ceil(size / size4k));
      tables.add(table);
      return table;
    },
    free: (table) => {
      expect(tables.delete(table)).toBe(true);
      memory.free(table);
    },
    warn: (text) => warnings.push(text),
  })!;
  return { memory, pgtable, tables, warnings };
}

/** Maps all of a range, as callers of map_pages() do. */
function mapAll(t: IoPgtable, iova: number, paddr: number, pgsize: number, count: number): number {
  for (let done = 0; done < count;) {
    const { ret, mapped } = t.mapPages(
      iova + done * pgsize,
      paddr + done * pgsize,
      pgsize,
      count - done,
      rw,
    );
    if (ret !== 0) return ret;
    done += mapped / pgsize;
  }
  return 0;
}

/** The leaf descriptor words for an address. */
function leaf(memory: PhysicalMemory, root: number, iova: number): [number, number] {
  let table = root;
  for (let level = 0; ; level++) {
    const slot = table + (Math.floor(iova / 2 ** (39 - 9 * level)) % 512) * 8;
    const lo = memory.read32(slot);
    const hi = memory.read32(slot + 4);
    if (level === 3 || (lo & 3) !== 3) return [lo, hi];
    table = descriptorAddress(lo, hi);
  }
}

describe("IoPgtable", () => {
  it("agrees with a flat map under any mix of maps and unmaps", () => {
    const op = fc.record({
      map: fc.boolean(),
      // A few 2 MiB regions in two far apart places, so that tables are shared and freed.
      page: fc.tuple(fc.constantFrom(0, 0x3ffff, 0x8000000), fc.integer({ min: 0, max: 1100 })),
      count: fc.integer({ min: 1, max: 600 }),
      block: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 25 }), (ops) => {
        const { pgtable, tables } = setup();
        const pages = new Map<number, { pa: number; block: boolean }>();
        let pa = 0x80000000;
        for (const { map, page, count, block } of ops) {
          const unit = block ? 512 : 1;
          const n = block ? Math.ceil(count / 512) : count;
          let first = page[0] + page[1];
          first -= first % unit;
          const span = Array.from({ length: n * unit }, (_, i) => first + i);
          const pgsize = block ? size2m : size4k;
          const all = (f: (p: number) => boolean): boolean => span.every(f);
          if (map) {
            if (!all((p) => !pages.has(p))) continue;
            expect(mapAll(pgtable, first * size4k, pa, pgsize, n)).toBe(0);
            span.forEach((p, i) => pages.set(p, { pa: pa + i * size4k, block }));
            pa += n * unit * size4k;
          } else {
            if (!all((p) => pages.get(p)?.block === block)) continue;
            for (let done = 0; done < n;) {
              const got = pgtable.unmapPages((first + done * unit) * size4k, pgsize, n - done);
              expect(got).toBeGreaterThan(0);
              done += got / pgsize;
            }
            span.forEach((p) => pages.delete(p));
          }
          for (const p of [first - 1, ...span, first + n * unit]) {
            if (p < 0) continue;
            const want = pages.get(p);
            expect(pgtable.iovaToPhys(p * size4k + 0x123)).toBe(
              want === undefined ? null : want.pa + 0x123,
            );
          }
        }
        pgtable.free();
        expect(tables.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("frees the level 3 table when a 2 MiB unmap covers it", () => {
    const { pgtable, tables } = setup();
    expect(mapAll(pgtable, size2m, 0x80000000, size4k, 512)).toBe(0);
    expect(tables.size).toBe(4);
    expect(pgtable.unmapPages(size2m, size2m, 1)).toBe(size2m);
    expect(tables.size).toBe(3);
    // Page by page, the emptied table stays.
    expect(mapAll(pgtable, size2m, 0x80000000, size4k, 512)).toBe(0);
    expect(pgtable.unmapPages(size2m, size4k, 512)).toBe(size2m);
    expect(tables.size).toBe(4);
    // A block over the empty table gives it back.
    expect(mapAll(pgtable, size2m, 0x80000000, size2m, 1)).toBe(0);
    expect(tables.size).toBe(3);
  });

  it("refuses maps over leaves, parts of blocks, and bad arguments", () => {
    const { pgtable, warnings } = setup();
    expect(mapAll(pgtable, size2m, 0x80000000, size2m, 1)).toBe(0);
    expect(pgtable.mapPages(size2m, 0x90000000, size4k, 1, rw).ret).toBe(-EEXIST);
    expect(pgtable.mapPages(size2m, 0x90000000, size2m, 1, rw).ret).toBe(-EEXIST);
    expect(pgtable.unmapPages(size2m, size4k, 1)).toBe(0);
    expect(warnings).toContain("Unmap of a partial large IOPTE is not allowed");
    expect(pgtable.mapPages(0, 0x90000000, 0x10000, 1, rw).ret).toBe(-EINVAL);
    expect(pgtable.mapPages(2 ** 48, 0x90000000, size4k, 1, rw).ret).toBe(-ERANGE);
    expect(pgtable.mapPages(0, 2 ** 40, size4k, 1, rw).ret).toBe(-ERANGE);
    expect(pgtable.mapPages(0, 0x90000000, size4k, 1, 0).ret).toBe(-EINVAL);
  });

  it("stops an unmap at the first hole", () => {
    const { pgtable } = setup();
    expect(mapAll(pgtable, 0x10000, 0x80000000, size4k, 3)).toBe(0);
    expect(pgtable.unmapPages(0x10000, size4k, 8)).toBe(3 * size4k);
    expect(pgtable.unmapPages(0x10000, size4k, 8)).toBe(0);
  });

  it.each([
    ["read-write, cached", rw, 0xf47, 0],
    ["read-only, cached", IOMMU_READ | IOMMU_CACHE, 0xfc7, 0],
    ["read-write, uncached", IOMMU_READ | IOMMU_WRITE, 0xe43, 0],
    ["no execution", rw | IOMMU_NOEXEC, 0xf47, 3 << 21],
  ])("writes stage-1 attributes: %s", (_, prot, lo, hi) => {
    const { pgtable, memory } = setup();
    pgtable.mapPages(0x1234000, 0x12_3456_7000, size4k, 1, prot);
    expect(leaf(memory, pgtable.ttbr, 0x1234000)).toEqual([0x34567000 | lo, 0x12 | hi]);
  });

  it("writes Mali LPAE pages as blocks with stage-2 permissions", () => {
    const { pgtable, memory } = setup("ARM_MALI_LPAE");
    pgtable.mapPages(0x1000, 0x80000000, size4k, 1, rw);
    expect(leaf(memory, pgtable.ttbr, 0x1000)).toEqual([(0x80000000 | 0x2c5) >>> 0, 0]);
    expect(pgtable.mair).toBe(0x888d88n);
    expect(setup().pgtable.mair).toBe(0xfffffffff404ff44n);
  });
});

it("takes more address bits than the granule allows as 48", () => {
  const create = (oas: number, ias = 48): IoPgtable | null =>
    IoPgtable.create(new PhysicalMemory(), {
      format: "ARM_64_LPAE_S1",
      pgsizeBitmap: size4k | size2m,
      ias,
      oas,
      coherentWalk: false,
      alloc: () => size4k,
      free: () => undefined,
    });
  expect(create(50)).toMatchObject({ oas: 48, ias: 48 });
  expect(create(48, 56)).toMatchObject({ oas: 48, ias: 48 });
  expect(create(41)).toBeNull();
});
