import { describe, expect, it } from "vitest";
import type { Mmio } from "../../../src/device/mmio.ts";
import type { PanthorDevice } from "../../../src/driver/device/types.ts";
import { type Driver, makeDriver } from "../../../src/driver/driver.ts";
import * as pwr from "../../../src/driver/pwr/regs.ts";
import { type Atomic, done, type Kernel } from "../../../src/machine/core/op.ts";
import { EOPNOTSUPP, EPERM } from "../../../src/machine/errno.ts";
import { makeBench, runUser, timelineText } from "../harness.ts";

/** Domains as an architecture 14 device has them: 64-bit status words by offset. */
class PowerBlock {
  readonly words = new Map<number, bigint>([
    [pwr.PWR_STATUS, (1n << 0n) | (1n << 1n) | (1n << 8n) | pwr.PWR_STATUS_ALLOW_SOFT_RESET],
    [pwr.PWR_L2_PRESENT, 1n],
  ]);
  readonly commands: string[] = [];
  private arg = 0n;

  get(offset: number): bigint {
    return this.words.get(offset) ?? 0n;
  }

  write(offset: number, value: bigint): void {
    if (offset === pwr.PWR_CMDARG) this.arg = value;
    if (offset !== pwr.PWR_COMMAND) return;
    const command = Number(value);
    const domain = (command >> 8) & 0xff;
    this.commands.push(command.toString(16));
    const delegated = pwr.pwrStatusDomainDelegated(domain);
    const allowed = pwr.pwrStatusDomainAllowed(domain);
    const status = this.get(pwr.PWR_STATUS);
    switch (command & 0xff) {
      case pwr.PWR_COMMAND_POWER_UP:
        this.words.set(pwr.PWR_L2_READY, this.arg);
        break;
      case pwr.PWR_COMMAND_POWER_DOWN:
        this.words.set(domain === 0 ? pwr.PWR_L2_READY : pwr.PWR_TILER_READY, 0n);
        break;
      case pwr.PWR_COMMAND_DELEGATE:
        this.words.set(pwr.PWR_STATUS, (status & ~allowed) | delegated);
        break;
      case pwr.PWR_COMMAND_RETRACT:
        this.words.set(pwr.PWR_STATUS, (status & ~delegated) | allowed);
        break;
      default:
        break;
    }
  }

  mmio(): Mmio {
    const word = (offset: number): number => Number(this.get(offset) & 0xffffffffn);
    return {
      read32: (offset: number): Atomic<number> => done(word(offset)),
      read64: (offset: number): Atomic<bigint> => done(this.get(offset)),
      write32: (offset: number, value: number): Atomic<void> => {
        this.write(offset, BigInt(value));
        return done();
      },
      write64: (offset: number, value: bigint): Atomic<void> => {
        this.write(offset, value);
        return done();
      },
    } as unknown as Mmio;
  }
}

function onPowerBlock(
  body: (drv: Driver, ptdev: PanthorDevice, block: PowerBlock) => Kernel<void>,
): string[] {
  const bench = makeBench();
  const block = new PowerBlock();
  const drv = makeDriver(bench.linux, block.mmio());
  const ptdev = drv.drv.allocDevice(bench.pdev);
  ptdev.gpuInfo.gpuId = 0xe0000000;
  ptdev.gpuInfo.l2Present = 1n;
  runUser(bench, function* () {
    expect(drv.hw.bindDevice(ptdev)).toBe(0);
    expect(yield* drv.pwr.init(ptdev)).toBe(0);
    yield* body(drv, ptdev, block);
  });
  return timelineText(bench.m, { kinds: ["printk"] });
}

describe("power control block", () => {
  it("powers the L2 and hands shader and tiler to the MCU", () => {
    onPowerBlock(function* (drv, ptdev, block) {
      expect(yield* drv.hw.l2PowerOn(ptdev)).toBe(0);
      expect(block.commands).toEqual(["10", "820", "120"]);
      expect(yield* drv.hw.l2PowerOn(ptdev)).toBe(0);
      expect(block.commands).toHaveLength(3);
    });
  });

  it("takes a domain that is still on back from the MCU before the L2 goes off", () => {
    onPowerBlock(function* (drv, ptdev, block) {
      yield* drv.hw.l2PowerOn(ptdev);
      block.words.set(pwr.PWR_TILER_READY, 1n);
      block.commands.length = 0;
      yield* drv.hw.l2PowerOff(ptdev);
      expect(block.commands).toEqual(["121", "111", "11"]);
    });
  });

  it("refuses what the hardware does not allow", () => {
    const logs = onPowerBlock(function* (drv, ptdev, block) {
      block.words.set(pwr.PWR_STATUS, 0n);
      expect(yield* drv.hw.l2PowerOn(ptdev)).toBe(-EPERM);
      yield* drv.hw.l2PowerOff(ptdev);
      expect(yield* drv.hw.softReset(ptdev)).toBe(-EOPNOTSUPP);
      expect(block.commands).toEqual([]);
    });
    expect(logs.filter((line) => /not allowed/.test(line))).toHaveLength(3);
  });
});

describe("power tracing", () => {
  it("listens to power changes and records what is on", () => {
    const bench = makeBench();
    runUser(bench, function* () {
      const { drv, hw } = bench.drv;
      const ptdev = yield* drv.attach(bench.pdev);
      if (typeof ptdev === "number") throw new Error(`probe: ${ptdev}`);
      expect(yield* hw.setPowerTracing(ptdev, true)).toBe(0);
      yield* bench.linux.time.nanosleep(100e6);
      expect(ptdev.gpu.irq.mask & 0x600).toBe(0x600);
      expect(yield* hw.setPowerTracing(ptdev, false)).toBe(0);
      expect(ptdev.gpu.irq.mask & 0x600).toBe(0);
    });
    const events = timelineText(bench.m, { kinds: ["gpu_power_status"] });
    expect(events.length).toBeGreaterThan(0);
    expect(events[0]).toMatch(/irq\/64-panthor--\d+ gpu_power_status dev=fb000000.gpu/);
  });
});
