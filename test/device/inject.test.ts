import { describe, expect, it } from "vitest";
import { va } from "../../src/device/firmware/layout.ts";
import { zeroCost } from "../../src/device/profile/index.ts";
import { assemble, dataVa, Rig, ringVa } from "./rig.ts";

const { latencies } = zeroCost;
const syncUpdate = 1 << 28;

function softReset(rig: Rig): void {
  rig.write(0x30, 0x101);
  rig.run(latencies.softReset);
}

describe("injected faults", () => {
  it("a dead firmware answers nothing until it is booted again; streams go on", () => {
    const rig = Rig.started();
    rig.gpu.annotate(rig.physical(ringVa), { runNs: 50_000 });
    rig.submit(assemble().runCompute().move32(3, 1));
    rig.run(10_000);
    rig.gpu.inject({ kind: "fw-dead" });
    rig.groupRequest(0, 0x12);
    rig.run(500_000);
    expect(rig.mcu(va.csgOutput(0)) & 7).toBe(1);
    expect(rig.stream().regs.get32(3)).toBe(1);
    softReset(rig);
    rig.boot();
    rig.setMcu(va.glbInput, 0x100);
    rig.write(0x80000, 1);
    rig.run(10_000);
    expect(rig.mcu(va.glbOutput) & 0x100).toBe(0x100);
  });

  it("a late firmware answers later", () => {
    const rig = Rig.started();
    rig.gpu.inject({ kind: "fw-late", extraNs: 1_000_000 });
    rig.groupRequest(0, 0x12);
    rig.run(900_000);
    expect(rig.mcu(va.csgOutput(0)) & 7).toBe(1);
    rig.run(200_000);
    expect(rig.mcu(va.csgOutput(0)) & 7).toBe(2);
  });

  it("a lost doorbell is not looked at; the next one is", () => {
    const rig = new Rig();
    rig.boot();
    rig.gpu.inject({ kind: "fw-loses-request" });
    rig.setMcu(va.glbInput, 0x100);
    rig.write(0x80000, 1);
    rig.run(100_000);
    expect(rig.mcu(va.glbOutput)).toBe(0);
    rig.write(0x80000, 1);
    rig.run(100_000);
    expect(rig.mcu(va.glbOutput)).toBe(0x100);
  });

  it("boots fail as often as told", () => {
    const rig = new Rig();
    rig.enable(0);
    rig.powerL2();
    rig.gpu.inject({ kind: "boot-fail", count: 1 });
    for (const status of [3, 1]) {
      rig.write(0x700, 2);
      rig.run(latencies.mcuBoot);
      expect(rig.read(0x704)).toBe(status);
      rig.write(0x700, 0);
      rig.run(latencies.mcuStop);
    }
  });

  it("AS_ACTIVE sticks until the soft reset", () => {
    const rig = new Rig();
    rig.gpu.inject({ kind: "as-stuck", mask: 2 });
    expect([rig.read(0x2428), rig.read(0x2468)]).toEqual([0, 1]);
    softReset(rig);
    expect(rig.read(0x2468)).toBe(0);
  });

  it("a stuck command has its effect but no end, after the ones to skip", () => {
    const rig = new Rig();
    rig.gpu.inject({ kind: "as-command-stuck", commands: 1 << 2, skip: 1 });
    for (const busy of [0, 1]) {
      rig.write(0x2450, 0x0200000e);
      rig.write(0x2458, 2);
      rig.run(100_000);
      expect(rig.read(0x2468)).toBe(busy);
    }
    expect(rig.gpu.mmu.spaces[1].isLocked(dataVa)).toBe(true);
  });

  it("an ignored command does nothing", () => {
    const rig = new Rig();
    rig.gpu.inject({ kind: "as-command-ignored", commands: 1 << 2 });
    rig.write(0x2458, 2);
    expect([rig.read(0x2468), rig.gpu.mmu.spaces[1].lock]).toEqual([0, null]);
  });

  it("a stuck flush never ends; after the soft reset flushes work", () => {
    const rig = new Rig();
    rig.gpu.inject({ kind: "flush-stuck" });
    rig.write(0x30, 0x23304);
    rig.run(1_000_000);
    expect(rig.read(0x20) & (1 << 17)).toBe(0);
    softReset(rig);
    rig.write(0x30, 0x23304);
    rig.run(latencies.cacheFlush);
    expect(rig.read(0x20) & (1 << 17)).toBe(1 << 17);
  });

  it("a power domain does not come up", () => {
    const rig = new Rig();
    rig.gpu.inject({ kind: "power-on-fails" });
    for (const ready of [0, 1]) {
      rig.write(0x1a0, 1);
      expect(rig.read(0x220)).toBe(1);
      rig.run(latencies.l2Power);
      expect([rig.read(0x220), rig.read(0x160)]).toEqual([0, ready]);
    }
  });

  it("an interrupt gets lost; another comes without reason", () => {
    const rig = new Rig();
    rig.write(0x28, 0xffffffff);
    rig.gpu.inject({ kind: "lose-irq", line: "gpu" });
    rig.write(0x30, 0x23304);
    rig.run(latencies.cacheFlush);
    expect(rig.entries("irq_raise")).toHaveLength(1);
    expect(rig.levels).toEqual([]);
    rig.gpu.inject({ kind: "spurious-irq", line: "mmu" });
    rig.run(2 * latencies.irqDelay);
    expect(rig.levels).toEqual([
      ["mmu", true],
      ["mmu", false],
    ]);
  });

  it("a sync write goes unreported", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [0n, 0n]);
    rig.gpu.inject({ kind: "sync-mute", count: 1 });
    rig.submit(assemble().move48(0, dataVa).move48(2, 1).syncAdd64(0, 2));
    rig.run(20_000);
    expect([rig.peek64(dataVa), rig.mcu(va.csgOutput(0)) & syncUpdate]).toEqual([1n, 0]);
  });

  it("a job ends inside SUSPEND without an event", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [0n, 0n]);
    rig.gpu.annotate(rig.physical(ringVa + 16), { runNs: 10_000_000 });
    rig.submit(assemble().move48(0, dataVa).move48(2, 1).runCompute().syncAdd64(0, 2));
    rig.run(20_000);
    rig.gpu.inject({ kind: "suspend-finishes-job", count: 1 });
    rig.groupRequest(0, 0x12);
    rig.run(100_000);
    expect(rig.peek64(dataVa)).toBe(1n);
    expect(rig.mcu(va.csgOutput(0)) & syncUpdate).toBe(0);
    expect(rig.stream().state).toBe("SUSPENDED");
  });

  it("a hung GPU makes no progress until the soft reset", () => {
    const rig = Rig.started();
    rig.gpu.inject({ kind: "gpu-hang" });
    rig.submit(assemble().move32(3, 1));
    rig.run(1_000_000);
    expect([rig.stream().state, rig.stream().regs.get32(3)]).toEqual(["HUNG", 0]);
    softReset(rig);
    expect(rig.gpu.injections.gpuHang).toBe(false);
  });

  it("an event storm raises all slots of its mask, as often as told", () => {
    const rig = Rig.started();
    rig.gpu.inject({ kind: "event-storm", count: 3, periodNs: 4_000, mask: 3 });
    rig.run(100_000);
    const events = rig.entries("fw_event").filter((e) => e.field === "CSG_SYNC_UPDATE");
    expect(events.map((e) => e.csg)).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it("a stopped MCU raises no events and touches no memory, whatever was asked for", () => {
    const rig = Rig.started();
    const syncUpdates = () =>
      rig.entries("fw_event").filter((e) => e.field === "CSG_SYNC_UPDATE").length;
    rig.gpu.inject({ kind: "late-events", delaysNs: [5_000, 50_000] });
    rig.groupRequest(0, 0x12);
    rig.run(latencies.csgSuspend + 20_000);
    expect(syncUpdates()).toBe(1);
    rig.gpu.inject({ kind: "event-storm", count: 20, periodNs: 4_000, mask: 1 });
    rig.run(10_000);
    expect(syncUpdates()).toBe(3);
    rig.write(0x700, 0);
    rig.run(latencies.mcuStop);
    const before = syncUpdates();
    rig.write(0x1004, 0xffff_ffff);
    rig.write(0x2418, 1);
    rig.run(100_000);
    expect(syncUpdates()).toBe(before);
    expect([rig.read(0x1000), rig.read(0x2000)]).toEqual([0, 0]);
    rig.write(0x700, 2);
    rig.run(latencies.mcuBoot);
    expect(rig.read(0x704)).toBe(1);
  });

  it("a table entry is cleared behind the driver's back; caches do not know", () => {
    const rig = new Rig();
    rig.enable(1);
    rig.poke(dataVa, [1n]);
    const space = rig.gpu.mmu.spaces[1];
    space.access(dataVa, "read");
    rig.gpu.inject({ kind: "pt-zap", as: 1, va: dataVa });
    expect(space.access(dataVa, "read").kind).toBe("ok");
    space.tlb.invalidateAll();
    expect(space.access(dataVa, "read").kind).toBe("fault");
    rig.poke(dataVa + 4096, [1n]);
    rig.gpu.inject({ kind: "pt-forge", as: 1, va: dataVa });
    expect(space.access(dataVa, "read").kind).toBe("ok");
  });
});
