// The firmware behind the MCU: the global interface, the group slots, and when it looks at what.
// Recordings: fw_seen (it looks), fw_ack (it answers), fw_event (it tells), iface_cfg.

import type { StreamHost } from "../cs/host.ts";
import type { CommandStream } from "../cs/stream.ts";
import { DeviceTimer } from "../timer.ts";
import { GroupSlot } from "./group-slot.ts";
import type { FirmwareInterface, RequestWord } from "./interface.ts";
import { glb, glbInput, va } from "./layout.ts";
import type { SlotOwner } from "./slot-events.ts";

/** GLB_TIMER_SOURCE_GPU_COUNTER; the unit is 1024 ticks of the source. */
const timerSourceGpu = 2 ** 31;
const timerUnit = 1024;

/** What the firmware tells about its use of power domains. */
export interface FirmwarePower {
  /** There are groups on the slots now, or none. */
  groupsActive(active: boolean): void;
  /** The MCU stops where it is. */
  stop(): void;
}

export class Firmware implements SlotOwner {
  readonly slots: GroupSlot[] = [];
  running = false;
  private readonly doorbellTimer: DeviceTimer;
  private readonly haltTimer: DeviceTimer;
  private readonly idleTimer: DeviceTimer;
  private idle = false;

  constructor(
    private readonly host: StreamHost,
    private readonly iface: FirmwareInterface,
    private readonly raiseJobInt: (bits: number) => void,
    private readonly halted: () => void,
    /** The power domains of the MCU, where the host delegates them to it. */
    private readonly power: FirmwarePower | null = null,
  ) {
    for (let i = 0; i < host.profile.shape.csgSlots; i++) {
      this.slots.push(new GroupSlot(i, host, iface, this));
    }
    this.doorbellTimer = new DeviceTimer(host.clock, () => this.look());
    this.haltTimer = new DeviceTimer(host.clock, () => this.halt());
    this.idleTimer = new DeviceTimer(host.clock, () => this.reportIdle());
  }

  /** The MCU has booted: publishes the interface; false if its memory is not there. */
  boot(): boolean {
    if (!this.iface.memory.isMapped(va.glbControl)) return false;
    this.iface.publish();
    this.running = true;
    this.host.inject.fwDead = false;
    return true;
  }

  /** The MCU stops, whatever the reason. */
  stop(): void {
    this.running = false;
    this.doorbellTimer.cancel();
    this.haltTimer.cancel();
    this.idleTimer.cancel();
    this.idle = false;
    for (const slot of this.slots) slot.halt();
    this.power?.stop();
  }

  // --- doorbells --------------------------------------------------------------------------------

  /** The global doorbell rang. */
  globalDoorbell(): void {
    const { inject } = this.host;
    if (!this.running || inject.fwDead) return;
    if (inject.loseRequests > 0) {
      inject.loseRequests--;
      return;
    }
    this.doorbellTimer.startIfIdle(this.host.profile.latencies.fwGlobalDoorbell);
  }

  /** A user doorbell rang: all streams that listen to it look at their rings. */
  userDoorbell(doorbell: number): void {
    if (!this.running || this.host.inject.fwDead) return;
    for (const slot of this.slots) {
      if (!slot.active) continue;
      for (const s of slot.streams) if (s.isActive && s.ring.doorbell === doorbell) s.kick();
    }
  }

  private look(): void {
    if (this.host.inject.fwDead) return;
    this.lookGlobal();
    // Only where the firmware is told to: the 7.3 recordings' does not.
    if (this.host.inject.userRings?.globalDoorbell === true) this.syncWritten();
    const { iface } = this;
    const diff = this.seen(-1, -1, "GLB_DOORBELL_REQ", iface.glbDoorbell, true);
    if (diff === 0) return;
    iface.setAck(iface.glbDoorbell, iface.req(iface.glbDoorbell));
    for (const slot of this.slots) if (((diff >>> slot.id) & 1) === 1) this.lookSlot(slot);
  }

  private lookGlobal(): void {
    const { iface, host } = this;
    const diff = this.seen(-1, -1, "GLB_REQ", iface.glbReq, false);
    if (diff === 0) return;
    if ((diff & glb.cfgAllocEn) !== 0) {
      const mask = iface.memory.read64(va.glbInput + glbInput.coreEnMask);
      host.events.config(-1, -1, "core_en_mask", mask);
    }
    if ((diff & glb.cfgPoweroffTimer) !== 0) {
      host.events.config(-1, -1, "poweroff_timer", this.input("poweroffTimer"));
    }
    if ((diff & glb.cfgProgressTimer) !== 0) {
      host.events.config(-1, -1, "progress_timer", this.input("progressTimer"));
    }
    if ((diff & glb.idleEn) !== 0)
      host.events.config(-1, -1, "idle_timer", this.input("idleTimer"));
    let answered = diff & glb.reqMask;
    if (iface.hasGlbState && (iface.req(iface.glbReq) & glb.stateMask) === glb.stateActive) {
      answered |= diff & glb.stateMask;
    }
    if (answered !== 0) {
      const ack = iface.acknowledge(iface.glbReq, answered);
      host.events.ack(-1, -1, "GLB_ACK", iface.req(iface.glbReq), ack);
      if ((answered & this.input("ackIrqMask")) !== 0) this.raiseGlobal();
    }
    if (this.asksToHalt(diff)) this.haltTimer.startIfIdle(host.profile.latencies.mcuHalt);
  }

  /** A word of the input part of the global interface. */
  private input(field: keyof typeof glbInput): number {
    return this.iface.memory.read32(va.glbInput + glbInput[field]);
  }

  private lookSlot(slot: GroupSlot): void {
    const { iface } = this;
    const { id } = slot;
    this.seen(id, -1, "CSG_REQ", iface.csgReq(id), false);
    const diff = this.seen(id, -1, "CSG_DOORBELL_REQ", iface.csgDoorbell(id), true);
    if (diff !== 0) iface.setAck(iface.csgDoorbell(id), iface.req(iface.csgDoorbell(id)));
    for (const s of slot.streams) {
      if (((diff >>> s.id) & 1) === 0) continue;
      this.seen(id, s.id, "CS_REQ", iface.csReq(id, s.id), false);
      slot.lookStream(s.id);
    }
    slot.look();
  }

  /** `fw_seen`; with `quiet` only when there is something to see. Returns the difference. */
  private seen(csg: number, cs: number, field: string, word: RequestWord, quiet: boolean): number {
    const req = this.iface.req(word);
    const ack = this.iface.ack(word);
    const diff = (req ^ ack) >>> 0;
    if (diff !== 0 || !quiet) this.host.events.seen(csg, cs, field, req, ack);
    return diff;
  }

  // --- states and events ------------------------------------------------------------------------

  /** HALT is asked for: a bit of its own, or a value of GLB_STATE since interface 4.1. */
  private asksToHalt(diff: number): boolean {
    const { iface } = this;
    if (!iface.hasGlbState) return (diff & glb.halt) !== 0;
    const state = iface.req(iface.glbReq) & glb.stateMask;
    return (diff & glb.stateMask) !== 0 && state === glb.stateHalt;
  }

  private halt(): void {
    const { iface } = this;
    if (iface.hasGlbState) {
      const ack = iface.acknowledge(iface.glbReq, glb.stateMask);
      this.host.events.ack(-1, -1, "GLB_ACK", iface.req(iface.glbReq), ack);
    }
    this.stop();
    this.halted();
  }

  raiseJob(csg: number): void {
    this.raiseJobInt(2 ** csg);
  }

  private raiseGlobal(): void {
    this.raiseJobInt(2 ** 31);
  }

  /** GLB_IDLE comes when all groups have been idle for the time that the host programmed. */
  idleChanged(): void {
    let active = false;
    let idle = true;
    for (const slot of this.slots) {
      if (!slot.active) continue;
      active = true;
      if (!slot.idle) idle = false;
    }
    this.power?.groupsActive(active);
    idle &&= active;
    if (idle === this.idle) return;
    this.idle = idle;
    if (!idle) {
      this.idleTimer.cancel();
      return;
    }
    if ((this.iface.req(this.iface.glbReq) & glb.idleEn) === 0) return;
    this.idleTimer.start(this.idleDelay());
  }

  private idleDelay(): number {
    return this.timerDelay("idleTimer");
  }

  /** How long a timer of the global interface runs, ns. */
  timerDelay(field: "idleTimer" | "poweroffTimer"): number {
    const value = this.input(field);
    const { shape } = this.host.profile;
    const hz = value >= timerSourceGpu ? shape.coreClockHz : shape.timestampHz;
    return Math.round(((value % timerSourceGpu) * timerUnit * 1e9) / hz);
  }

  private reportIdle(): void {
    const { iface } = this;
    const ack = iface.signal(iface.glbReq, glb.idle);
    this.host.events.event(-1, -1, "GLB_IDLE", iface.req(iface.glbReq), ack);
    if ((this.input("ackIrqMask") & glb.idle) !== 0) {
      this.raiseGlobal();
    }
  }

  /** A sync object was written: blocked streams of all slots look again. */
  syncWritten(): void {
    for (const slot of this.slots) {
      if (!slot.active) continue;
      for (const s of slot.streams) if (s.state === "SYNC_WAIT") s.kick();
    }
  }

  /** The lock of an address space ended. */
  unlocked(waiting: Set<CommandStream>, as: number): void {
    for (const s of [...waiting]) {
      if (s.slot.as !== as) continue;
      waiting.delete(s);
      s.unlocked();
    }
  }

  /** CSG_SYNC_UPDATE on all slots of `mask` (fault injection). */
  storm(mask: number): void {
    if (!this.running) return;
    for (const slot of this.slots) if (((mask >>> slot.id) & 1) === 1) slot.raiseSyncUpdate();
  }
}
