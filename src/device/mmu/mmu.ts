// The MMU block: address spaces, their commands, faults, and the MMU interrupt.
// Commands take effect when they are written; AS_ACTIVE stays high for their latency.
// Kernel side: panthor_mmu.c (as_send_cmd_and_wait, panthor_mmu_as_enable, …).

import { Defect } from "../../machine/defect.ts";
import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";
import type { DeviceEvents } from "../events.ts";
import type { DeviceClock } from "../hooks.ts";
import type { Injections } from "../inject.ts";
import type { IrqBlock } from "../irq-block.ts";
import type { Profile } from "../profile/types.ts";
import { asCommand, mmuAsBase, mmuAsStride } from "../registers/mmu.ts";
import { DeviceTimer } from "../timer.ts";
import { AddressSpace } from "./address-space.ts";
import { forgeEntry, zapEntry } from "./tamper.ts";

export class Mmu {
  readonly spaces: AddressSpace[] = [];
  /** Called when a region lock ends, so that streams that wait for it go on. */
  onRelease: (as: number) => void = () => {};
  /** The command of an address space that ends with an event. */
  private readonly timers: (DeviceTimer | null)[] = [];

  constructor(
    private readonly events: DeviceEvents,
    private readonly memory: PhysicalMemory,
    private readonly profile: Profile,
    private readonly clock: DeviceClock,
    readonly irq: IrqBlock,
    private readonly inject: Injections,
  ) {
    const present = profile.shape.ids.AS_PRESENT;
    for (let id = 0; present >>> id !== 0; id++) {
      this.spaces.push(new AddressSpace(id, memory, profile.shape.tlb));
      this.timers.push(null);
    }
  }

  /** A register of address space `id`, by offset from MMU_AS_BASE. */
  read(offset: number): number {
    const { as, reg } = this.locate(offset);
    switch (reg) {
      case 0x00:
      case 0x04:
        return as.transtab[reg >> 2];
      case 0x08:
      case 0x0c:
        return as.memattr[(reg - 0x08) >> 2];
      case 0x10:
      case 0x14:
        return as.lockaddr[(reg - 0x10) >> 2];
      case 0x1c:
        return as.faultStatus;
      case 0x20:
        return as.faultAddress % 2 ** 32;
      case 0x24:
        return Math.floor(as.faultAddress / 2 ** 32);
      case 0x28:
        return this.isActive(as) ? 1 : 0;
      case 0x30:
      case 0x34:
        return as.transcfg[(reg - 0x30) >> 2];
      case 0x38:
      case 0x3c:
        return 0;
      default:
        throw new Defect(`AS${as.id} + 0x${reg.toString(16)}`, "read of a write-only register");
    }
  }

  write(offset: number, value: number): void {
    const { as, reg } = this.locate(offset);
    if (reg < 0x08) as.transtab[reg >> 2] = value;
    else if (reg < 0x10) as.memattr[(reg - 0x08) >> 2] = value;
    else if (reg < 0x18) as.lockaddr[(reg - 0x10) >> 2] = value;
    else if (reg === 0x18) this.command(as, value);
    else if (reg === 0x30 || reg === 0x34) as.transcfg[(reg - 0x30) >> 2] = value;
    else throw new Defect(`AS${as.id} + 0x${reg.toString(16)}`, "write of a read-only register");
  }

  /** The host acknowledged faults (MMU_INT_CLEAR); FAULTSTATUS can take the next one. */
  clearFaults(bits: number): void {
    this.irq.clear(bits);
  }

  /** An access faulted: latches the first fault of the address space and raises MMU_INT. */
  fault(id: number, va: number, status: number): void {
    const as = this.spaces[id];
    const entry = this.events.asFault(id, va, status);
    if (((this.irq.rawstat >>> id) & 1) === 0) {
      as.faultStatus = status;
      as.faultAddress = va;
    }
    this.events.causedBy(entry, () => this.irq.raise(1 << id));
  }

  /** Changes a table behind the driver's back (fault injection). */
  tamper(kind: "pt-zap" | "pt-forge", id: number, va: number): void {
    const base = this.spaces[id].translationBase;
    const change = kind === "pt-zap" ? zapEntry : forgeEntry;
    const before = change(this.memory, base, va);
    if (before === null) throw new Defect(kind, `no table for 0x${va.toString(16)} in AS${id}`);
    this.events.state(kind === "pt-zap" ? "pt_zapped" : "pt_forged", va, before);
  }

  /** Soft reset: translations, locks and stuck commands end; the interrupt mask stays. */
  reset(): void {
    for (const as of this.spaces) {
      this.timers[as.id]?.cancel();
      const wasLocked = as.lock !== null;
      as.reset();
      if (wasLocked) this.onRelease(as.id);
    }
    this.inject.asReset();
  }

  private locate(offset: number): { as: AddressSpace; reg: number } {
    const rel = offset - mmuAsBase;
    const as = this.spaces[Math.floor(rel / mmuAsStride)];
    if (as === undefined) {
      throw new Defect(`mmio 0x${offset.toString(16)}`, "address space that is not present");
    }
    return { as, reg: rel % mmuAsStride };
  }

  private isActive(as: AddressSpace): boolean {
    return this.inject.asBusy(as.id) || this.events.m.now < as.busyUntil;
  }

  private command(as: AddressSpace, command: number): void {
    const { events, profile, inject } = this;
    const { now } = events.m;
    if (command === asCommand.nop) return;
    if (now < as.busyUntil && as.busyUntil !== Infinity) {
      events.state("as_cmd_while_busy", as.id, command);
    }
    if (inject.takeAsIgnored(as.id, command)) {
      events.state("as_cmd_ignored", as.id, command);
      return;
    }
    // A stuck command has its effect; it is its end that never comes.
    const stuck = inject.takeAsStuck(as.id, command);
    if (stuck) events.state("as_cmd_stuck", as.id, command);
    as.busyUntil = stuck ? Infinity : now + profile.latencies.asCommand;
    switch (command) {
      case asCommand.update:
        this.update(as, stuck);
        break;
      case asCommand.lock:
        this.lock(as);
        break;
      case asCommand.unlock:
        this.unlock(as, stuck);
        break;
      case asCommand.flushPt:
        this.flush(as, "as_flush_pt", profile.latencies.asFlushPt, stuck);
        break;
      case asCommand.flushMem:
        this.flush(as, "as_flush_mem", profile.latencies.asFlushMem, stuck);
        break;
      default:
        throw new Defect(`AS${as.id}_COMMAND`, `unmodelled command ${command}`);
    }
  }

  private update(as: AddressSpace, stuck: boolean): void {
    if (stuck) return;
    const delay = this.profile.latencies.asUpdate;
    if (delay === 0) {
      as.latch();
      return;
    }
    const translation = as.written();
    as.busyUntil = Math.max(as.busyUntil, this.events.m.now + delay);
    const timer = new DeviceTimer(this.clock, () => {
      this.timers[as.id] = null;
      as.latch(translation);
      this.events.state("as_update_done", as.id, translation.cfgLo);
    });
    this.timers[as.id]?.cancel();
    this.timers[as.id] = timer;
    timer.start(delay);
  }

  private lock(as: AddressSpace): void {
    const region = as.regionWritten();
    const size = region.end - region.start;
    this.events.state("as_lock", region.start, size >= 2 ** 64 ? 2 ** 64 - 1 : size);
    const replaced = as.lock;
    as.invalidate(region);
    as.lock = region;
    if (replaced !== null) this.onRelease(as.id);
  }

  private unlock(as: AddressSpace, stuck: boolean): void {
    if (stuck) return;
    if (as.lock === null) {
      this.events.state("as_unlock_without_lock", as.id, 0);
      return;
    }
    this.events.state("as_unlock", as.id, 0);
    this.release(as);
  }

  private release(as: AddressSpace): void {
    as.invalidate(as.lock);
    as.lock = null;
    this.onRelease(as.id);
  }

  private flush(as: AddressSpace, name: string, latency: number, stuck: boolean): void {
    const wasLocked = as.lock !== null ? 1 : 0;
    this.events.state(name, as.id, wasLocked);
    as.busyUntil = Infinity;
    if (stuck) return;
    const timer = new DeviceTimer(this.clock, () => {
      this.timers[as.id] = null;
      as.busyUntil = 0;
      this.events.state(`${name}_done`, as.id, wasLocked);
      if (as.lock !== null) this.release(as);
      else as.invalidate(null);
    });
    this.timers[as.id] = timer;
    timer.start(latency);
  }
}
