import { describe, expect, it } from "vitest";
import type { Driver } from "../../../src/driver/driver.ts";
import { instrOps } from "../../../src/driver/sched/instrs.ts";
import type {
  PanthorJob,
  PanthorJobCsParams,
  PanthorJobRingbufInstrs,
  PanthorQueue,
} from "../../../src/driver/sched/types.ts";

const ringbufSize = 4096;
const drv = {
  gem: { kernelBoSize: () => ringbufSize },
} as unknown as Driver;
const sched = instrOps(drv);
Object.assign(drv, { sched });

const hex = (n: number): string => n.toString(16).padStart(8, "0");
const words = ({ buffer, count }: PanthorJobRingbufInstrs): string[] =>
  Array.from({ length: count }, (_, i) => hex(buffer[2 * i + 1]) + hex(buffer[2 * i]));

// Register numbers and addresses of the recordings: 96 registers, 4 of them for the kernel.
const params: PanthorJobCsParams = {
  profileMask: 0,
  addrReg: 0x5c,
  valReg: 0x5e,
  cycleReg: 0x5c,
  timeReg: 0x5e,
  syncAddr: 0x800000000000,
  timesAddr: 0x800000002000,
  csStart: 0x1000000,
  csSize: 64,
  lastFlush: 0,
  waitallMask: 0xff,
};

describe("instructions of a job", () => {
  it("are the words of recording 02-single-job", () => {
    expect(words(sched.prepareJobInstrs(params))).toEqual([
      "025e000000000000",
      "24005e0000000233",
      "015c000001000000",
      "025e000000000040",
      "0300000000010000",
      "20005c5e00000000",
      "015c800000000000",
      "015e000000000001",
      "0300000000ff0000",
      "33005c5e00000001",
      "2f00000000000000",
      ...Array<string>(5).fill("0000000000000000"),
    ]);
  });

  it("are the words of recording 03e-job-profiling with profiling on", () => {
    expect(words(sched.prepareJobInstrs({ ...params, profileMask: 3 }))).toEqual([
      "025e000000000000",
      "24005e0000000233",
      "015c800000002000",
      "28005c0100000000",
      "015e800000002010",
      "28005e0000000000",
      "015c000001000000",
      "025e000000000040",
      "0300000000010000",
      "20005c5e00000000",
      "015c800000002008",
      "28005c0100000000",
      "015e800000002018",
      "28005e0000000000",
      "015c800000000000",
      "015e000000000001",
      "0300000000ff0000",
      "33005c5e00000001",
      "2f00000000000000",
      ...Array<string>(5).fill("0000000000000000"),
    ]);
  });

  it("wait for the first 16 scoreboards only: the mask is shifted as a u32", () => {
    const waits = words(sched.prepareJobInstrs({ ...params, waitallMask: 0xfffff }));
    expect(waits[8]).toBe("03000000ffff0000");
  });

  it("cost a credit each, in whole cache lines", () => {
    expect([0, 1, 2, 3].map((mask) => sched.calcJobCredits(mask))).toEqual([16, 16, 16, 24]);
  });

  it("bound the number of profiling slots of a ring", () => {
    const { calcProfilingRingbufNumSlots: slots } = sched;
    expect(slots(undefined as never, 4096)).toBe(32);
    expect(slots(undefined as never, 65536)).toBe(512);
  });

  it("wrap at the end of the ring", () => {
    const memory = new Map<number, number>();
    const kmap = {
      writeWords(offset: number, values: readonly number[], first: number, count: number): void {
        for (let i = 0; i < count; i++) memory.set(offset + 4 * i, values[first + i]);
      },
    };
    const queue = { ringbuf: { kmap } } as unknown as PanthorQueue;
    // 8 of the 16 instructions before the end; insert offsets themselves do not wrap.
    const job = { ringbuf: { start: 3 * ringbufSize - 64, end: 0 } } as PanthorJob;
    sched.copyInstrsToRingbuf(queue, job, sched.prepareJobInstrs(params));
    expect(memory.size).toBe(32);
    expect(hex(memory.get(ringbufSize - 60)!)).toBe("025e0000");
    expect(hex(memory.get(4)!)).toBe("03000000");
    expect(hex(memory.get(0)!)).toBe("00ff0000");
    expect(memory.get(64)).toBeUndefined();
  });
});
