// The power control block by itself: domains, who may switch them, and what is refused.

import { describe, expect, it } from "vitest";
import { maliG1 } from "../../src/device/profile/index.ts";
import { pwr, pwrCommand, pwrDomain, pwrIrq } from "../../src/device/registers/pwr.ts";
import { Rig } from "./rig.ts";

const { latencies } = maliG1;
const command = (code: number, domain: number): number => (domain << 8) | code;
const status = (rig: Rig): { readonly lo: number; readonly hi: number } => ({
  lo: rig.read(pwr.PWR_STATUS.offset),
  hi: rig.read(pwr.PWR_STATUS.offset + 4),
});
const raw = (rig: Rig): number => rig.read(pwr.PWR_INT_RAWSTAT.offset);

function ask(rig: Rig, code: number, domain: number, cores = 0): void {
  if (cores !== 0) rig.write(pwr.PWR_CMDARG.offset, cores);
  rig.write(pwr.PWR_COMMAND.offset, command(code, domain));
}

/** A device with the L2 on and the shader domain delegated. */
function delegated(): Rig {
  const rig = new Rig(maliG1);
  ask(rig, pwrCommand.powerUp, pwrDomain.L2, 1);
  rig.run(latencies.l2Power);
  ask(rig, pwrCommand.delegate, pwrDomain.SHADER);
  rig.run(latencies.pwrCommand);
  rig.write(pwr.PWR_INT_CLEAR.offset, 0xffffffff);
  return rig;
}

describe("power control block", () => {
  it("brings a domain up after its time, and says so twice when nothing else moves", () => {
    const rig = new Rig(maliG1);
    ask(rig, pwrCommand.powerUp, pwrDomain.L2, 1);
    expect(rig.read(pwr.PWR_L2_PWRTRANS.offset)).toBe(1);
    rig.run(latencies.l2Power);
    expect(rig.read(pwr.PWR_L2_READY.offset)).toBe(1);
    expect(raw(rig)).toBe(pwrIrq.powerChangedSingle | pwrIrq.powerChangedAll);
  });

  it("allows the shader domain only with the L2, and not once it is delegated", () => {
    const rig = new Rig(maliG1);
    const shader = 1 << pwrDomain.SHADER;
    expect(status(rig).lo & shader).toBe(0);
    ask(rig, pwrCommand.powerUp, pwrDomain.SHADER, 1);
    expect(raw(rig)).toBe(pwrIrq.commandNotAllowed);
    const on = delegated();
    expect(status(on).lo & shader).toBe(0);
    expect((status(on).lo >>> 16) & shader).toBe(shader);
    ask(on, pwrCommand.powerUp, pwrDomain.SHADER, 1);
    expect(raw(on)).toBe(pwrIrq.commandNotAllowed);
  });

  it("takes a domain back, with an interrupt of its own", () => {
    const rig = delegated();
    ask(rig, pwrCommand.retract, pwrDomain.SHADER);
    expect(status(rig).hi & (1 << (43 - 32))).not.toBe(0);
    rig.run(latencies.pwrCommand);
    expect(raw(rig)).toBe(pwrIrq.delegationChanged | pwrIrq.retractCompleted);
    expect((status(rig).lo >>> 16) & (1 << pwrDomain.SHADER)).toBe(0);
  });

  it("refuses the L2 for delegation, and to go down before its children", () => {
    const rig = delegated();
    ask(rig, pwrCommand.delegate, pwrDomain.L2);
    expect(raw(rig)).toBe(pwrIrq.commandNotAllowed);
    rig.gpu.pwr!.mcuPower(true);
    rig.run(latencies.l2Power);
    ask(rig, pwrCommand.powerDown, pwrDomain.L2, 1);
    rig.run(latencies.l2Power);
    expect(rig.read(pwr.PWR_L2_READY.offset)).toBe(1);
  });

  it("knows no other commands and domains", () => {
    for (const [code, domain] of [
      [0x77, pwrDomain.L2],
      [pwrCommand.powerUp, 5],
    ]) {
      const rig = new Rig(maliG1);
      ask(rig, code, domain);
      expect(raw(rig)).toBe(pwrIrq.commandInvalid);
    }
    expect(() => ask(new Rig(maliG1), pwrCommand.inspect, 0)).toThrow("INSPECT");
  });

  it("is reset by its own command: everything is off and the host's", () => {
    const rig = delegated();
    rig.write(pwr.PWR_COMMAND.offset, pwrCommand.resetSoft);
    // Nothing is allowed meanwhile.
    expect(status(rig).lo).toBe((1 << (pwrDomain.SHADER + 16)) >>> 0);
    rig.run(latencies.softReset);
    expect(raw(rig) & pwrIrq.resetCompleted).not.toBe(0);
    expect(rig.read(pwr.PWR_L2_READY.offset)).toBe(0);
    expect(status(rig).lo & 0xffff0000).toBe(0);
    expect(() => rig.write(0x30, 0x101)).toThrow("PWR_CONTROL");
  });

  it("shares the line of the GPU block: it falls when both are quiet", () => {
    const rig = new Rig(maliG1);
    const line = (): boolean | undefined => rig.levels.filter(([l]) => l === "gpu").at(-1)?.[1];
    rig.write(pwr.PWR_INT_MASK.offset, 0xffffffff);
    rig.write(0x28, 0xffffffff);
    rig.write(pwr.PWR_INT_RAWSTAT.offset, pwrIrq.resetCompleted);
    rig.write(0x20, 1);
    expect(line()).toBe(true);
    rig.write(pwr.PWR_INT_CLEAR.offset, 0xffffffff);
    expect(line()).toBe(true);
    rig.write(0x24, 1);
    expect(line()).toBe(false);
  });

  it("has the registers of power domains in one place only", () => {
    expect(() => new Rig(maliG1).read(0x160)).toThrow("0x160");
    expect(() => new Rig().read(pwr.PWR_L2_READY.offset)).toThrow("0x908");
  });
});
