import { describe, expect, it } from "vitest";
import {
  csgControl,
  csgInput,
  csgOutput,
  csInput,
  csOutput,
  glbControl,
  glbInput,
  va,
} from "../../src/device/firmware/layout.ts";
import { withShape, zeroCost } from "../../src/device/profile/index.ts";
import { assemble, codeVa, dataVa, Rig } from "./rig.ts";

const { latencies } = zeroCost;
const idle = 1 << 29;

describe("boot", () => {
  it("publishes the control interfaces and raises the global interrupt", () => {
    const rig = new Rig();
    rig.powerL2();
    rig.enable(0);
    rig.write(0x1008, 0xffffffff);
    rig.write(0x700, 2);
    rig.run(latencies.mcuBoot - 1);
    expect(rig.read(0x704)).toBe(0);
    rig.run(1);
    expect(rig.read(0x704)).toBe(1);
    expect(rig.read(0x100c)).toBe(0x80000000);
    expect(rig.mcu(va.glbControl + glbControl.version)).toBe(0x01010000);
    expect(rig.mcu(va.glbControl + glbControl.groupNum)).toBe(8);
    const stride = rig.mcu(va.glbControl + glbControl.groupStride);
    const second = va.glbControl + 0x1000 + stride;
    expect(rig.mcu(second + csgControl.inputVa)).toBe(va.csgInput(1));
    expect(rig.mcu(second + csgControl.suspendSize)).toBe(64 * 1024);
    const csStride = rig.mcu(second + csgControl.streamStride);
    expect(rig.mcu(second + 0x40 + 7 * csStride)).toBe(0x7085f);
  });

  it("leaves request and acknowledgement words alone", () => {
    const rig = new Rig();
    rig.setMcu(va.glbInput, 0x48e);
    rig.setMcu(va.glbOutput, 0x480);
    rig.boot();
    expect([rig.mcu(va.glbInput), rig.mcu(va.glbOutput)]).toEqual([0x48e, 0x480]);
  });

  it("fails without memory behind it", () => {
    const rig = new Rig();
    rig.powerL2();
    rig.write(0x700, 2);
    rig.run(latencies.mcuBoot);
    expect(rig.read(0x704)).toBe(3);
    expect(rig.read(0x1000)).toBe(0);
  });

  it("reports as many slots as the shape has", () => {
    const rig = new Rig(withShape(zeroCost, { csgSlots: 4 }));
    rig.boot();
    expect(rig.mcu(va.glbControl + glbControl.groupNum)).toBe(4);
  });
});

describe("global requests", () => {
  it("are looked at after the doorbell's latency and acknowledged", () => {
    const rig = new Rig();
    rig.boot();
    rig.setMcu(va.glbInput + glbInput.ackIrqMask, 0x100);
    rig.setMcu(va.glbInput, 0x100);
    rig.run(latencies.fwGlobalDoorbell * 2);
    expect(rig.mcu(va.glbOutput)).toBe(0);
    rig.write(0x80000, 1);
    rig.run(latencies.fwGlobalDoorbell);
    expect(rig.mcu(va.glbOutput)).toBe(0x100);
    expect(rig.read(0x100c)).toBe(0x80000000);
  });

  it("raise no interrupt that the host did not ask for", () => {
    const rig = new Rig();
    rig.boot();
    rig.setMcu(va.glbInput + glbInput.ackIrqMask, 0);
    rig.setMcu(va.glbInput, 0x100);
    rig.write(0x80000, 1);
    rig.run(10_000);
    expect(rig.mcu(va.glbOutput)).toBe(0x100);
    expect(rig.read(0x1000)).toBe(0);
  });

  it("HALT stops the MCU without an acknowledgement", () => {
    const rig = new Rig();
    rig.boot();
    rig.setMcu(va.glbInput, 1);
    rig.write(0x80000, 1);
    rig.run(latencies.fwGlobalDoorbell + latencies.mcuHalt);
    expect(rig.read(0x704)).toBe(2);
    expect(rig.mcu(va.glbOutput)).toBe(0);
  });

  it("coalesce while a look is on its way", () => {
    const rig = new Rig();
    rig.boot();
    rig.setMcu(va.glbInput, 0x100);
    rig.write(0x80000, 1);
    rig.run(1_000);
    rig.write(0x80000, 1);
    rig.run(10_000);
    expect(rig.entries("fw_seen")).toHaveLength(1);
  });
});

describe("group slot", () => {
  it("starts streams and acknowledges after the latency of START", () => {
    const rig = new Rig();
    rig.boot();
    rig.enable(1);
    rig.request(2, 2, 1);
    rig.run(latencies.fwGlobalDoorbell + latencies.csgStart - 1);
    expect(rig.mcu(va.csgOutput(2))).toBe(0);
    rig.run(1);
    expect(rig.mcu(va.csgOutput(2))).toBe(0x11);
    expect(rig.mcu(va.csOutput(2, 1))).toBe(0x501);
    expect(rig.stream(2, 1).state).toBe("IDLE");
    expect(rig.read(0x1000)).toBe(4);
  });

  it("reports CSG_IDLE once all streams have had nothing to do for a while", () => {
    const rig = Rig.started(2);
    rig.run(latencies.csgIdle);
    expect(rig.mcu(va.csgOutput(0)) & idle).toBe(idle);
    rig.setMcu(va.csgInput(0), rig.mcu(va.csgInput(0)) | idle);
    rig.poke(codeVa, [0n]);
    rig.gpu.annotate(rig.physical(0x800000001000), { runNs: 100_000 });
    rig.submit(assemble().runCompute());
    rig.run(90_000);
    expect(rig.mcu(va.csgOutput(0)) & idle).toBe(idle);
    rig.run(50_000);
    expect(rig.mcu(va.csgOutput(0)) & idle).toBe(0);
  });

  it("reports GLB_IDLE after the idle timer of the host", () => {
    const rig = new Rig();
    rig.boot();
    rig.enable(1);
    rig.setMcu(va.glbInput, 0x400);
    rig.setMcu(va.glbInput + glbInput.idleTimer, 0x8000030e);
    rig.request(0, 1, 1);
    const at = rig.m.now + latencies.fwGlobalDoorbell + latencies.csgStart;
    rig.run(1_000_000);
    const events = rig.entries("fw_event").filter((e) => e.field === "GLB_IDLE");
    expect(events.map((e) => e.time)).toEqual([at + 782 * 1024]);
  });

  it("saves a running job on SUSPEND and goes on with the rest of it on RESUME", () => {
    const rig = Rig.started();
    const pc = rig.physical(0x800000001008);
    rig.gpu.annotate(pc, { runNs: 200_000 });
    rig.submit(assemble().move32(7, 42).runCompute().move32(8, 43));
    rig.run(50_000);
    expect(rig.stream().state).toBe("BUSY");
    const started = rig.entries("cs_state").find((e) => e.state === "BUSY")!.time as number;
    rig.groupRequest(0, 0x12);
    rig.run(latencies.fwGlobalDoorbell + latencies.csgSuspend);
    expect(rig.stream().state).toBe("SUSPENDED");
    expect(rig.mcu(va.csOutput(0, 0)) & 7).toBe(0);
    const ran = rig.m.now - started;
    rig.stream().regs.r.fill(0);
    rig.run(500_000);
    rig.request(0, 1, 3);
    rig.run(latencies.fwGlobalDoorbell + latencies.csgResume);
    expect(rig.stream().state).toBe("BUSY");
    const resumed = rig.m.now;
    rig.run(1_000_000);
    expect(rig.stream().state).toBe("IDLE");
    const end = rig
      .entries("cs_state")
      .filter((e) => e.state === "RUN")
      .at(-1)!.time as number;
    expect(end - resumed).toBe(200_000 - ran);
    expect([rig.stream().regs.get32(7), rig.stream().regs.get32(8)]).toEqual([42, 43]);
  });

  it("faults in address space 0 when the suspend buffer is gone", () => {
    const rig = Rig.started();
    rig.setMcu(va.csgInput(0) + csgInput.suspendBuf, 0x05000000);
    rig.groupRequest(0, 0x10);
    rig.run(40_000);
    rig.request(0, 1, 1);
    rig.setMcu(va.csgInput(0) + csgInput.suspendBuf, 0x05000000);
    rig.run(40_000);
    rig.groupRequest(0, 0x12);
    rig.run(60_000);
    expect(rig.entries("as_fault")[0]).toMatchObject({ as: 0, va: 0x05000000 });
  });

  it("writes what a stream waits for on STATUS_UPDATE", () => {
    const rig = Rig.started();
    rig.poke(dataVa, [5n, 0n]);
    rig.submit(assemble().move48(0, dataVa).move48(2, 5).syncWait64(1, 0, 2));
    rig.run(10_000);
    rig.groupRequest(0, 0x31);
    rig.run(latencies.fwGlobalDoorbell + latencies.csgUpdate);
    const out = va.csOutput(0, 0);
    expect(rig.mcu(out + csOutput.statusBlockedReason)).toBe(3);
    expect(rig.mcu(out + csOutput.statusWaitSyncPtr)).toBe(dataVa);
    expect(rig.mcu(out + csOutput.statusWaitSyncValue)).toBe(5);
    // SYNC_WAIT, 64 bits, greater.
    expect(rig.mcu(out + csOutput.statusWait) >>> 0).toBe(0xc1000000);
  });

  it("looks again at requests that came while one was being answered", () => {
    const rig = Rig.started();
    rig.groupRequest(0, 0x12);
    rig.run(10_000);
    rig.groupRequest(0, 0x32);
    rig.run(200_000);
    expect(rig.mcu(va.csgOutput(0)) & 0x37).toBe(0x32);
  });

  it("hands heap chunks to a stream whose tiler is out of memory", () => {
    const rig = Rig.started();
    rig.gpu.annotate(rig.physical(0x800000001010), { tilerOom: true });
    rig.submit(assemble().move48(0, 0x9000).heapSet(0).nop().move32(5, 1));
    rig.run(10_000);
    expect(rig.stream().state).toBe("OOM_WAIT");
    const out = va.csOutput(0, 0);
    expect(rig.mcu(out + csOutput.heapAddress)).toBe(0x9000);
    expect(rig.mcu(out + csOutput.heapVtStart)).toBeGreaterThan(rig.mcu(out + csOutput.heapVtEnd));
    expect(rig.mcu(va.csgOutput(0) + csgOutput.csIrqReq)).toBe(1);
    rig.setMcu(va.csInput(0, 0) + csInput.heapStart, 0x200000);
    rig.setMcu(va.csInput(0, 0), 0x501 | (1 << 26));
    rig.ringSlot(0, 1);
    rig.run(20_000);
    expect(rig.stream().regs.get32(5)).toBe(1);
  });

  it("host_req shows what changed since the last doorbell, once", () => {
    const rig = Rig.started();
    const from = rig.m.rec.length;
    rig.groupRequest(0, 0x31);
    expect(rig.entries("host_req", from).map((e) => e.field)).toEqual([
      "CSG_REQ",
      "GLB_DOORBELL_REQ",
    ]);
    rig.write(0x80000, 1);
    expect(rig.entries("host_req", from)).toHaveLength(2);
  });
});
