// One CSG slot as the firmware runs it: requests of the host (start, suspend, resume, terminate,
// endpoint config, status update), answered after their latency. Events are in slot-events.ts.
// The firmware schedules nothing: all streams of all slots run at once.

import { csEvent, type StreamHost, type StreamPhase } from "../cs/host.ts";
import type { CommandStream } from "../cs/stream.ts";
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
import { SlotEvents, type SlotOwner } from "./slot-events.ts";
import { reportStatus } from "./status.ts";
import { restore, save } from "./suspend-buffer.ts";

/** `GroupSlot.ackIrqMask` while the look is still to come. */
const lookLater = -2;

export class GroupSlot extends SlotEvents {
  private suspendBuffer = 0;
  /** A look came while an operation ran: look again when it ends. */
  private again = false;
  private readonly operation: DeviceTimer;
  /** The request that the running operation answers. */
  private request = { req: 0, mask: 0 };
  /** ack_irq_mask as the firmware saw it before its answer; -1: it looks when it answers. */
  private ackIrqMask = -1;

  constructor(id: number, host: StreamHost, iface: FirmwareInterface, owner: SlotOwner) {
    super(id, host, iface, owner);
    this.operation = new DeviceTimer(host.clock, () => this.operate());
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
    const latency = this.latency(req, mask);
    const early = Math.min(latency, this.host.profile.latencies.csgAckMask);
    this.ackIrqMask = early > 0 ? lookLater : -1;
    this.operation.start(latency - early);
  }

  /** The operation is over, or so near its end that ack_irq_mask is looked at. */
  private operate(): void {
    if (this.ackIrqMask !== lookLater) return this.complete();
    this.ackIrqMask = this.readAckIrqMask();
    this.operation.start(this.host.profile.latencies.csgAckMask);
  }

  private readAckIrqMask(): number {
    return this.iface.memory.read32(va.csgInput(this.id) + csgInput.ackIrqMask);
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
      const endpoints = iface.endpointReq(id);
      host.events.config(id, -1, "endpoint_req", endpoints);
      iface.memory.write32(va.csgOutput(id) + csgOutput.statusEndpointCurrent, endpoints % 2 ** 32);
    }
    if ((mask & csgBits.statusUpdate) !== 0) this.status();
    const word = iface.csgReq(id);
    const ack = iface.acknowledge(word, mask, req);
    host.events.ack(id, -1, "CSG_ACK", iface.req(word), ack);
    const irqMask = this.ackIrqMask === -1 ? this.readAckIrqMask() : this.ackIrqMask;
    if ((irqMask & mask) !== 0) {
      this.owner.raiseJob(id);
    }
    if ((mask & csgBits.stateMask) !== 0 && state === csgBits.suspend) this.lateEvents();
    this.operating = false;
    this.changed();
    if (!this.again) return;
    this.again = false;
    host.events.seen(id, -1, "CSG_REQ", iface.req(word), iface.ack(word));
    this.look();
  }

  // --- slot states ------------------------------------------------------------------------------

  private start(state: number): void {
    const { iface, id, host } = this;
    const input = va.csgInput(id);
    this.as = iface.memory.read32(input + csgInput.config) & 0xf;
    this.suspendBuffer = iface.memory.read64(input + csgInput.suspendBuf);
    host.events.config(id, -1, "config(AS)", this.as);
    host.events.config(id, -1, "endpoint_req", iface.endpointReq(id));
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
    host.events.ack(id, cs, "CS_ACK", iface.req(word), ack);
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
    if (host.inject.userRings !== null) host.events.config(id, cs, "ACT=1", 1);
    const saved = resume ? restore(memory, this.suspendBuffer, stream) : null;
    // Only a fresh stream's first instruction costs nothing beyond the look at the ring.
    if (saved === null) stream.chargeFirst();
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
      if (host.inject.userRings !== null) this.lastInsert(s);
      const busyNs = s.state === "BUSY" ? s.timer.remaining : 0;
      reportStatus(host.events, iface, this, s);
      save(iface.memory, this.suspendBuffer, s, busyNs);
      this.stopStream(s, "SUSPENDED");
    }
    this.leave();
  }

  /** ACTIVE is cleared, then INSERT is read a last time: a store after that is the kernel's. */
  private lastInsert(s: CommandStream): void {
    this.iface.memory.write32(s.ring.output + ringbufOutput.active, 0);
    this.host.events.config(this.id, s.id, "ACT=0, final INS", s.insert);
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
    this.reportedActive = false;
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

  private lateEvents(): void {
    const { inject, clock } = this.host;
    for (const ns of inject.lateEvents) {
      const timer = new DeviceTimer(clock, () => {
        if (this.owner.running) this.raiseSyncUpdate();
      });
      timer.start(ns);
    }
    inject.lateEvents = [];
  }
}
