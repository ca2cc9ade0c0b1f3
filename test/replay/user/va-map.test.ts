// What a program believes to be mapped: against a model of single bytes.

import fc from "fast-check";
import { expect, test } from "vitest";
import { VaMap } from "../../../src/replay/user/va-map.ts";

test("maps and unmaps like a page table of single bytes", () => {
  const bos = [{ n: 0 }, { n: 1 }];
  const op = fc.record({
    map: fc.boolean(),
    va: fc.nat(30),
    size: fc.nat(12),
    bo: fc.nat(1),
    offset: fc.nat(10),
  });
  fc.assert(
    fc.property(fc.array(op, { maxLength: 12 }), (ops) => {
      const map = new VaMap();
      const bytes = new Map<number, readonly [object, number]>();
      for (const { va, size, offset, ...o } of ops) {
        if (o.map) map.map(va, size, bos[o.bo], offset);
        else map.unmap(va, size);
        for (let i = 0; i < size; i++) {
          if (o.map) bytes.set(va + i, [bos[o.bo], offset + i]);
          else bytes.delete(va + i);
        }
      }
      for (const bo of bos) {
        const mapped = [...bytes].filter(([, [b]]) => b === bo);
        expect(map.maps(bo)).toBe(mapped.length > 0);
        for (let offset = 0; offset < 24; offset++) {
          const at = mapped.filter(([, [, o]]) => o === offset).map(([va]) => va);
          const found = map.addressOf(bo, offset);
          if (at.length === 0) expect(found).toBeNull();
          else expect(at).toContain(found);
        }
      }
    }),
  );
});
