// The split/merge walk against a map from page to (object, offset), kept page by page.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { done, type Kernel } from "../../../src/machine/core/op.ts";
import { EINVAL } from "../../../src/machine/errno.ts";
import type { DrmGemObject } from "../../../src/machine/gpuvm/gem-object.ts";
import {
  DRM_GPUVA_REPEAT,
  DrmGpuva,
  type DrmGpuvmOps,
  type GpuvaOpRemap,
  remapToUnmapRange,
} from "../../../src/machine/gpuvm/gpuva.ts";
import { DrmGpuvm } from "../../../src/machine/gpuvm/gpuvm.ts";

/** Code that never stops runs to its end at once. */
function run<A>(op: Kernel<A>): A {
  for (;;) {
    const r = op.next();
    if (r.done === true) return r.value;
  }
}

const objects = ["a", "b", "c"].map((name) => ({ name }) as unknown as DrmGemObject);

/** A driver that applies every step at once, and a journal of the steps. */
function setup(range = 64) {
  const steps: string[] = [];
  const vm = new DrmGpuvm();
  const span = (addr: number, r: number): string => `[${addr},${addr + r})`;
  const ops: DrmGpuvmOps = {
    vmFree: () => done(),
    *smStepMap(op) {
      steps.push(`map ${span(op.va.addr, op.va.range)}`);
      vm.map(new DrmGpuva(), op);
      return 0;
    },
    *smStepRemap(op: GpuvaOpRemap) {
      const { start, range } = remapToUnmapRange(op);
      steps.push(`remap ${span(start, range)}${op.unmap.keep ? " keep" : ""}`);
      yield* vm.remap(op.prev && new DrmGpuva(), op.next && new DrmGpuva(), op);
      return 0;
    },
    *smStepUnmap(op) {
      steps.push(`unmap ${span(op.va.va.addr, op.va.va.range)}${op.keep ? " keep" : ""}`);
      yield* vm.unmap(op);
      return 0;
    },
  };
  const rObj = { get: () => rObj } as unknown as DrmGemObject;
  vm.initGpuvm({ name: "vm", rObj, start: 0, range, ops, warn: () => {} });
  const map = (addr: number, r: number, obj = objects[0], offset = 0): number =>
    run(vm.smMap({ va: { addr, range: r }, gem: { obj, offset } }));
  const take = (): string[] => steps.splice(0);
  return { vm, map, take };
}

describe("DrmGpuvm", () => {
  it("splits a repeated mapping without moving what is repeated", () => {
    const { vm, take } = setup();
    const gem = { obj: objects[0], offset: 7, range: 4 };
    const repeat = (addr: number, range: number): number =>
      run(vm.smMap({ va: { addr, range }, gem: { ...gem }, flags: DRM_GPUVA_REPEAT }));
    expect(repeat(8, 32)).toBe(0);
    expect(run(vm.smUnmap(16, 8))).toBe(0);
    const parts = vm.mappings.map((m) => [m.va.addr, m.va.range, m.gem, m.gpuvaFlags]);
    expect(parts).toEqual([
      [8, 8, gem, DRM_GPUVA_REPEAT],
      [24, 16, gem, DRM_GPUVA_REPEAT],
    ]);
    // The same again, a multiple of the range away, could be merged; another phase could not.
    take();
    expect(repeat(24, 16)).toBe(0);
    expect(take()[0]).toBe("unmap [24,40) keep");
    expect(repeat(22, 16)).toBe(0);
    expect(take()[0]).toBe("remap [24,38)");
  });

  it("agrees with a map kept page by page", () => {
    const op = fc.record({
      map: fc.boolean(),
      addr: fc.integer({ min: 0, max: 63 }),
      range: fc.integer({ min: 1, max: 40 }),
      obj: fc.integer({ min: 0, max: 2 }),
      offset: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), (list) => {
        const { vm, map, take } = setup();
        const pages = new Map<number, string>();
        for (const o of list) {
          const valid = o.addr + o.range <= 64;
          const before = vm.kref.count;
          const ret = o.map
            ? map(o.addr, o.range, objects[o.obj], o.offset)
            : run(vm.smUnmap(o.addr, o.range));
          expect(ret).toBe(valid ? 0 : -EINVAL);
          const steps = take();
          expect(steps.filter((s) => s.startsWith("remap")).length).toBeLessThanOrEqual(2);
          if (!valid) {
            expect(steps).toEqual([]);
            expect(vm.kref.count).toBe(before);
            continue;
          }
          for (let i = 0; i < o.range; i++) {
            if (o.map) pages.set(o.addr + i, `${o.obj}:${o.offset + i}`);
            else pages.delete(o.addr + i);
          }
          const got = new Map<number, string>();
          let last = 0;
          for (const va of vm.mappings) {
            expect(va.va.addr).toBeGreaterThanOrEqual(last);
            last = va.va.addr + va.va.range;
            for (let i = 0; i < va.va.range; i++) {
              const obj = objects.indexOf(va.gem.obj!);
              got.set(va.va.addr + i, `${obj}:${va.gem.offset + i}`);
            }
          }
          expect(new Map([...got].sort((a, b) => a[0] - b[0]))).toEqual(
            new Map([...pages].sort((a, b) => a[0] - b[0])),
          );
          // One reference for each mapping.
          expect(vm.kref.count).toBe(1 + vm.mappings.length);
        }
      }),
    );
  });

  it.each([
    { what: "equal", at: [8, 8], steps: ["unmap [8,16)", "map [8,16)"] },
    { what: "inside", at: [10, 4], steps: ["remap [10,14)", "map [10,14)"] },
    { what: "the start", at: [8, 4], steps: ["remap [8,12)", "map [8,12)"] },
    { what: "the end", at: [12, 4], steps: ["remap [12,16)", "map [12,16)"] },
    { what: "over the start", at: [4, 8], steps: ["remap [8,12)", "map [4,12)"] },
    { what: "over the end", at: [12, 8], steps: ["remap [12,16)", "map [12,20)"] },
    { what: "around", at: [4, 16], steps: ["unmap [8,16)", "map [4,20)"] },
    { what: "beside", at: [16, 4], steps: ["map [16,20)"] },
  ])("map over a mapping at [8,16): $what", ({ at, steps }) => {
    const { map, take } = setup();
    map(8, 8, objects[0]);
    take();
    expect(map(at[0], at[1], objects[1])).toBe(0);
    expect(take()).toEqual(steps);
  });

  it("marks what could be merged with the request", () => {
    const { map, take } = setup();
    map(8, 8, objects[0], 100);
    map(20, 4, objects[0], 112);
    take();
    map(12, 20, objects[0], 104);
    expect(take()).toEqual(["remap [12,16) keep", "unmap [20,24) keep", "map [12,32)"]);
    map(12, 20, objects[0], 105);
    expect(take()).toEqual(["unmap [12,32)", "map [12,32)"]);
  });

  it("stops at the first step that fails", () => {
    const { vm, map, take } = setup();
    map(0, 4);
    map(8, 4);
    take();
    const fail = { ...vm.ops, smStepUnmap: () => done(-5) };
    Object.assign(vm, { ops: fail });
    expect(run(vm.smUnmap(0, 16))).toBe(-5);
    expect(vm.mappings.length).toBe(2);
  });

  it("finds mappings", () => {
    const { vm, map } = setup();
    map(8, 8);
    expect(vm.findFirst(0, 8)).toBeNull();
    expect(vm.findFirst(0, 9)?.va.addr).toBe(8);
    expect(vm.findFirst(15, 1)?.va.addr).toBe(8);
    expect(vm.findFirst(16, 10)).toBeNull();
    expect(vm.find(8, 8)).not.toBeNull();
    expect(vm.find(8, 7)).toBeNull();
    expect(vm.intervalEmpty(16, 48)).toBe(true);
  });
});
