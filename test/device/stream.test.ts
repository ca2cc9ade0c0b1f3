import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { condition } from "../../src/device/cs/opcode.ts";
import { va } from "../../src/device/firmware/layout.ts";
import { withShape, zeroCost } from "../../src/device/profile/index.ts";
import { assemble, codeVa, dataVa, Rig, ringVa } from "./rig.ts";

const async = withShape(zeroCost, { runBlocksStream: false });

function ran(program: ReturnType<typeof assemble>, rig = Rig.started()): Rig {
  rig.submit(program);
  rig.run(1_000_000);
  return rig;
}

describe("registers and arithmetic", () => {
  it("moves immediates", () => {
    const rig = ran(assemble().move48(4, 0x123456789abc).move32(6, 0xfffffffe));
    const { regs } = rig.stream();
    expect(regs.address(4)).toBe(0x123456789abc);
    expect(regs.get32(6)).toBe(0xfffffffe);
  });

  it("adds with the wrap of the width, like a reference", () => {
    const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(u32, u32, i32, (lo, hi, imm) => {
        const p = assemble().move32(0, lo).move32(1, hi).add32(2, 0, imm).add64(4, 0, imm);
        const { regs } = ran(p.umin32(6, 0, 1)).stream();
        expect(regs.get32(2)).toBe((lo + imm) >>> 0);
        const wide = BigInt.asUintN(64, ((BigInt(hi) << 32n) | BigInt(lo)) + BigInt(imm));
        expect(regs.get64(4)).toBe(wide);
        expect(regs.get32(6)).toBe(Math.min(lo, hi));
      }),
      { numRuns: 30 },
    );
  });

  it("loads and stores the registers of the mask at consecutive words", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [0x2222222211111111n, 0x4444444433333333n]);
    ran(assemble().move48(0, dataVa).load(8, 0b1011, 0).store(8, 0b1011, 0, 32), rig);
    const { regs } = rig.stream();
    expect([8, 9, 10, 11].map((i) => regs.get32(i))).toEqual([
      0x11111111, 0x22222222, 0, 0x44444444,
    ]);
    expect(rig.peek64(dataVa + 32)).toBe(0x2222222211111111n);
    expect(rig.peek64(dataVa + 40)).toBe(0x4444444400000000n);
  });

  it("runs what it has just stored ahead of itself", () => {
    const rig = Rig.started();
    const [move] = assemble().move32(20, 7).words;
    const p = assemble()
      .move32(8, Number(move & 0xffffffffn))
      .move32(9, Number(move >> 32n));
    // The ring begins empty: the word that is overwritten reads as zero until then.
    p.move48(0, ringVa)
      .nop()
      .store(8, 0b11, 0, 7 * 8)
      .nop(4);
    ran(p, rig);
    expect(rig.stream().regs.get32(20)).toBe(7);
  });

  it("loops with BRANCH", () => {
    const p = assemble().move32(0, 5).move32(1, 0).add32(1, 1, 3).add32(0, 0, -1);
    const rig = ran(p.branch(condition.greater, 0, -3));
    expect(rig.stream().regs.get32(1)).toBe(15);
    expect(rig.stream().state).toBe("IDLE");
  });

  it("gives time to others in a loop that never ends", () => {
    const rig = ran(assemble().branch(condition.always, 0, -1));
    expect(rig.stream().state).toBe("RUN");
    expect(rig.m.now).toBeGreaterThan(1_000_000);
  });
});

describe("calls", () => {
  it("fetches a word that lies across two pages", () => {
    const rig = Rig.started();
    rig.physical(codeVa);
    const first = rig.physical(codeVa + 4096);
    expect(rig.physical(codeVa + 8192)).toBe(first + 4096);
    const [move] = assemble().move32(20, 7).words;
    rig.memory.write64(first + 4092, move);
    ran(
      assemble()
        .move48(0, codeVa + 8188)
        .move32(2, 8)
        .call(0, 2)
        .move32(21, 8),
      rig,
    );
    const { regs } = rig.stream();
    expect([regs.get32(20), regs.get32(21)]).toEqual([7, 8]);
  });

  it("runs a called buffer and comes back behind the CALL", () => {
    const rig = Rig.started();
    rig.poke(codeVa, assemble().move32(10, 1).move32(11, 2).words);
    ran(assemble().move48(0, codeVa).move32(2, 16).call(0, 2).move32(12, 3), rig);
    expect([10, 11, 12].map((i) => rig.stream().regs.get32(i))).toEqual([1, 2, 3]);
    const inCall = rig.entries("cs_instr").filter((e) => e.in_call === 1);
    expect(inCall.map((e) => e.pc)).toEqual([codeVa, codeVa + 8]);
  });

  it("does not return to the caller of a buffer that jumped away", () => {
    const rig = Rig.started();
    const second = codeVa + 0x100;
    const first = assemble().move48(0, second).move32(2, 8).jump(0, 2).move32(10, 9);
    rig.poke(codeVa, first.words);
    rig.poke(second, assemble().move32(11, 1).words);
    ran(assemble().move48(0, codeVa).move32(2, 32).call(0, 2).move32(12, 1), rig);
    expect([10, 11, 12].map((i) => rig.stream().regs.get32(i))).toEqual([0, 1, 1]);
  });

  it("is fatal beyond eight levels", () => {
    const rig = Rig.started();
    rig.poke(codeVa, assemble().call(0, 2).words);
    ran(assemble().move48(0, codeVa).move32(2, 8).call(0, 2), rig);
    expect(rig.stream().state).toBe("FATAL");
    expect(rig.stream().fatal.word).toBe(0x4a);
  });

  it("is fatal at an opcode that does not exist", () => {
    const rig = ran(assemble().raw(0xe1n << 56n));
    expect(rig.stream().state).toBe("FATAL");
    expect(rig.stream().fatal.word).toBe(0x49);
    expect(rig.mcu(va.csOutput(0, 0)) & (1 << 30)).not.toBe(0);
  });
});

describe("sync objects", () => {
  it("writes value and status and tells the host", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [41n, 0xffn]);
    ran(assemble().move48(0, dataVa).move48(2, 1).syncAdd64(0, 2, { propagate: true }), rig);
    expect([rig.peek64(dataVa), rig.peek64(dataVa + 8)]).toEqual([42n, 0n]);
    expect(rig.mcu(va.csgOutput(0)) & (1 << 28)).not.toBe(0);
  });

  it("adds and sets with the wrap of the width, like a reference", () => {
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(u64, u64, (value, operand) => {
        const rig = Rig.started();
        const mask = 2n ** 32n - 1n;
        rig.poke(dataVa, [value, 5n, value, 5n]);
        const p = assemble()
          .move48(0, dataVa)
          .move48(4, dataVa + 16);
        p.move32(2, Number(operand & mask)).move32(3, Number(operand >> 32n));
        ran(p.syncAdd64(0, 2).syncAdd32(4, 2).syncSet64(0, 2), rig);
        const added = BigInt.asUintN(64, value + operand);
        const added32 = BigInt.asUintN(32, value + operand);
        const writes = rig.entries("sync_write").map((e) => [e.old, e.new]);
        expect(writes).toEqual([
          [Number(value), Number(added)],
          [Number(value & mask), Number(added32)],
          [Number(added), Number(operand)],
        ]);
        expect(rig.peek64(dataVa)).toBe(operand);
        // The status takes the place of the upper half.
        expect([rig.peek64(dataVa + 16), rig.peek64(dataVa + 8)]).toEqual([added32, 0n]);
      }),
      { numRuns: 30 },
    );
  });

  it("does not tell the host when the scope is the group", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [0n, 0n]);
    ran(assemble().move48(0, dataVa).move48(2, 1).syncSet32(0, 2, { groupScope: true }), rig);
    expect(rig.peek64(dataVa)).toBe(1n);
    expect(rig.mcu(va.csgOutput(0)) & (1 << 28)).toBe(0);
  });

  it.each([
    ["lequal", 4n, 5n, condition.lequal],
    ["greater", 6n, 5n, condition.greater],
  ])("passes a wait that holds already: %s", (_, value, reference, cond) => {
    const rig = Rig.started();
    rig.poke(dataVa, [value, 0n]);
    const p = assemble().move48(0, dataVa).move48(2, Number(reference));
    ran(p.syncWait64(cond, 0, 2).move32(9, 1), rig);
    expect(rig.stream().regs.get32(9)).toBe(1);
  });

  it("wakes a stream of another queue", () => {
    const rig = Rig.started(2);
    rig.poke(dataVa, [0n, 0n]);
    const waiter = assemble().move48(0, dataVa).move48(2, 0).syncWait64(condition.greater, 0, 2);
    rig.submit(waiter.move32(9, 1), 0, 0);
    rig.run(20_000);
    expect(rig.stream(0, 0).state).toBe("SYNC_WAIT");
    rig.submit(assemble().move48(0, dataVa).move48(2, 1).syncSet64(0, 2), 0, 1);
    rig.run(20_000);
    expect(rig.stream(0, 0).regs.get32(9)).toBe(1);
    expect(rig.stream(0, 0).state).toBe("IDLE");
  });

  it("inherits an error, unless it rejects it", () => {
    for (const reject of [false, true]) {
      const rig = Rig.started();
      rig.poke(dataVa, [1n, 0x58n]);
      const p = assemble().move48(0, dataVa).move48(2, 0);
      ran(p.syncWait64(condition.greater, 0, 2, reject), rig);
      expect(rig.stream().state).toBe(reject ? "IDLE" : "FAULT_WAIT");
      if (!reject) expect(rig.stream().fault.word).toBe(0x4b);
    }
  });
});

describe("time", () => {
  it("is charged before the next visible instruction, and not before", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [0n, 0n]);
    const from = rig.m.rec.length;
    const at = rig.m.now + zeroCost.latencies.csDoorbell;
    ran(assemble().move48(0, dataVa).move48(2, 1).nop(3).syncAdd64(0, 2).nop(4), rig);
    const times = rig.entries("cs_instr", from).map((e) => (e.time as number) - at);
    // Six instructions of 50 ns, the sync operation included; a fresh stream's first is free.
    expect(times).toEqual([0, 0, 0, 0, 0, 250, 250, 250, 250, 250]);
  });

  it("a blocking run holds the stream for as long as the annotation says", () => {
    const rig = Rig.started();
    rig.gpu.annotate(rig.physical(ringVa), { runNs: 77_000 });
    ran(assemble().runCompute().move32(3, 1), rig);
    const states = rig.entries("cs_state").slice(-4);
    expect(states.map((e) => e.state)).toEqual(["RUN", "BUSY", "RUN", "IDLE"]);
    expect((states[2].time as number) - (states[1].time as number)).toBe(77_000);
  });

  it("an asynchronous run signals its scoreboard entry; WAIT waits for it", () => {
    const rig = Rig.started(1, async);
    rig.gpu.annotate(rig.physical(ringVa + 8), { runNs: 60_000 });
    rig.submit(
      assemble()
        .setSbEntry(3, 0)
        .runCompute()
        .move32(4, 1)
        .wait(1 << 3)
        .move32(5, 1),
    );
    rig.run(20_000);
    const { regs } = rig.stream();
    expect([regs.get32(4), regs.get32(5), rig.stream().state]).toEqual([1, 0, "WAIT_SB"]);
    rig.run(50_000);
    expect([regs.get32(5), rig.stream().state]).toEqual([1, "IDLE"]);
  });

  it("an operation with a wait mask happens when the entries are free", () => {
    const rig = Rig.started(1, async);
    rig.poke(dataVa, [0n, 0n]);
    rig.gpu.annotate(rig.physical(ringVa + 24), { runNs: 60_000 });
    const p = assemble().move48(0, dataVa).move48(2, 7).setSbEntry(1, 0).runCompute();
    rig.submit(p.syncSet64(0, 2, { waitMask: 1 << 1, signal: 2 }).move48(2, 9));
    rig.run(20_000);
    expect([rig.peek64(dataVa), rig.stream().state]).toEqual([0n, "IDLE"]);
    expect(rig.stream().isIdle).toBe(false);
    rig.run(50_000);
    expect(rig.peek64(dataVa)).toBe(7n);
    expect(rig.stream().isIdle).toBe(true);
  });

  it("skips a flush that has been overtaken", () => {
    const rig = Rig.started();
    const id = rig.read(0x10000);
    ran(assemble().move32(0, 0).flushCache2(0).wait(1), rig);
    expect(rig.read(0x10000)).toBe(id + 1);
    ran(assemble().move32(0, id).flushCache2(0).wait(1), rig);
    expect(rig.read(0x10000)).toBe(id + 1);
  });

  it("stores counters", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [0n, 0n]);
    ran(assemble().move48(0, dataVa).storeState(1, 0).storeState(0, 0, 8), rig);
    expect(rig.peek64(dataVa)).toBeGreaterThan(0n);
    expect(rig.peek64(dataVa + 8)).toBeGreaterThan(rig.peek64(dataVa));
  });
});

describe("faults", () => {
  it("goes on behind the job once CS_FAULT is acknowledged, with the error in the sync object", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [0n, 0n]);
    rig.poke(codeVa, assemble().nop().move32(20, 1).words);
    rig.gpu.annotate(rig.physical(codeVa), { csFault: { type: 0x58, info: 0x1234 } });
    const p = assemble().move48(0, codeVa).move32(2, 16).call(0, 2);
    p.move48(0, dataVa).move48(2, 1).syncAdd64(0, 2, { propagate: true }).errorBarrier();
    ran(p.syncAdd64(0, 2, { propagate: true }), rig);
    expect(rig.stream().state).toBe("FAULT_WAIT");
    rig.setMcu(va.csInput(0, 0), (0x501 | (1 << 31)) >>> 0);
    rig.ringSlot(0, 1);
    rig.run(100_000);
    expect(rig.entries("sync_write").map((e) => e.status)).toEqual([0x58, 0]);
    expect(rig.stream().regs.get32(20)).toBe(0);
  });

  it("stops at a page that is not mapped", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [0n]);
    ran(assemble().move48(0, 0x77000000).load(4, 1, 0), rig);
    expect(rig.stream().state).toBe("AS_FAULT");
    expect(rig.entries("as_fault")[0]).toMatchObject({ as: 1, va: 0x77000000, status: 0x8002c1 });
  });

  it("raises a GPU fault and goes on", () => {
    const rig = Rig.started();
    rig.gpu.annotate(rig.physical(ringVa), { gpuFault: { status: 0x80 } });
    ran(assemble().nop().move32(3, 1), rig);
    expect([rig.read(0x3c), rig.read(0x20) & 1]).toEqual([0x80, 1]);
    expect(rig.stream().regs.get32(3)).toBe(1);
  });

  it("waits for another queue's progress", () => {
    const rig = Rig.started(2);
    rig.submit(assemble().move32(0, 3).progressWait(1, 0).move32(9, 1), 0, 0);
    rig.run(20_000);
    expect(rig.stream(0, 0).blockedReason).toBe(2);
    rig.submit(assemble().move32(0, 3).progressStore(0), 0, 1);
    rig.run(20_000);
    expect(rig.stream(0, 0).regs.get32(9)).toBe(1);
  });
});
