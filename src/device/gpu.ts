// The device: blocks wired together, and access to its registers by offset.
// Event driven: register accesses and timers call into it, it never waits.

import { Defect } from "../machine/defect.ts";
import type { Machine } from "../machine/core/machine.ts";
import type { PhysicalMemory } from "../machine/memory/physical-memory.ts";
import { type Annotation, Annotations } from "./cs/annotation.ts";
import type { CommandStream } from "./cs/stream.ts";
import { DeviceEvents } from "./events.ts";
import { Firmware } from "./firmware/firmware.ts";
import { HostRequests } from "./firmware/host-requests.ts";
import { firmwareImage } from "./firmware/image.ts";
import { FirmwareInterface } from "./firmware/interface.ts";
import { McuMemory } from "./firmware/mcu-memory.ts";
import { GpuControl } from "./gpu-control.ts";
import { type DeviceClock, deviceClock, type DeviceHooks } from "./hooks.ts";
import type { IrqLine, IrqSource } from "./hooks.ts";
import { type Injection, Injections } from "./inject.ts";
import { IrqBlock } from "./irq-block.ts";
import { Mcu } from "./mcu.ts";
import { Mmio } from "./mmio.ts";
import { Mmu } from "./mmu/mmu.ts";
import type { Profile } from "./profile/types.ts";
import { McuPower } from "./pwr/mcu-power.ts";
import { PwrControl } from "./pwr/pwr-control.ts";
import { doorbellBase, doorbellStride } from "./registers/doorbell.ts";
import { gpuIrq } from "./registers/gpu-control.ts";
import { registerMap, type RegisterWord } from "./registers/index.ts";
import { jobIntGlobalIf } from "./registers/job.ts";
import { mmuAsBase } from "./registers/mmu.ts";
import { pwrBase, pwrEnd } from "./registers/pwr.ts";
import { SharedLine } from "./shared-line.ts";
import { streamHost } from "./stream-host.ts";
import { DeviceTimer } from "./timer.ts";

export class Gpu {
  readonly mmio: Mmio;
  readonly events: DeviceEvents;
  readonly annotations = new Annotations();
  readonly injections = new Injections();
  readonly irqs: Readonly<Record<IrqLine, IrqBlock>>;
  readonly mmu: Mmu;
  readonly mcu: Mcu;
  readonly firmware: Firmware;
  readonly control: GpuControl;
  /** PWR_CONTROL; null before arch 14. */
  readonly pwr: PwrControl | null;
  private readonly mcuPower: McuPower | null;
  private readonly clock: DeviceClock;
  private readonly requests: HostRequests;
  private readonly registers: ReadonlyMap<number, RegisterWord>;
  private readonly stalled = new Set<CommandStream>();

  constructor(
    readonly m: Machine,
    readonly memory: PhysicalMemory,
    readonly profile: Profile,
    hooks: DeviceHooks,
  ) {
    const { shape } = profile;
    const events = new DeviceEvents(m);
    this.events = events;
    this.clock = deviceClock(m, hooks);
    const { powerControl } = shape;
    const mapShape = {
      addressSpaces: 32 - Math.clz32(shape.ids.AS_PRESENT),
      doorbells: shape.csgSlots + 1,
    };
    const power = powerControl === undefined ? "gpu-control" : "pwr-control";
    this.registers = registerMap(mapShape, power);
    this.mmio = new Mmio(m, this, this.registers);
    const shared = new SharedLine((high) => hooks.setIrqLevel("gpu", high));
    const setLevel = (line: IrqSource, high: boolean): void => {
      if (powerControl !== undefined && (line === "gpu" || line === "pwr")) shared.set(line, high);
      else hooks.setIrqLevel(line as IrqLine, high);
    };
    const irq = (line: IrqSource): IrqBlock => new IrqBlock(events, line, setLevel);
    this.irqs = { gpu: irq("gpu"), mmu: irq("mmu"), job: irq("job") };
    this.mmu = new Mmu(events, memory, profile, this.clock, this.irqs.mmu, this.injections);
    const mcuMemory = new McuMemory(this.mmu, memory);
    const iface = new FirmwareInterface(mcuMemory, shape);
    this.requests = new HostRequests(events, iface, shape);
    this.control = new GpuControl(events, profile, this.clock, this.irqs.gpu, this.injections, {
      stop: () => this.mcu.reset(),
      reset: () => {
        this.mmu.reset();
        this.pwr?.reset();
        this.stalled.clear();
      },
      flushed: () => this.afterFlush(),
    });
    this.pwr =
      powerControl === undefined
        ? null
        : new PwrControl(
            events,
            profile,
            powerControl,
            this.clock,
            irq("pwr"),
            this.injections,
            (complete) => this.control.softReset(complete),
          );
    this.mcuPower =
      this.pwr === null
        ? null
        : new McuPower(events, this.pwr, this.clock, this.injections, () =>
            this.firmware.timerDelay("poweroffTimer"),
          );
    this.firmware = new Firmware(
      streamHost(this, this.clock, mcuMemory, this.stalled),
      iface,
      (bits) => this.irqs.job.raise(bits),
      () => {
        this.mcuPower?.halt();
        this.mcu.halted();
      },
      this.mcuPower,
    );
    this.mcu = new Mcu(
      events,
      profile,
      this.injections,
      this.clock,
      () => this.firmware,
      () => this.irqs.gpu.raise(gpuIrq.mcuStatusChanged),
      () => this.irqs.job.raise(jobIntGlobalIf),
      () => (this.pwr ?? this.control).l2Ready,
    );
    this.mmu.onRelease = (as) => this.firmware.unlocked(this.stalled, as);
  }

  /** The image that the driver asks for as arm/mali/arch10.8/mali_csffw.bin. */
  firmwareImage(): Uint8Array {
    return firmwareImage(this.profile.shape.fwGitSha);
  }

  /** Says what the instruction at physical address `pa` does; null forgets it. */
  annotate(pa: number, annotation: Annotation | null): void {
    this.annotations.set(pa, annotation);
  }

  /** The CPU takes the interrupt of a line now (`irq_deliver`); the entry's index. */
  irqDelivered(line: IrqLine): number {
    return this.irqs[line].delivered();
  }

  /** The block that drives a line now: where two share it, the one that is high. */
  driving(line: IrqLine): IrqBlock {
    const block = this.irqs[line];
    return line === "gpu" && this.pwr?.irq.high === true && !block.high ? this.pwr.irq : block;
  }

  private irqBlock(source: IrqSource): IrqBlock {
    if (source !== "pwr") return this.irqs[source];
    if (this.pwr === null) throw new Defect("irq pwr", "this device has no power control block");
    return this.pwr.irq;
  }

  /** The system slept for `ns`. */
  slept(ns: number): void {
    this.control.sleptNs += ns;
  }

  inject(injection: Injection): void {
    this.injections.apply(injection);
    switch (injection.kind) {
      case "lose-irq":
        this.irqBlock(injection.line).lose += injection.count ?? 1;
        break;
      case "spurious-irq":
        this.pulse(injection.line);
        break;
      case "pt-zap":
      case "pt-forge":
        this.mmu.tamper(injection.kind, injection.as, injection.va);
        break;
      case "event-storm":
        this.storm(injection.count, injection.periodNs, injection.mask);
        break;
      default:
        break;
    }
  }

  // --- registers (called by Mmio) ---------------------------------------------------------------

  /** Value of a register word now. */
  readRegister(reg: RegisterWord): number {
    if (reg.offset >= mmuAsBase && reg.offset < mmuAsBase + 0x1000) {
      return this.mmu.read(reg.offset);
    }
    switch (reg.register) {
      case "MCU_CONTROL":
        return this.mcu.control;
      case "MCU_STATUS":
        return this.mcu.status;
      case "LATEST_FLUSH_ID":
        return this.control.flushId;
      case "JOB_INT_RAWSTAT":
        return this.irqs.job.rawstat;
      case "JOB_INT_MASK":
        return this.irqs.job.mask;
      case "JOB_INT_STAT":
        return this.irqs.job.status;
      case "MMU_INT_RAWSTAT":
        return this.irqs.mmu.rawstat;
      case "MMU_INT_MASK":
        return this.irqs.mmu.mask;
      case "MMU_INT_STAT":
        return this.irqs.mmu.status;
      default:
        if (this.pwr !== null && reg.offset >= pwrBase && reg.offset < pwrEnd) {
          return this.pwr.read(reg);
        }
        if (reg.offset >= 0x700) {
          throw new Defect(`mmio ${reg.name}`, "read of an unmodelled register");
        }
        return this.control.read(reg);
    }
  }

  /** Side effects of a write. */
  writeRegister(reg: RegisterWord, value: number): void {
    const { offset } = reg;
    if (offset >= doorbellBase) {
      this.doorbell((offset - doorbellBase) / doorbellStride);
      return;
    }
    if (offset >= mmuAsBase && offset < mmuAsBase + 0x1000) {
      this.mmu.write(offset, value);
      return;
    }
    switch (reg.register) {
      case "MCU_CONTROL":
        this.mcu.writeControl(value);
        return;
      case "JOB_INT_RAWSTAT":
        this.irqs.job.raise(value);
        return;
      case "JOB_INT_CLEAR":
        this.irqs.job.clear(value);
        return;
      case "JOB_INT_MASK":
        this.irqs.job.setMask(value);
        return;
      case "MMU_INT_RAWSTAT":
        this.irqs.mmu.raise(value);
        return;
      case "MMU_INT_CLEAR":
        this.mmu.clearFaults(value);
        return;
      case "MMU_INT_MASK":
        this.irqs.mmu.setMask(value);
        return;
      default:
        if (this.pwr !== null && offset >= pwrBase && offset < pwrEnd) {
          this.pwr.write(reg, value);
          return;
        }
        if (offset >= 0x700) {
          throw new Defect(`mmio ${reg.name}`, "write of an unmodelled register");
        }
        this.control.write(reg, value);
    }
  }

  private doorbell(n: number): void {
    if (this.firmware.running) this.requests.log();
    if (n === 0) this.firmware.globalDoorbell();
    else this.firmware.userDoorbell(n);
  }

  // --- wiring -----------------------------------------------------------------------------------

  private afterFlush(): void {
    if (this.injections.flushRaisesSync === 0) return;
    this.injections.flushRaisesSync--;
    this.firmware.storm(1);
  }

  /** A spurious interrupt: long enough to be taken once. */
  private pulse(line: IrqSource): void {
    const block = this.irqBlock(line);
    if (!block.beginPulse()) return;
    const timer = new DeviceTimer(this.clock, () => block.endPulse());
    timer.start(Math.ceil(this.profile.latencies.irqDelay * 1.5));
  }

  private storm(count: number, periodNs: number, mask: number): void {
    this.events.state("storm_begin", count, periodNs);
    let left = count;
    const timer = new DeviceTimer(this.clock, () => {
      this.firmware.storm(mask);
      if (--left > 0) timer.start(periodNs);
      else this.events.state("storm_end");
    });
    timer.start(periodNs);
  }
}
