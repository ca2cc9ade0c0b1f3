import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { done } from "../../../src/machine/core/op.ts";
import {
  DmaFence,
  FenceCb,
  type FenceOps,
  waitAnyTimeout,
} from "../../../src/machine/dma-fence/index.ts";
import { EDEADLK, ENOENT, ERESTARTSYS, ETIME } from "../../../src/machine/errno.ts";
import { sendSignal } from "../../../src/machine/wait/schedule.ts";
import { Kit, testOps } from "./kit.ts";

const note = (log: string[], text: string): FenceCb =>
  new FenceCb(() => {
    log.push(text);
    return done();
  });

describe("dma_fence", () => {
  it("runs callbacks in order, once, and refuses new ones afterwards", () => {
    const kit = new Kit();
    const log: string[] = [];
    kit.run(function* () {
      const fence = kit.fence();
      const removed = note(log, "removed");
      for (const name of ["a", "b"]) yield* fence.addCallback(note(log, name));
      yield* fence.addCallback(removed);
      yield* fence.addCallback(note(log, "c"));
      expect(yield* fence.removeCallback(removed)).toBe(true);
      expect(yield* fence.removeCallback(removed)).toBe(false);
      yield* fence.signal();
      yield* fence.signal();
      expect(yield* fence.checkAndSignal()).toBe(true);
      expect(yield* fence.addCallback(note(log, "late"))).toBe(-ENOENT);
    });
    expect(log).toEqual(["a", "b", "c"]);
  });

  it("keeps any sequence of adding, removing and signalling equal to a plain list", () => {
    const action = fc.oneof(
      fc.record({ op: fc.constant("add" as const), i: fc.nat(7) }),
      fc.record({ op: fc.constant("remove" as const), i: fc.nat(7) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const kit = new Kit();
        const log: string[] = [];
        const cbs = Array.from({ length: 8 }, (_, i) => note(log, `${i}`));
        const model: number[] = [];
        kit.run(function* () {
          const fence = kit.fence();
          for (const { op, i } of actions) {
            const at = model.indexOf(i);
            if (op === "add" && at < 0) {
              model.push(i);
              yield* fence.addCallback(cbs[i]);
            } else if (op === "remove") {
              if (at >= 0) model.splice(at, 1);
              expect(yield* fence.removeCallback(cbs[i])).toBe(at >= 0);
            }
          }
          yield* fence.signal();
        });
        expect(log).toEqual(model.map(String));
      }),
      { numRuns: 50 },
    );
  });

  it("lets go of its driver when it signals, as events and names show", () => {
    const kit = new Kit();
    kit.run(function* () {
      const fence = kit.fence(5, 7);
      fence.setError(-ETIME);
      expect(fence.driverName).toBe("test");
      expect(fence.status).toBe(0);
      yield* fence.signal();
      expect([fence.driverName, fence.timelineName]).toEqual([
        "detached-driver",
        "signaled-timeline",
      ]);
      expect(yield* fence.getStatus()).toBe(-ETIME);
      yield* fence.put();
    });
    expect(kit.events(["dma_fence_init", "dma_fence_signaled", "dma_fence_destroy"])).toEqual([
      "dma_fence_init test timeline 5 7",
      `dma_fence_signaled test timeline 5 7 ${-ETIME}`,
      "dma_fence_destroy detached-driver signaled-timeline 5 7",
    ]);
    // Only the stub is left.
    expect(kit.fences.live).toBe(1);
  });

  it("enables signalling once; an implementation that has passed signals at once", () => {
    const kit = new Kit();
    let calls = 0;
    const ops = (passed: boolean): FenceOps => ({
      ...testOps,
      enableSignaling() {
        calls++;
        return done(!passed);
      },
    });
    kit.run(function* () {
      const pending = kit.fence(1, 1, ops(false));
      yield* pending.enableSwSignaling();
      yield* pending.addCallback(note([], ""));
      expect(calls).toBe(1);
      const passed = kit.fence(1, 2, ops(true));
      expect(yield* passed.addCallback(note([], ""))).toBe(-ENOENT);
      expect(passed.testSignaledFlag).toBe(true);
    });
    expect(kit.events(["dma_fence_enable_signal"])).toHaveLength(2);
  });

  it("tells pending listeners of a fence that is released unsignalled", () => {
    const kit = new Kit();
    const errors: number[] = [];
    kit.run(function* () {
      const fence = kit.fence();
      yield* fence.addCallback(
        new FenceCb((f) => {
          errors.push(f.error);
          return done();
        }),
      );
      yield* fence.put();
      expect(() => fence.get()).toThrow(/released fence/);
    });
    expect(errors).toEqual([-EDEADLK]);
    expect(kit.events(["printk"])[0]).toContain("released with pending signals");
  });

  it("calls the implementation's release, and stays attached because of it", () => {
    const kit = new Kit();
    const released: number[] = [];
    const ops: FenceOps = {
      ...testOps,
      release(fence) {
        released.push(fence.seqno);
        return done();
      },
    };
    kit.run(function* () {
      const fence = kit.fence(1, 3, ops).get();
      yield* fence.signal();
      expect(fence.ops).toBe(ops);
      yield* fence.put();
      expect(released).toEqual([]);
      yield* fence.put();
    });
    expect(released).toEqual([3]);
  });
});

describe("waiting for a dma_fence", () => {
  it("wakes the waiter before other listeners run, in the signaller's context", () => {
    const kit = new Kit();
    const log: string[] = [];
    const fence = kit.fence();
    kit.task("waiter", function* () {
      expect(yield* fence.wait(false)).toBe(0);
      log.push("woken");
    });
    kit.run(function* () {
      yield* kit.sleepUs(10);
      yield* fence.addCallback(note(log, "listener"));
      log.push("signal");
      yield* fence.signal();
    });
    expect(log).toEqual(["signal", "listener", "woken"]);
    expect(kit.events(["dma_fence_wait_start", "dma_fence_wait_end"], true)).toEqual([
      "waiter: dma_fence_wait_start test timeline 1 1",
      "waiter: dma_fence_wait_end detached-driver signaled-timeline 1 1",
    ]);
  });

  it.each([
    { description: "a fence that has signalled", signaled: true, timeout: 0, ret: 1 },
    { description: "polling a pending fence", signaled: false, timeout: 0, ret: 0 },
    { description: "a timeout that runs out", signaled: false, timeout: 2, ret: 0 },
    { description: "a timeout that is not needed", signaled: true, timeout: 5, ret: 5 },
  ])("returns $ret for $description", ({ signaled, timeout, ret }) => {
    const kit = new Kit();
    kit.run(function* () {
      const fence = kit.fence();
      if (signaled) yield* fence.signal();
      expect(yield* fence.waitTimeout(false, timeout)).toBe(ret);
      yield* fence.put();
    });
  });

  it("ends with -ERESTARTSYS on a signal, if interruptible", () => {
    const kit = new Kit();
    let ret = 0;
    const waiter = kit.task("waiter", function* () {
      ret = yield* kit.fence().wait(true);
    });
    kit.run(function* () {
      yield* kit.sleepUs(10);
      yield* sendSignal(kit.m, waiter as never);
    });
    expect(ret).toBe(-ERESTARTSYS);
  });

  it("returns the first of several fences to signal", () => {
    const kit = new Kit();
    const fences = [kit.fence(), kit.fence(), kit.fence()];
    let result;
    kit.task("waiter", function* () {
      result = yield* waitAnyTimeout(kit.m, fences, false, 100);
    });
    kit.run(function* () {
      yield* kit.sleepUs(10);
      yield* fences[1].signal();
    });
    expect(result).toEqual({ ret: 100, index: 1 });
  });

  it("makes the stub of 6.12 at its first use, with one look at the clock", () => {
    const kit = new Kit();
    let looks = 0;
    kit.fences.stubClock = () => done(++looks);
    kit.run(function* () {
      const stub = yield* kit.fences.getStub();
      expect(yield* stub.isSignaled()).toBe(true);
      expect(stub.timestampNs()).toBe(1);
      expect(yield* kit.fences.getStub()).toBe(stub);
    });
    expect(looks).toBe(1);
  });

  it("hands out a stub that has signalled", () => {
    const kit = new Kit();
    kit.run(function* () {
      const stub = yield* kit.fences.getStub();
      expect(yield* stub.isSignaled()).toBe(true);
      const own = (yield* kit.fences.allocatePrivateStub(123))!;
      expect(own).not.toBe(stub);
      expect(own.timestampNs()).toBe(123);
      expect(own).toBeInstanceOf(DmaFence);
    });
  });
});
