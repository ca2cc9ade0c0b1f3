// The GPU control block: ids and features, GPU_INT, GPU_CMD (soft reset, cache flush), power
// domains, fault status, counters. Kernel side: panthor_gpu.c, panthor_hw.c.

import { Defect } from "../machine/defect.ts";
import type { DeviceEvents } from "./events.ts";
import type { DeviceClock } from "./hooks.ts";
import type { Injections } from "./inject.ts";
import type { IrqBlock } from "./irq-block.ts";
import { PowerDomain } from "./power.ts";
import type { Profile } from "./profile/types.ts";
import { gpuIrq } from "./registers/gpu-control.ts";
import type { RegisterWord } from "./registers/table.ts";
import { DeviceTimer } from "./timer.ts";

/** GPU_CMD types (bits 7:0). */
const cmdReset = 1;
const cmdFlushCaches = 4;

export class GpuControl {
  private readonly domains: {
    readonly SHADER: PowerDomain;
    readonly TILER: PowerDomain;
    readonly L2: PowerDomain;
  };
  faultStatus = 0;
  faultAddress = 0;
  /** LATEST_FLUSH_ID. */
  flushId = 1;
  /** Registers that only keep what is written. */
  private readonly stored = new Map<string, number>();
  /** How long the system has slept: its counter goes on, the clock of the timeline does not. */
  sleptNs = 0;
  private readonly resetTimer: DeviceTimer;
  /** What tells the host that the reset is complete. */
  private resetComplete: () => void = () => {};
  private readonly flushTimer: DeviceTimer;

  constructor(
    private readonly events: DeviceEvents,
    private readonly profile: Profile,
    clock: DeviceClock,
    readonly irq: IrqBlock,
    private readonly inject: Injections,
    private readonly actions: {
      /** The soft reset was written: what runs stops. */
      readonly stop: () => void;
      /** The soft reset is complete. */
      readonly reset: () => void;
      /** A cache flush of GPU_CMD is complete. */
      readonly flushed: () => void;
    },
  ) {
    const { shape } = profile;
    const domain = (name: string, present: bigint): PowerDomain =>
      new PowerDomain(
        name,
        present,
        () => profile.latencies.l2Power,
        events,
        clock,
        inject,
        () => irq.raise(gpuIrq.powerChanged | gpuIrq.powerChangedAll),
      );
    this.domains = {
      SHADER: domain("shader", shape.shaderPresent),
      TILER: domain("tiler", shape.tilerPresent),
      L2: domain("l2", shape.l2Present),
    };
    this.resetTimer = new DeviceTimer(clock, () => this.resetDone());
    this.flushTimer = new DeviceTimer(clock, () => this.flushDone());
  }

  get l2Ready(): boolean {
    return this.domains.L2.ready !== 0n;
  }

  read(reg: RegisterWord): number {
    switch (reg.register) {
      case "GPU_INT_RAWSTAT":
        return this.irq.rawstat;
      case "GPU_INT_MASK":
        return this.irq.mask;
      case "GPU_INT_STAT":
        return this.irq.status;
      case "GPU_STATUS":
        return 0;
      case "GPU_FAULT_STATUS":
        return this.faultStatus;
      case "GPU_FAULT_ADDR":
        return half(BigInt(this.faultAddress), reg.word);
      case "GPU_FEATURES":
        return half(this.profile.shape.gpuFeatures ?? 0n, reg.word);
      case "TIMESTAMP":
        return half(this.timestamp() + this.timestampOffset(), reg.word);
      case "CYCLE_COUNT":
        return half(this.cycles(), reg.word);
      default: {
        const power = /^(SHADER|TILER|L2)_(PRESENT|READY|PWRTRANS|PWRACTIVE)$/.exec(reg.register);
        if (power !== null) return this.readPower(power[1] as "L2", power[2], reg.word);
        const id = this.profile.shape.ids[reg.register];
        return id ?? this.stored.get(reg.name) ?? 0;
      }
    }
  }

  write(reg: RegisterWord, value: number): void {
    switch (reg.register) {
      case "GPU_INT_RAWSTAT":
        this.irq.raise(value);
        return;
      case "GPU_INT_CLEAR":
        this.irq.clear(value);
        return;
      case "GPU_INT_MASK":
        this.irq.setMask(value);
        return;
      case "GPU_CMD":
        this.command(value);
        return;
      default: {
        const power = /^(SHADER|TILER|L2)_(PWRON|PWROFF)$/.exec(reg.register);
        if (power === null) {
          this.stored.set(reg.name, value);
          return;
        }
        const domain = this.domains[power[1] as "L2"];
        if (power[2] === "PWRON") domain.on(reg.word, value);
        else domain.off(reg.word, value);
      }
    }
  }

  /** A fault of the GPU itself. */
  fault(status: number, address: number): void {
    this.faultStatus = status;
    this.faultAddress = address;
    const entry = this.events.state("gpu_fault", status, address);
    this.events.causedBy(entry, () => this.irq.raise(gpuIrq.fault));
  }

  /** A cache flush ended somewhere. */
  countFlush(): void {
    this.flushId++;
  }

  cycles(): bigint {
    return this.counter(this.profile.shape.coreClockHz);
  }

  timestamp(): bigint {
    return this.counter(this.profile.shape.timestampHz, this.sleptNs);
  }

  private counter(hz: number, moreNs = 0): bigint {
    return ((BigInt(this.events.m.now) + BigInt(moreNs)) * BigInt(hz)) / 1_000_000_000n;
  }

  private timestampOffset(): bigint {
    const hi = BigInt(this.stored.get("TIMESTAMP_OFFSET_HI") ?? 0);
    return (hi << 32n) | BigInt(this.stored.get("TIMESTAMP_OFFSET_LO") ?? 0);
  }

  private readPower(domain: "SHADER" | "TILER" | "L2", what: string, word: 0 | 1): number {
    const d = this.domains[domain];
    if (what === "PRESENT") return half(d.present, word);
    return half(what === "PWRTRANS" ? d.trans : d.ready, word);
  }

  private command(value: number): void {
    const { latencies } = this.profile;
    const type = value & 0xff;
    if (type === 0) return;
    if (type === cmdReset) {
      if (this.profile.shape.powerControl !== undefined) {
        throw new Defect("GPU_CMD", "resets are commands of PWR_CONTROL on this device");
      }
      this.softReset(() => this.irq.raise(gpuIrq.resetCompleted));
    } else if (type === cmdFlushCaches) {
      if (!this.inject.flushStuck) this.flushTimer.start(latencies.cacheFlush);
    } else {
      throw new Defect("GPU_CMD", `unmodelled command 0x${value.toString(16)}`);
    }
  }

  /** Soft reset, from GPU_CMD or PWR_COMMAND; false if it is stuck. */
  softReset(complete: () => void): boolean {
    if (this.inject.resetStuck > 0) {
      this.inject.resetStuck--;
      return false;
    }
    this.resetComplete = complete;
    this.flushTimer.cancel();
    this.actions.stop();
    this.resetTimer.start(this.profile.latencies.softReset);
    return true;
  }

  private resetDone(): void {
    for (const domain of Object.values(this.domains)) domain.reset();
    this.faultStatus = 0;
    this.faultAddress = 0;
    this.actions.reset();
    const entry = this.events.state("reset_done");
    this.events.causedBy(entry, this.resetComplete);
  }

  private flushDone(): void {
    this.countFlush();
    const entry = this.events.state("flush_done", this.flushId);
    this.actions.flushed();
    this.events.causedBy(entry, () => this.irq.raise(gpuIrq.cleanCachesCompleted));
  }
}

function half(value: bigint, word: 0 | 1): number {
  return Number((word === 1 ? value >> 32n : value) & 0xffffffffn);
}
