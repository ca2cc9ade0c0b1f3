// Arguments as text, and the memory of the last ones: it must never give the text of others.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argsText, LastArgs } from "../../../src/driver/drv/args-text.ts";
import { Recorder } from "../../../src/timeline/recorder.ts";

describe("argsText", () => {
  it("prints nested arguments in their own order, addresses in hex", () => {
    const args = {
      groupHandle: 1,
      queueSubmits: [{ streamAddr: 4096, syncs: [] }],
      pad: undefined,
    };
    expect(argsText(args)).toBe("groupHandle=1 queueSubmits=[{streamAddr=0x1000 syncs=[]}]");
  });
});

describe("LastArgs", () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      fc.integer({ min: 0, max: 3 }),
      fc.bigInt({ min: 0n, max: 2n }),
      fc.constantFrom(undefined, null, "a", "[", "{", "]"),
      fc.array(tie("any"), { maxLength: 3 }),
      tie("object"),
    ),
    object: fc.dictionary(fc.constantFrom("a", "b", "size", "["), tie("any"), { maxKeys: 3 }),
  })).object;

  it("gives the text of the arguments, whatever came before", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), (calls) => {
        const rec = new Recorder();
        const last = new LastArgs();
        for (const args of calls) {
          expect(rec.string(last.textId(rec, args as object))).toBe(argsText(args as object));
        }
      }),
    );
  });

  it("sees a field that the call before wrote back", () => {
    const rec = new Recorder();
    const last = new LastArgs();
    const args = { handle: 0 };
    last.textId(rec, args);
    args.handle = 7;
    expect(rec.string(last.textId(rec, args))).toBe("handle=7");
  });
});
