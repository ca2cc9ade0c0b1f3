import { describe, expect, it } from "vitest";
import { done } from "../../src/machine/core/op.ts";
import { overlay, patch } from "../../src/revision/patch.ts";

describe("overlay", () => {
  it("returns only the operations it names", () => {
    const o = overlay((final) => ({
      fw: {
        ringDoorbell: (ptdev, id) => final().fw.ringCsgDoorbells(ptdev, id),
      },
    }));
    const ops = o(() => {
      throw new Error("not called at definition");
    }, {} as never);
    expect(Object.keys(ops)).toEqual(["fw"]);
    expect(Object.keys(ops.fw!)).toEqual(["ringDoorbell"]);
  });

  it("rejects what the driver does not have", () => {
    // @ts-expect-error no such operation
    overlay(() => ({ fw: { ringDorbell: () => done() } }));
    // @ts-expect-error no such unit
    overlay(() => ({ firmware: { ringDoorbell: () => done() } }));
    // @ts-expect-error a misspelled operation beside a correct one
    overlay((_, prev) => ({ fw: { ringDoorbell: prev.fw.ringDoorbell, pingwork: () => done() } }));
    // @ts-expect-error another signature
    overlay(() => ({ fw: { resume: () => done("no") } }));
  });

  it("belongs to a patch with its origin", () => {
    const p = patch({
      id: "demo/01",
      title: "ring twice",
      source: "test",
      overlay: overlay((_, prev) => ({
        fw: {
          *ringDoorbell(ptdev, id) {
            yield* prev.fw.ringDoorbell(ptdev, id);
            yield* prev.fw.ringDoorbell(ptdev, id);
          },
        },
      })),
    });
    expect(p.id).toBe("demo/01");
    expect(typeof p.overlay).toBe("function");
  });
});
