// Events of a group slot towards the host, and whether the group is idle.
// Kernel side: panthor_sched.c (sched_process_csg_irq_locked, cs_slot_process_irq_locked).

import type { StreamHost, StreamSlot } from "../cs/host.ts";
import { CommandStream } from "../cs/stream.ts";
import { DeviceTimer } from "../timer.ts";
import type { FirmwareInterface } from "./interface.ts";
import { csg as csgBits, csgOutput, statusStateIdle, va } from "./layout.ts";
import { reportStatus } from "./status.ts";

/** What a slot asks of the firmware around it. */
export interface SlotOwner {
  /** The MCU runs: a stopped one writes no acknowledgement and raises no interrupt. */
  readonly running: boolean;
  /** Raises the JOB interrupt of the slot. */
  raiseJob(csg: number): void;
  /** The group became idle or busy, or left the slot. */
  idleChanged(): void;
}

export abstract class SlotEvents implements StreamSlot {
  active = false;
  as = 0;
  readonly progress: Float64Array;
  readonly streams: CommandStream[] = [];
  /** All streams of the group have nothing to do. */
  idle = false;
  /** The owner knows of an active group. */
  protected reportedActive = false;
  /** Sync writes tell nobody. */
  protected muted = false;
  /** Within an operation idleness is looked at once, at its end. */
  protected operating = false;
  protected readonly idleTimer: DeviceTimer;

  constructor(
    readonly id: number,
    protected readonly host: StreamHost,
    protected readonly iface: FirmwareInterface,
    protected readonly owner: SlotOwner,
  ) {
    const { shape } = host.profile;
    this.progress = new Float64Array(shape.csPerCsg);
    for (let cs = 0; cs < shape.csPerCsg; cs++) {
      this.streams.push(new CommandStream(host, this, cs));
    }
    this.idleTimer = new DeviceTimer(host.clock, () => this.reportIdle());
  }

  changed(): void {
    if (this.operating) return;
    const { active } = this;
    const idle = active && this.allIdle();
    if (idle === this.idle && active === this.reportedActive) return;
    if (idle !== this.idle) {
      this.idle = idle;
      if (idle) this.idleTimer.start(this.host.profile.latencies.csgIdle);
      else this.idleTimer.cancel();
    }
    this.reportedActive = active;
    this.owner.idleChanged();
  }

  private allIdle(): boolean {
    for (const s of this.streams) if (s.isActive && !s.isIdle) return false;
    return true;
  }

  private reportIdle(): void {
    this.iface.memory.write32(va.csgOutput(this.id) + csgOutput.statusState, statusStateIdle);
    this.event(csgBits.idle, "CSG_IDLE");
  }

  syncUpdate(cs: number): void {
    if (this.muted) return;
    const { inject, events } = this.host;
    if (inject.syncMute > 0) {
      inject.syncMute--;
      events.state("sync_event_lost", this.id, cs);
      return;
    }
    this.raiseSyncUpdate();
  }

  /** CSG_SYNC_UPDATE, whether or not something was written. */
  raiseSyncUpdate(): void {
    this.event(csgBits.syncUpdate, "CSG_SYNC_UPDATE");
  }

  progressTimeout(): void {
    this.event(csgBits.progressTimer, "CSG_PROGRESS_TIMER_EVENT");
  }

  progressed(): void {
    for (const s of this.streams) if (s.state === "PROGRESS_WAIT") s.kick();
  }

  streamEvent(cs: number, bit: number, name: string): void {
    const { iface, id } = this;
    reportStatus(null, iface, this, this.streams[cs]);
    const word = iface.csReq(id, cs);
    const ack = iface.signal(word, bit);
    this.host.events.event(id, cs, name, iface.req(word), ack);
    iface.signal(iface.csIrq(id), 1 << cs);
    this.owner.raiseJob(id);
  }

  protected event(bit: number, name: string): void {
    const { iface, id } = this;
    const word = iface.csgReq(id);
    const ack = iface.signal(word, bit);
    this.host.events.event(id, -1, name, iface.req(word), ack);
    this.owner.raiseJob(id);
  }
}
