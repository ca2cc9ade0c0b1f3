import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeviceEvents } from "../../src/device/events.ts";
import { IrqBlock } from "../../src/device/irq-block.ts";
import { Machine } from "../../src/machine/core/machine.ts";
import { Rig } from "./rig.ts";

function block() {
  const m = new Machine({ cpus: 1, hz: 250 });
  const levels: boolean[] = [];
  const irq = new IrqBlock(new DeviceEvents(m), "job", (_, high) => levels.push(high));
  return { m, irq, levels };
}

describe("interrupt block", () => {
  it("changes its line exactly when rawstat & mask becomes zero or non-zero", () => {
    const word = fc.integer({ min: 0, max: 15 });
    const step = fc.record({ kind: fc.constantFrom("raise", "clear", "mask"), bits: word });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { irq, levels, m } = block();
        let raw = 0;
        let mask = 0;
        const expected: boolean[] = [];
        let level = false;
        for (const { kind, bits } of steps) {
          if (kind === "raise") irq.raise(bits);
          else if (kind === "clear") irq.clear(bits);
          else irq.setMask(bits);
          if (kind === "raise") raw |= bits;
          else if (kind === "clear") raw &= ~bits;
          else mask = bits;
          const high = (raw & mask) !== 0;
          if (high !== level) expected.push(high);
          level = high;
          expect(irq.rawstat).toBe(raw);
          expect(irq.status).toBe(raw & mask);
        }
        expect(levels).toEqual(expected);
        expect(m.rec.length).toBe(expected.length);
      }),
    );
  });

  it("loses a rising edge on request, and the fall that belongs to it", () => {
    const { irq, levels } = block();
    irq.setMask(1);
    irq.lose = 1;
    irq.raise(1);
    irq.clear(1);
    expect(levels).toEqual([]);
    irq.raise(1);
    expect(levels).toEqual([true]);
  });

  it("keeps its mask over a soft reset", () => {
    const rig = new Rig();
    rig.write(0x28, 0x20103);
    rig.write(0x2008, 0xffff);
    rig.write(0x30, 0x101);
    rig.run(30_000);
    expect(rig.read(0x28)).toBe(0x20103);
    expect(rig.read(0x2008)).toBe(0xffff);
    expect(rig.levels).toEqual([["gpu", true]]);
  });
});
