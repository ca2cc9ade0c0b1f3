// Nodes of xarrays against their definition: a node for each 64 slots that have something below.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FailNth, plentiful } from "../../../src/machine/memory/fail-nth.ts";
import { IdrPreloads, xaAppend, XaNodes, XArray } from "../../../src/machine/memory/xarray.ts";
import { ENOMEM } from "../../../src/machine/errno.ts";

/** Nodes of the tree that holds `used`, whatever was in it before. */
function nodesOf(used: ReadonlySet<number>, zeroBusy: boolean): number {
  if (used.size === 0 || (!zeroBusy && used.size === 1 && used.has(0))) return 0;
  let level = new Set([...used].map((index) => Math.floor(index / 64)));
  let nodes = level.size;
  while (Math.max(...level) > 0) {
    level = new Set([...level].map((node) => Math.floor(node / 64)));
    nodes += level.size;
  }
  return nodes;
}

/** Counts what is allocated, and fails on request. */
class Counter {
  calls = 0;
  constructor(private readonly failFrom = Infinity) {}
  readonly fails = (): boolean => ++this.calls > this.failFrom;
}

describe("XaNodes", () => {
  it.each([false, true])("has the nodes that its entries need (index 0 busy: %s)", (zeroBusy) => {
    const first = zeroBusy ? 1 : 0;
    const step = fc.record({
      index: fc.oneof(fc.integer({ min: first, max: 70 }), fc.integer({ min: first, max: 9000 })),
      erase: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const nodes = new XaNodes(zeroBusy);
        const used = new Set<number>();
        for (const { index, erase } of steps) {
          const before = nodes.count;
          if (used.has(index)) {
            if (!erase) continue;
            nodes.erase(index);
            used.delete(index);
          } else {
            const allocations = new Counter();
            expect(nodes.insert(index, allocations.fails)).toBe(0);
            used.add(index);
            expect(nodes.count - before).toBe(allocations.calls);
          }
          expect(nodes.count).toBe(nodesOf(used, zeroBusy));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("stores nothing when a node is missing", () => {
    const nodes = new XaNodes();
    nodes.insert(0, () => false);
    // A leaf for index 0, a root, and a leaf for index 64.
    expect(nodes.insert(64, new Counter(2).fails)).toBe(-ENOMEM);
    expect(nodes.count).toBe(0);
    const allocations = new Counter();
    expect([nodes.insert(64, allocations.fails), allocations.calls]).toEqual([0, 3]);
  });
});

describe("XArray", () => {
  it("tries a node twice", () => {
    const memory = new FailNth();
    const xa = new XArray<string>(true);
    memory.arm(1, 2);
    expect([xa.store(1, "a", memory), xa.has(1)]).toEqual([-ENOMEM, false]);
    memory.arm(1, 1);
    expect([xa.store(1, "a", memory), xa.get(1)]).toEqual([0, "a"]);
    xa.clear();
    memory.arm(1, 2);
    expect(xa.store(1, "b", memory)).toBe(-ENOMEM);
  });
});

describe("xaAppend", () => {
  it("allocates what a tree of the same entries does", () => {
    const nodes = new XaNodes();
    for (let n = 0; n < 5000; n++) {
      const tree = new Counter();
      nodes.insert(n, tree.fails);
      let appended = 0;
      xaAppend(n, { failsNow: () => (appended++, false) });
      expect([n, appended]).toEqual([n, tree.calls]);
    }
  });
});

describe("IdrPreloads", () => {
  it("lives on the nodes set aside, and fills them up again when it can", () => {
    const memory = new FailNth();
    const preloads = new IdrPreloads(memory);
    const nodes = new XaNodes();
    const insertWithout = (index: number): number => {
      memory.arm(1, 1000);
      const ret = preloads.alloc(nodes, index);
      memory.arm(1, 0);
      return ret;
    };
    nodes.insert(0, () => false);
    // The first needs three nodes, each of the others one: eleven are there.
    for (let i = 1; i <= 9; i++) expect(insertWithout(64 * i)).toBe(0);
    expect(insertWithout(64 * 10)).toBe(-ENOMEM);
    expect(preloads.alloc(nodes, 64 * 11)).toBe(0);
    expect(insertWithout(64 * 12)).toBe(0);
  });

  it("takes no node for the first handle", () => {
    expect(new IdrPreloads(plentiful).alloc(new XaNodes(), 0)).toBe(0);
  });
});
