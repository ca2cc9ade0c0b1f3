import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chainFindSeqno,
  DmaFenceArray,
  DmaFenceChain,
  type DmaFence,
  dedupFences,
  FenceCb,
  mergeFences,
  SyncFile,
  unwrapAll,
} from "../../../src/machine/dma-fence/index.ts";
import { done } from "../../../src/machine/core/op.ts";
import { EINVAL, EIO } from "../../../src/machine/errno.ts";
import { Kit } from "./kit.ts";

/** A chain of `n` points of plain fences; the chain owns everything but the head. */
function build(kit: Kit, n: number): { fences: DmaFence[]; nodes: DmaFenceChain[] } {
  const fences: DmaFence[] = [];
  const nodes: DmaFenceChain[] = [];
  for (let i = 0; i < n; i++) {
    fences.push(kit.fence().get());
    nodes.push(new DmaFenceChain(kit.fences, nodes[i - 1]?.get() ?? null, fences[i], i + 1));
  }
  return { fences, nodes };
}

describe("dma_fence_chain", () => {
  it("signals in hardirq context, right after the lock of the fence is dropped", () => {
    const kit = new Kit();
    kit.run(function* () {
      const { fences, nodes } = build(kit, 1);
      yield* nodes[0].enableSwSignaling();
      yield* fences[0].signal();
      expect(nodes[0].testSignaledFlag).toBe(true);
    });
    expect(kit.events(["dma_fence_signaled", "dma_fence_enable_signal"], true)).toEqual([
      "init: dma_fence_enable_signal dma_fence_chain unbound 2 1",
      "init: dma_fence_signaled test timeline 1 1 0",
      "init/hardirq: dma_fence_signaled dma_fence_chain unbound 2 1 0",
    ]);
  });

  it("waits for all earlier points, one after the other, in any order of signalling", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (order) => {
        const kit = new Kit();
        kit.run(function* () {
          const { fences, nodes } = build(kit, 5);
          const head = nodes[4];
          yield* head.enableSwSignaling();
          for (let k = 0; k < order.length; k++) {
            expect(head.testSignaledFlag).toBe(false);
            yield* fences[order[k]].signal();
          }
          expect(head.testSignaledFlag).toBe(true);
        });
      }),
      { numRuns: 30 },
    );
  });

  it("keeps the context of the chain for later points, and takes a new one otherwise", () => {
    const kit = new Kit();
    kit.run(function* () {
      const first = new DmaFenceChain(kit.fences, null, kit.fence(), 5);
      const later = new DmaFenceChain(kit.fences, first.get(), kit.fence(), 9);
      const unordered = new DmaFenceChain(kit.fences, later.get(), kit.fence(), 3);
      expect([later.context, later.prevSeqno]).toEqual([first.context, 5]);
      expect(unordered.context).not.toBe(first.context);
      expect([unordered.seqno, unordered.prevSeqno]).toEqual([9, 0]);
      yield* done();
    });
  });

  it("finds the node of a point, and drops nodes that have signalled on the way", () => {
    const kit = new Kit();
    kit.run(function* () {
      const { fences, nodes } = build(kit, 4);
      expect((yield* chainFindSeqno(nodes[3].get(), 9)).ret).toBe(-EINVAL);
      expect((yield* chainFindSeqno(nodes[3].get(), 2)).fence).toBe(nodes[1]);
      yield* fences[0].signal();
      yield* fences[1].signal();
      const found = yield* chainFindSeqno(nodes[3].get(), 2);
      // The next node that is left answers for the points before it.
      expect(found).toEqual({ ret: 0, fence: null });
      expect(nodes[2].prev).toBe(null);
    });
  });

  it("releases a long chain without recursion", () => {
    const kit = new Kit();
    kit.run(function* () {
      const before = kit.fences.live;
      let head: DmaFenceChain | null = null;
      for (let i = 1; i <= 20000; i++) {
        head = new DmaFenceChain(kit.fences, head, yield* kit.fences.getStub(), i);
      }
      yield* head!.put();
      expect(kit.fences.live).toBe(before);
    });
  });
});

describe("dma_fence_array and unwrapping", () => {
  it("signals after its last member with the first error", () => {
    const kit = new Kit();
    kit.run(function* () {
      const members = [kit.fence(), kit.fence(), kit.fence()];
      const array = new DmaFenceArray(kit.fences, members, kit.fences.contextAlloc(1), 1);
      yield* array.addCallback(new FenceCb(() => done()));
      yield* members[2].signal();
      members[0].setError(-EIO);
      yield* members[0].signal();
      expect(array.testSignaledFlag).toBe(false);
      yield* members[1].signal();
      expect(array.status).toBe(-EIO);
    });
  });

  it("reports signalled members without anybody having enabled signalling", () => {
    const kit = new Kit();
    kit.run(function* () {
      const members = [kit.fence(), kit.fence()];
      const array = new DmaFenceArray(kit.fences, members, 9, 1);
      yield* members[0].signal();
      expect(yield* array.isSignaled()).toBe(false);
      yield* members[1].signal();
      expect(yield* array.isSignaled()).toBe(true);
      expect(array.error).toBe(0);
    });
  });

  it.each([
    { description: "nothing pending", pending: [], contexts: [], type: "stub" },
    { description: "one pending fence", pending: [0], contexts: [1], type: "itself" },
    { description: "two of one context", pending: [0, 1], contexts: [1, 1], type: "later" },
    { description: "two contexts", pending: [0, 1], contexts: [1, 2], type: "array" },
  ])("merges $description into $type", ({ pending, contexts, type }) => {
    const kit = new Kit();
    kit.run(function* () {
      const fences = [0, 1].map((i) => kit.fence(contexts[i] ?? 7 + i, i + 1));
      for (let i = 0; i < 2; i++) if (!pending.includes(i as never)) yield* fences[i].signal();
      const merged = (yield* mergeFences(kit.fences, fences))!;
      if (type === "stub") expect([merged.context, merged.testSignaledFlag]).toEqual([0, true]);
      if (type === "itself") expect(merged).toBe(fences[0]);
      if (type === "later") expect(merged).toBe(fences[1]);
      if (type === "array") expect(yield* unwrapAll(merged)).toEqual(fences);
    });
  });

  it("keeps the last fence of each context when it removes duplicates", () => {
    const list = fc.array(fc.record({ context: fc.integer({ min: 1, max: 4 }), seqno: fc.nat(9) }));
    fc.assert(
      fc.property(list, (specs) => {
        const kit = new Kit();
        kit.run(function* () {
          const kept = yield* dedupFences(specs.map((s) => kit.fence(s.context, s.seqno)));
          const best = new Map<number, number>();
          for (const s of specs) best.set(s.context, Math.max(best.get(s.context) ?? 0, s.seqno));
          const got = kept.map((f) => [f.context, f.seqno]);
          expect(got).toEqual([...best].sort((a, b) => a[0] - b[0]));
          expect(kit.fences.live).toBe(1 + kept.length);
        });
      }),
      { numRuns: 50 },
    );
  });

  it("describes a sync_file and its merge", () => {
    const kit = new Kit();
    kit.run(function* () {
      const a = kit.fence(3, 1);
      const b = kit.fence(4, 2);
      const file = SyncFile.create(kit.fences, a)!;
      const merged = (yield* file.merge("both", SyncFile.create(kit.fences, b)!))!;
      expect(file.name).toBe("test-timeline3-1");
      expect(yield* merged.info(1)).toBe(-EINVAL);
      a.setError(-EIO);
      yield* a.signal();
      const info = yield* merged.info(2);
      expect(info).toMatchObject({ name: "both", numFences: 2, status: -EIO });
      expect(yield* merged.poll()).toBe(false);
      yield* b.signal();
      expect(yield* merged.poll()).toBe(true);
    });
  });
});
