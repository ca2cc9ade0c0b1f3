// What is inferred where a recording does not say it: latencies, priorities, HZ, words.

import { describe, expect, it } from "vitest";
import { encodeInstruction } from "../../src/replay/user/encode.ts";
import { instructionLine } from "../../src/stimuli/code.ts";
import type { Facts, GroupFacts } from "../../src/stimuli/facts.ts";
import { hzOf, latenciesOf, roundest } from "../../src/stimuli/latencies.ts";
import { markNumber, parseMark } from "../../src/stimuli/mark.ts";
import { priorityClasses } from "../../src/stimuli/priority-classes.ts";
import { SlotOrder } from "../../src/stimuli/slot-order.ts";
import { parseInstruction } from "../../src/trace/stream.ts";

function group(suspendBuffer: number): GroupFacts {
  return { suspendBuffer, table: 0, queues: new Map(), below: new Set() };
}

describe("latencies", () => {
  const facts = (name: string, kept: number[]): Facts =>
    ({ latencies: new Map([[name, { count: kept.length, kept }]]) }) as unknown as Facts;
  const seen = (kept: number[], usual: number): number =>
    latenciesOf(facts("csg_start", kept), new Map([["csg_start", usual]]), true)[0].ns;

  it("are the profile's where a timer's lateness explains what was seen", () => {
    expect(seen([20_502, 20_001, 20_900], 20_000)).toBe(20_000);
    expect(seen([200_502], 20_000)).toBe(200_000);
  });

  it("are the roundest number otherwise", () => {
    expect(roundest(29_001, 30_102)).toBe(30_000);
    expect(roundest(4_000, 5_100)).toBe(5_000);
    expect(seen([33_400, 33_350], 20_000)).toBe(33_000);
  });

  it("of a real clock are what was measured", () => {
    const measured = latenciesOf(facts("mcu_boot", [812_345]), new Map([["mcu_boot", 1e6]]), false);
    expect(measured[0].ns).toBe(812_345);
  });
});

describe("HZ", () => {
  const hz = (jiffies: number, ns: number): number | null =>
    hzOf({ jiffies: [{ jiffies, ns }] } as unknown as Facts);

  it("follows from jiffies, which begin five minutes before they wrap", () => {
    expect(hz(2 ** 32 - 300 * 250 + 300, 1_201_149_071)).toBe(250);
    expect(hz(2 ** 32 - 300 * 1000 + 1201, 1_201_149_071)).toBe(1000);
  });

  it("is not known where the clocks do not begin together", () => {
    expect(hz(4_000_000, 77_000_000)).toBeNull();
  });
});

describe("priorities", () => {
  /** Ticks: groups from the highest slot priority down; `~` marks one that has to leave. */
  function ticks(orders: readonly string[]): Map<number, GroupFacts> {
    const groups = new Map<number, GroupFacts>();
    const order = new SlotOrder();
    const slots = new Map<number, number>();
    orders.forEach((text, t) => {
      order.turn(t * 10);
      const now = text.split(" ").map(Number);
      for (const [handle, slot] of slots) {
        if (now.includes(handle)) continue;
        order.leaves(slot);
        slots.delete(handle);
      }
      now.forEach((handle, i) => {
        let g = groups.get(handle);
        if (g === undefined) groups.set(handle, (g = group(handle)));
        const used = new Set(slots.values());
        let slot = slots.get(handle) ?? 0;
        while (!slots.has(handle) && used.has(slot)) slot++;
        slots.set(handle, slot);
        order.placed(slot, g, 15 - i, t * 10 + 1);
      });
    });
    order.turn(orders.length * 10);
    return groups;
  }
  const priorities = (...orders: string[]): Record<string, number> =>
    Object.fromEntries(priorityClasses(ticks(orders)));

  it("are one where groups take turns", () => {
    expect(priorities("1 2 3", "2 3 1", "3 1 2")).toEqual({ 1: 1, 2: 1, 3: 1 });
  });

  it("differ where one always stands above", () => {
    expect(priorities("9 1 2", "9 2 1")).toEqual({ 9: 1, 1: 0, 2: 0 });
  });

  it("see an eviction as a turn", () => {
    // 1 has to leave for 3, which 2 stands above: all three take turns.
    expect(priorities("1 2", "2 3", "3 1")).toEqual({ 1: 1, 2: 1, 3: 1 });
  });

  it("of four classes are all four", () => {
    const four = priorities("4 3 33 2 22 1 11", "4 33 3 22 2 11 1");
    expect(four).toEqual({ 4: 3, 3: 2, 33: 2, 2: 1, 22: 1, 1: 0, 11: 0 });
  });
});

describe("instruction words", () => {
  const fail = (): never => {
    throw new Error("does not parse");
  };
  const hardware = [
    "move48 d0, 0x2000000",
    "move32 r4, 0x12",
    "wait 0x3",
    "load r0, d2, mask=0x1",
    "sync_set64 d0, d2",
    "sync_add32 d4, r6, propagate",
    "sync_wait64 gt, d0, d2",
    "sync_wait32 le, d0, r2, reject",
    "heap_set d0",
    "error_barrier",
  ];
  it.each(hardware)("%s", (line) => {
    const [{ word }] = encodeInstruction(parseInstruction(line, fail)!, () => 0);
    const again = parseInstruction(instructionLine(word, new Map()), fail)!;
    expect(encodeInstruction(again, () => 0)[0].word).toBe(word);
    expect(instructionLine(word, new Map())).not.toMatch(/^word/);
  });

  it("of the recorder's device are what they stand for", () => {
    const line = (word: bigint): string => instructionLine(word, new Map());
    expect(line(0xe0000000000186a0n)).toBe("run 100us");
    expect(line(0xe200000000000058n)).toBe("fault cs 0x58");
    expect(line(0x1234567890abcdefn)).toBe("word 0x1234567890abcdef");
  });

  it("name addresses of a heap", () => {
    const names = new Map([[0x8000_0000_3000, "heap.context"]]);
    expect(instructionLine(0x0100800000003000n, names)).toBe("move48 d0, heap.context");
  });
});

describe("marks", () => {
  it("of calls have a name, details and arguments", () => {
    expect(parseMark("ioctl VM_BIND(async,map) begin")).toMatchObject({
      kind: "begin",
      name: "VM_BIND",
      detail: "async,map",
    });
    expect(parseMark("ioctl VM_BIND(async,map) end ret=-110")).toMatchObject({ ret: -110 });
    const submit = parseMark("submit group=3 queue=1 addr=0x1000200 size=64 nsyncs=2");
    expect(submit.kind === "before" && markNumber(submit.args, "addr")).toBe(0x1000200);
  });

  it("of nothing known are remarks", () => {
    expect(parseMark("frame 12")).toEqual({ kind: "remark", text: "frame 12" });
  });
});
