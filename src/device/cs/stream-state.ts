// The state of a command stream, and what ends or blocks it: faults, events, annotations.
// The interpreter loop on top of it is in stream.ts.
// Recordings: `cs_state`; extract is that of the CALL while a called buffer runs.

import { DeviceTimer } from "../timer.ts";
import { faultStatus } from "../mmu/address-space.ts";
import type { Annotation } from "./annotation.ts";
import { instrBytes } from "./code-page.ts";
import { csEvent, type StreamHost, type StreamPhase, type StreamSlot } from "./host.ts";
import { StreamMemory } from "./memory.ts";
import { WorkRegisters } from "./registers.ts";
import { Scoreboard } from "./scoreboard.ts";

/** A called buffer: the next instruction and the end. */
export interface Frame {
  pc: number;
  end: number;
}

/** What a SYNC_WAIT or PROGRESS_WAIT waits for. */
export interface BlockedOn {
  readonly address: number;
  readonly value: bigint;
  readonly condition: number;
  readonly is64: boolean;
}

export interface RingConfig {
  readonly base: number;
  readonly size: number;
  readonly input: number;
  readonly output: number;
  readonly doorbell: number;
}

const noRing: RingConfig = { base: 0, size: instrBytes, input: 0, output: 0, doorbell: 0 };

export abstract class StreamState {
  state: StreamPhase = "STOPPED";
  readonly regs: WorkRegisters;
  readonly memory: StreamMemory;
  readonly sb: Scoreboard;
  readonly timer: DeviceTimer;
  frames: Frame[] = [];
  ring: RingConfig = noRing;
  /** Bytes of the ring consumed since the queue was created. */
  extract = 0;
  /** The output page does not have the extract offset yet. */
  private extractMoved = false;
  /** Time owed for instructions that ran. */
  debt = 0;
  /** EXCEPTION_TYPE of an acknowledged fault, until the next ERROR_BARRIER. */
  error = 0;
  blockedOn: BlockedOn | null = null;
  /** Scoreboard entries that a WAIT waits for. */
  waitMask = 0;
  endpointEntry = 0;
  otherEntry = 0;
  resources = 0;
  heap = { context: 0, started: 0, completed: 0, fragments: 0 };
  oomHandler: { readonly start: number; readonly length: number } | null = null;
  fault = { word: 0, info: 0 };
  fatal = { word: 0, info: 0 };
  /** The current instruction was charged, and logged. */
  protected charged = false;
  protected logged = false;

  constructor(
    readonly host: StreamHost,
    readonly slot: StreamSlot,
    readonly id: number,
  ) {
    this.regs = new WorkRegisters(host.profile.shape.csRegs);
    this.memory = new StreamMemory(host, slot, (va) => this.unstalled(va));
    this.sb = new Scoreboard(host, () => this.entryFreed());
    this.timer = new DeviceTimer(host.clock, () => this.wake());
  }

  /** The stream's timer fired. */
  protected abstract wake(): void;
  /** A scoreboard entry became free. */
  protected abstract entryFreed(): void;

  get isActive(): boolean {
    return this.state !== "STOPPED" && this.state !== "SUSPENDED";
  }

  /** Nothing to do until the host or another stream acts. */
  get isIdle(): boolean {
    const { state } = this;
    if (state !== "IDLE" && state !== "SYNC_WAIT" && state !== "PROGRESS_WAIT") return false;
    return this.sb.busy === 0;
  }

  /** STATUS_BLOCKED_REASON. */
  get blockedReason(): number {
    if (this.state === "WAIT_SB") return 1;
    if (this.state === "PROGRESS_WAIT") return 2;
    return this.state === "SYNC_WAIT" ? 3 : 0;
  }

  get insert(): number {
    return this.host.mcuRead64(this.ring.input);
  }

  /** Address of the next instruction. */
  get pc(): number {
    const { frames } = this;
    if (frames.length > 0) return frames[frames.length - 1].pc;
    return this.ring.base + (this.extract & (this.ring.size - 1));
  }

  setState(state: StreamPhase): void {
    this.state = state;
    this.extractMoved = false;
    this.host.mcuWrite64(this.ring.output, this.extract);
    this.host.events.stream(this.slot.id, this.id, state, this.extract, this.insert);
    this.slot.changed();
  }

  /** To the instruction behind the current one, or `instructions` on from it (below 0: back). */
  advance(instructions = 1): void {
    const { frames } = this;
    const bytes = instructions * instrBytes;
    if (frames.length > 0) frames[frames.length - 1].pc += bytes;
    else {
      this.extract += bytes;
      this.extractMoved = true;
    }
  }

  /** Shows the host how far the stream has come. */
  protected publishExtract(): void {
    if (!this.extractMoved) return;
    this.extractMoved = false;
    this.host.mcuWrite64(this.ring.output, this.extract);
  }

  /** The first instruction is paid for. */
  chargeFirst(): void {
    this.charged = true;
  }

  /** A fresh start: registers zero, from the extract offset that the host left. */
  reset(): void {
    this.regs.r.fill(0);
    this.frames = [];
    this.sb.clear();
    this.timer.cancel();
    this.debt = 0;
    this.error = 0;
    this.blockedOn = null;
    this.endpointEntry = 0;
    this.otherEntry = 0;
    this.resources = 0;
    this.heap = { context: 0, started: 0, completed: 0, fragments: 0 };
    this.oomHandler = null;
    this.fault = { word: 0, info: 0 };
    this.fatal = { word: 0, info: 0 };
    this.charged = false;
    this.logged = false;
    this.memory.stalledAt = null;
  }

  /** Ends without a word (the MCU stopped). */
  halt(): void {
    this.timer.cancel();
    this.sb.clear();
    this.memory.stalledAt = null;
    this.state = "STOPPED";
  }

  /** Work on the endpoints that the stream waits for. */
  busyFor(ns: number): void {
    this.setState("BUSY");
    this.timer.start(ns);
  }

  /** What an annotation says besides the run time; true if the stream does not go on. */
  afflict(a: Annotation): boolean {
    const { host, slot } = this;
    if (a.gpuFault !== undefined) host.gpuFault(a.gpuFault.status, a.gpuFault.address ?? this.pc);
    if (a.csFault !== undefined) {
      this.raiseFault(a.csFault.type, a.csFault.data ?? 0, a.csFault.info ?? 0);
    } else if (a.csFatal !== undefined) {
      this.raiseFatal(a.csFatal.type, a.csFatal.data ?? 0, a.csFatal.info ?? 0);
    } else if (a.mmuFault !== undefined) {
      const { exception, access, address } = a.mmuFault;
      this.setState("AS_FAULT");
      host.asFault(slot.as, address, faultStatus(exception, access));
    } else if (a.tilerOom === true) {
      if (this.heap.started <= this.heap.completed) this.heap.started = this.heap.completed + 1;
      this.setState("OOM_WAIT");
      slot.streamEvent(this.id, csEvent.tilerOom, "CS_TILER_OOM");
    } else if (a.progressTimeout === true) {
      this.setState("HUNG");
      slot.progressTimeout();
    } else if (a.hang === true) this.setState("HUNG");
    else return false;
    return true;
  }

  raiseFault(type: number, data = 0, info = 0): void {
    this.fault = { word: (type | (data << 8)) >>> 0, info };
    this.setState("FAULT_WAIT");
    this.slot.streamEvent(this.id, csEvent.fault, "CS_FAULT");
  }

  raiseFatal(type: number, data = 0, info = 0): void {
    this.fatal = { word: (type | (data << 8)) >>> 0, info };
    this.setState("FATAL");
    this.slot.streamEvent(this.id, csEvent.fatal, "CS_FATAL");
  }

  private unstalled(va: number): void {
    this.host.events.state("cs_lock_pass", (this.slot.id << 8) | this.id, va);
  }
}
