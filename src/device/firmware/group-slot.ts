// One CSG slot as the firmware runs it: requests of the host (start, suspend, resume, terminate,
// endpoint config, status update) after their latency, its streams, and events towards the host.
// The firmware schedules nothing: all streams of all slots run at once.

import type { StreamHost, StreamPhase, StreamSlot } from "../cs/host.ts";
import { csEvent } from "../cs/host.ts";
import { CommandStream } from "../cs/stream.ts";
import { DeviceTimer } from "../timer.ts";
import type { FirmwareInterface } from "./interface.ts";
import {
  cs as csBits,
  csg as csgBits,
  csgInput,
  csgOutput,
  csInput,
  ringbufInput,
  ringbufOutput,
  statusStateIdle,
  va,
} from "./layout.ts";
import { reportStatus } from "./status.ts";
import { restore, save } from "./suspend-buffer.ts";

/** What a slot asks of the firmware around it. */
export interface SlotOwner {
  /** Raises the JOB interrupt of the slot. */
  raiseJob(csg: number): void;
  /** The group became idle or busy, or left the slot. */
  idleChanged(): void;
}

export class GroupSlot implements StreamSlot {
  active = false;
  as = 0;
  readonly progress: Float64Array;
  readonly streams: CommandStream[] = [];
  /** All streams of the group have nothing to do. */
  idle = false;
  private suspendBuffer = 0;
  private muted = false;
  /** A look came while an operation ran: look again when it ends. */
  private again = false;
  /** Within an operation idleness is looked at once, at its end. */
  private operating = false;
  private readonly operation: DeviceTimer;
  private readonly idleTimer: DeviceTimer;
  /** The request that the running operation answers. */
  private request = { req: 0, mask: 0 };

  constructor(
    readonly id: number,
    private readonly host: StreamHost,
    private readonly iface: FirmwareInterface,
    private readonly owner: SlotOwner,
  ) {
    const { shape } = host.profile;
    this.progress = new Float64Array(shape.csPerCsg);
    for (let cs = 0; cs < shape.csPerCsg; cs++) {
      this.streams.push(new CommandStream(host, this, cs));
    }
    const { at } = host.events.m;
    this.operation = new DeviceTimer(host.clock, at, () => this.complete());
    this.idleTimer = new DeviceTimer(host.clock, at, () => this.reportIdle());
  }

  // --- requests ---------------------------------------------------------------------------------

  /** The firmware looks at CSG_REQ: starts what is asked for, unless something is in progress. */
  look(): void {
    if (this.operation.pending) {
      this.again = true;
      return;
    }
    const word = this.iface.csgReq(this.id);
    const req = this.iface.req(word);
    const mask = ((req ^ this.iface.ack(word)) & csgBits.reqMask) >>> 0;
    if (mask === 0) return;
    this.request = { req, mask };
    this.operation.start(this.latency(req, mask));
  }

  /** The firmware looks at CS_REQ of a stream whose doorbell bit was toggled. */
  lookStream(cs: number): void {
    const { iface, id } = this;
    const word = iface.csReq(id, cs);
    const req = iface.req(word);
    const ack = iface.ack(word);
    const stream = this.streams[cs];
    if (((req ^ ack) & csEvent.fault) === 0) stream.faultAcknowledged();
    if (((req ^ ack) & csEvent.tilerOom) === 0 && stream.state === "OOM_WAIT") {
      const chunk = iface.memory.read64(va.csInput(id, cs) + csInput.heapStart);
      this.host.events.config(id, cs, "heap_start", chunk);
      stream.oomAnswered(chunk);
    }
    if (!this.active || ((req ^ ack) & csBits.stateMask) === 0) return;
    if ((req & csBits.stateMask) === csBits.start) this.startStream(cs, false);
    else this.stopStream(stream, "STOPPED");
  }

  private latency(req: number, mask: number): number {
    const { latencies } = this.host.profile;
    const { inject, events } = this.host;
    let extra = 0;
    if (inject.fwLate.count > 0) {
      inject.fwLate.count--;
      extra = inject.fwLate.extraNs;
    }
    if ((mask & csgBits.stateMask) === 0) return latencies.csgUpdate + extra;
    switch (req & csgBits.stateMask) {
      case csgBits.start:
        return latencies.csgStart + extra;
      case csgBits.resume:
        return latencies.csgResume + extra;
      case csgBits.suspend:
        if (inject.slowSuspend.count > 0) {
          inject.slowSuspend.count--;
          events.state("slow_suspend", this.id, inject.slowSuspend.ns);
          return inject.slowSuspend.ns;
        }
        return latencies.csgSuspend + extra;
      default:
        return latencies.csgTerminate + extra;
    }
  }

  private complete(): void {
    const { iface, id, host } = this;
    const { req, mask } = this.request;
    const state = req & csgBits.stateMask;
    this.operating = true;
    if ((mask & csgBits.stateMask) !== 0) {
      if (state === csgBits.start || state === csgBits.resume) this.start(state);
      else if (state === csgBits.suspend) this.suspend();
      else this.terminate();
    }
    if ((mask & csgBits.endpointConfig) !== 0) {
      const endpoints = iface.memory.read32(va.csgInput(id) + csgInput.endpointReq);
      host.events.config(id, -1, "endpoint_req", endpoints);
      iface.memory.write32(va.csgOutput(id) + csgOutput.statusEndpointCurrent, endpoints);
    }
    if ((mask & csgBits.statusUpdate) !== 0) this.status();
    const word = iface.csgReq(id);
    const ack = iface.acknowledge(word, mask, req);
    host.events.word("fw_ack", id, -1, "CSG_ACK", iface.req(word), ack);
    if ((iface.memory.read32(va.csgInput(id) + csgInput.ackIrqMask) & mask) !== 0) {
      this.owner.raiseJob(id);
    }
    if ((mask & csgBits.stateMask) !== 0 && state === csgBits.suspend) this.lateEvents();
    this.operating = false;
    this.changed();
    if (!this.again) return;
    this.again = false;
    host.events.word("fw_seen", id, -1, "CSG_REQ", iface.req(word), iface.ack(word));
    this.look();
  }

  // --- slot states ------------------------------------------------------------------------------

  private start(state: number): void {
    const { iface, id, host } = this;
    const input = va.csgInput(id);
    this.as = iface.memory.read32(input + csgInput.config) & 0xf;
    this.suspendBuffer = iface.memory.read64(input + csgInput.suspendBuf);
    host.events.config(id, -1, "config(AS)", this.as);
    host.events.config(id, -1, "endpoint_req", iface.memory.read32(input + csgInput.endpointReq));
    host.events.config(id, -1, "suspend_buf", this.suspendBuffer);
    this.active = true;
    if (state === csgBits.start) this.progress.fill(0);
    for (let cs = 0; cs < this.streams.length; cs++) {
      const req = iface.req(iface.csReq(id, cs));
      if ((req & csBits.stateMask) === csBits.start) {
        this.startStream(cs, state === csgBits.resume);
      }
    }
    this.changed();
  }

  private startStream(cs: number, resume: boolean): void {
    const { iface, id, host } = this;
    const { memory } = iface;
    const word = iface.csReq(id, cs);
    const ack = iface.acknowledge(word, csBits.reqMask);
    host.events.word("fw_ack", id, cs, "CS_ACK", iface.req(word), ack);
    const at = va.csInput(id, cs);
    const config = memory.read32(at + csInput.config);
    const stream = this.streams[cs];
    stream.reset();
    stream.ring = {
      base: memory.read64(at + csInput.ringbufBase),
      size: memory.read32(at + csInput.ringbufSize),
      input: memory.read64(at + csInput.ringbufInput),
      output: memory.read64(at + csInput.ringbufOutput),
      doorbell: (config >>> 8) & 0xff,
    };
    host.events.config(id, cs, "ringbuf_base", stream.ring.base);
    host.events.config(id, cs, "ringbuf_size", stream.ring.size);
    host.events.config(id, cs, "config", config);
    stream.extract = memory.read64(stream.ring.input + ringbufInput.extract);
    memory.write32(stream.ring.output + ringbufOutput.active, 1);
    const saved = resume ? restore(memory, this.suspendBuffer, stream) : null;
    if (saved === null || saved.state === "IDLE") stream.setState("IDLE");
    else if (saved.state === "BUSY") stream.busyFor(saved.busyNs);
    else this.continueBlocked(stream, saved.state);
    stream.kick();
  }

  /** A stream that was blocked by an event when it was suspended: the event is pending again. */
  private continueBlocked(stream: CommandStream, state: StreamPhase): void {
    stream.setState(state);
    if (state === "OOM_WAIT") this.streamEvent(stream.id, csEvent.tilerOom, "CS_TILER_OOM");
    else if (state === "FAULT_WAIT") this.streamEvent(stream.id, csEvent.fault, "CS_FAULT");
    else if (state === "FATAL") this.streamEvent(stream.id, csEvent.fatal, "CS_FATAL");
  }

  private suspend(): void {
    const { iface, host } = this;
    if (host.inject.suspendFinishesJob > 0) {
      host.inject.suspendFinishesJob--;
      this.muted = true;
      for (const s of this.streams) {
        if (s.state !== "BUSY") continue;
        host.events.state("job_ends_in_suspend", this.id, s.id);
        s.finishNow();
      }
      this.muted = false;
    }
    for (const s of this.streams) {
      if (!s.isActive) continue;
      const busyNs = s.state === "BUSY" ? s.timer.remaining : 0;
      reportStatus(host.events, iface, this, s);
      save(iface.memory, this.suspendBuffer, s, busyNs);
      this.stopStream(s, "SUSPENDED");
    }
    this.leave();
  }

  private terminate(): void {
    for (const s of this.streams) if (s.isActive) this.stopStream(s, "STOPPED");
    this.leave();
  }

  private stopStream(s: CommandStream, state: StreamPhase): void {
    const { iface } = this;
    s.timer.cancel();
    s.sb.clear();
    iface.memory.write32(s.ring.output + ringbufOutput.active, 0);
    s.setState(state);
    const word = iface.csReq(this.id, s.id);
    iface.setAck(word, (iface.ack(word) & ~csBits.stateMask) >>> 0);
  }

  private leave(): void {
    this.active = false;
    this.changed();
  }

  /** The MCU stops: nothing of the slot runs on, and nothing is reported. */
  halt(): void {
    this.operation.cancel();
    this.idleTimer.cancel();
    this.again = false;
    this.active = false;
    this.idle = false;
    for (const s of this.streams) s.halt();
  }

  private status(): void {
    for (const s of this.streams) {
      if (s.isActive) reportStatus(this.host.events, this.iface, this, s);
    }
    const state = this.idle ? statusStateIdle : 0;
    this.iface.memory.write32(va.csgOutput(this.id) + csgOutput.statusState, state);
  }

  // --- events -----------------------------------------------------------------------------------

  changed(): void {
    if (this.operating) return;
    const idle = this.active && this.streams.every((s) => !s.isActive || s.isIdle);
    if (idle !== this.idle) {
      this.idle = idle;
      if (idle) this.idleTimer.start(this.host.profile.latencies.csgIdle);
      else this.idleTimer.cancel();
    }
    this.owner.idleChanged();
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
    this.host.events.word("fw_event", id, cs, name, iface.req(word), ack);
    iface.signal(iface.csIrq(id), 1 << cs);
    this.owner.raiseJob(id);
  }

  private event(bit: number, name: string): void {
    const { iface, id } = this;
    const word = iface.csgReq(id);
    const ack = iface.signal(word, bit);
    this.host.events.word("fw_event", id, -1, name, iface.req(word), ack);
    this.owner.raiseJob(id);
  }

  private lateEvents(): void {
    const { inject, clock, events } = this.host;
    for (const ns of inject.lateEvents) {
      new DeviceTimer(clock, events.m.at, () => this.raiseSyncUpdate()).start(ns);
    }
    inject.lateEvents = [];
  }
}
