import { describe, expect, it } from "vitest";
import { done, type Kernel } from "../../../src/machine/core/op.ts";
import { DmaResv, DrmExec, type ExecObject, Usage } from "../../../src/machine/dma-fence/index.ts";
import { EALREADY, EDEADLK } from "../../../src/machine/errno.ts";
import { Kit } from "./kit.ts";

class Gem implements ExecObject {
  refs = 1;
  readonly resv: DmaResv;
  constructor(kit: Kit) {
    this.resv = new DmaResv(kit.fences);
  }
  get(): this {
    this.refs++;
    return this;
  }
  put(): Kernel {
    this.refs--;
    return done();
  }
}

describe("dma_resv", () => {
  it("returns the fences of a usage and those of more important ones", () => {
    const kit = new Kit();
    kit.run(function* () {
      const resv = new DmaResv(kit.fences);
      yield* resv.lock();
      yield* resv.reserveFences(3);
      const [kernel, write, bookkeep] = [kit.fence(), kit.fence(), kit.fence()];
      yield* resv.addFence(bookkeep, Usage.bookkeep);
      yield* resv.addFence(write, Usage.write);
      yield* resv.addFence(kernel, Usage.kernel);
      expect(resv.fences(Usage.kernel)).toEqual([kernel]);
      expect(resv.fences(Usage.write)).toEqual([write, kernel]);
      expect(resv.fences(Usage.read)).toEqual([write, kernel]);
      expect(resv.fences(Usage.bookkeep)).toEqual([bookkeep, write, kernel]);
      yield* resv.unlock();
    });
  });

  it("replaces an earlier fence of the context, and any that has signalled", () => {
    const kit = new Kit();
    kit.run(function* () {
      const resv = new DmaResv(kit.fences);
      yield* resv.lock();
      yield* resv.reserveFences(2);
      const [old, other, newer, last] = [
        kit.fence(1, 1),
        kit.fence(2, 1),
        kit.fence(1, 2),
        kit.fence(3, 1),
      ];
      yield* resv.addFence(old, Usage.bookkeep);
      yield* resv.addFence(other, Usage.bookkeep);
      yield* resv.addFence(newer, Usage.bookkeep);
      expect(resv.fences(Usage.bookkeep)).toEqual([newer, other]);
      expect(old.refcount).toBe(1);
      yield* other.signal();
      yield* resv.addFence(last, Usage.bookkeep);
      expect(resv.fences(Usage.bookkeep)).toEqual([newer, last]);
      yield* resv.unlock();
    });
  });

  it("needs a reservation for each fence, and the lock", () => {
    const kit = new Kit();
    kit.run(function* () {
      const resv = new DmaResv(kit.fences);
      expect(() => resv.fences(Usage.read)).toThrow(/not held/);
      yield* resv.lock();
      const add = resv.addFence(kit.fence(), Usage.read);
      expect(() => add.next()).toThrow(/no fence slot/);
      yield* resv.unlock();
    });
  });

  it("waits for what is pending", () => {
    const kit = new Kit();
    const resv = new DmaResv(kit.fences);
    const fence = kit.fence();
    kit.run(function* () {
      yield* resv.lock();
      yield* resv.reserveFences(1);
      yield* resv.addFence(fence, Usage.write);
      yield* resv.unlock();
      kit.task("gpu", function* () {
        yield* kit.sleepUs(20);
        yield* fence.signal();
      });
      expect(yield* resv.testSignaled(Usage.write)).toBe(false);
      expect(yield* resv.waitTimeout(Usage.kernel, false, 0)).toBe(1);
      expect(yield* resv.waitTimeout(Usage.write, false, 0)).toBe(0);
      expect(yield* resv.waitTimeout(Usage.write, false, 100)).toBe(100);
      expect(kit.m.now).toBe(20_000);
    });
  });
});

describe("drm_exec", () => {
  it("locks a set, reports duplicates and unlocks everything", () => {
    const kit = new Kit();
    kit.run(function* () {
      const objects = [new Gem(kit), new Gem(kit)];
      const exec = new DrmExec(kit.fences);
      const ret = yield* exec.untilAllLocked(() => exec.prepareArray(objects, 1));
      expect(ret).toBe(0);
      expect(exec.lockedObjects()).toEqual(objects);
      expect(yield* exec.lockObj(objects[0])).toBe(-EALREADY);
      yield* exec.fini();
      expect(objects.map((o) => [o.refs, o.resv.isLocked])).toEqual([
        [1, false],
        [1, false],
      ]);
    });
  });

  it("makes the younger of two crossing contexts back off and start over", () => {
    const kit = new Kit();
    const objects = [new Gem(kit), new Gem(kit)];
    const log: string[] = [];
    const locker = (name: string, order: readonly number[]): void => {
      kit.task(name, function* () {
        const exec = new DrmExec(kit.fences);
        const ret = yield* exec.untilAllLocked(function* (): Kernel<number> {
          for (const i of order) {
            const locked = yield* exec.lockObj(objects[i]);
            log.push(`${name} ${i} ${locked}`);
            if (locked !== 0) return locked;
            yield* kit.sleepUs(10);
          }
          return 0;
        });
        expect(ret).toBe(0);
        log.push(`${name} has all`);
        yield* exec.fini();
      });
    };
    locker("older", [0, 1]);
    locker("younger", [1, 0]);
    kit.run(() => kit.sleepUs(1000));
    expect(log).toEqual([
      "older 0 0",
      "younger 1 0",
      `younger 0 ${-EDEADLK}`,
      "older 1 0",
      "older has all",
      "younger 1 0",
      "younger 0 0",
      "younger has all",
    ]);
    expect(objects.map((o) => [o.refs, o.resv.isLocked])).toEqual([
      [1, false],
      [1, false],
    ]);
  });
});
