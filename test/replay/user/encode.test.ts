// Words of instructions, against words that the recordings' user program used, and fields by hand.

import { describe, expect, test } from "vitest";
import { encodeInstruction } from "../../../src/replay/user/encode.ts";
import { instructionNames } from "../../../src/trace/instruction.ts";
import { parseInstruction } from "../../../src/trace/stream.ts";

function encode(text: string) {
  const instruction = parseInstruction(text, (reason, _column, detail) => {
    throw new Error(`${reason}: ${detail}`);
  });
  return encodeInstruction(instruction!, (h) => (h.part === "context" ? 0x800000003000 : 0x5000));
}

const words: readonly [string, bigint][] = [
  ["move48 d0, 0x2000000", 0x0100000002000000n],
  ["move48 d2, 1", 0x0102000000000001n],
  ["move48 d0, heap.context", 0x0100800000003000n],
  ["move48 d0, heap.first_chunk", 0x0100000000005000n],
  ["move48 d92, 0x1000000", 0x015c000001000000n],
  ["move32 r94, 0x40", 0x025e000000000040n],
  ["wait 0x1", 0x0300000000010000n],
  ["wait 0xff", 0x0300000000ff0000n],
  ["call d92, r94", 0x20005c5e00000000n],
  ["jump d2, r4", 0x2100020400000000n],
  ["sync_set64 d0, d2", 0x3400000200000000n],
  ["sync_wait64 gt, d0, d2", 0x3500000210000000n],
  ["sync_wait64 le, d0, d2, reject", 0x3500000200000001n],
  ["sync_wait32 gt, d4, r6", 0x2700040610000000n],
  ["sync_add64 d92, d94, propagate", 0x33005c5e00000001n],
  ["sync_add32 d4, r6, csg", 0x2500040600000004n],
  ["sync_set32 d4, r6", 0x2600040600000000n],
  ["heap_set d0", 0x3000000000000000n],
  ["load r0, d0, mask=0", 0x1400000000000000n],
  ["load r8, d2, 0x10, 0x3", 0x1408020000030010n],
  ["store r8, d2", 0x1508020000010000n],
  ["flush_cache2 r94", 0x24005e0000000233n],
  ["error_barrier", 0x2f00000000000000n],
  ["store_state d2, cycle_count, 8", 0x2800020100000008n],
  ["add32 r1, r2, 5", 0x1001020000000005n],
  ["add64 d2, d4, 0xffffffff", 0x11020400ffffffffn],
  ["req_resource 0x3", 0x2200000000000003n],
  ["umin32 r1, r2, r3", 0x1201020300000000n],
  ["branch ne, r4, -2", 0x160004003000fffen],
  ["branch always, r0, 3", 0x1600000060000003n],
  ["set_sb_entry 2, 3", 0x1700000000000032n],
  ["set_exception_handler d6, r8", 0x1900060800000002n],
  ["progress_store d10", 0x2a000a0000000000n],
  ["progress_load d12", 0x2b0c000000000000n],
  ["progress_wait 1, d14", 0x18000e0000000001n],
  ["heap_operation completed, 0x4, 1", 0x3101000100040000n],
  ["finish_tiling", 0x0900000000000000n],
  ["finish_fragment d16, d18, 0x4, 1, count", 0x0b01101200040001n],
  ["word 0xfedcba9876543210", 0xfedcba9876543210n],
];

describe("encodeInstruction", () => {
  test.each(words)("%s", (text, word) => {
    expect(encode(text)).toEqual([{ word, annotation: null }]);
  });

  test.each([
    ["run 100us", 0x0400000000000000n, { runNs: 100_000 }],
    ["run 5ms, fragment", 0x0700000000000000n, { runNs: 5_000_000 }],
    ["hang", 0n, { hang: true }],
    ["fault cs 0x49", 0n, { csFault: { type: 0x49 } }],
    ["fatal cs", 0n, { csFatal: { type: 0x40 } }],
    ["fault gpu", 0n, { gpuFault: { status: 0x80 } }],
    ["fault mmu 0xc2, write, 0x5000", 0n, { mmuFault: { exception: 0xc2, access: "write" } }],
    ["tiler_oom", 0n, { tilerOom: true }],
    ["progress_timeout", 0n, { progressTimeout: true }],
  ])("%s is told to the device", (text, word, annotation) => {
    expect(encode(text)).toMatchObject([{ word, annotation }]);
  });

  test("nop n is n words", () => {
    expect(encode("nop 3")).toHaveLength(3);
  });

  test("the tables above leave no instruction out", () => {
    const tested = new Set(words.map(([text]) => text.split(" ")[0]));
    const told = ["run", "hang", "fault cs", "fatal cs", "fault gpu", "fault mmu", "tiler_oom"];
    const rest = instructionNames.filter((n) => !tested.has(n) && !told.includes(n));
    expect(rest).toEqual(["progress_timeout", "nop"]);
  });
});
