// The interpreter loop of a command stream: fetch, charge, execute; kicks, waits and answers.
// Instructions cost time, but only before something that can be observed; a stream then waits for
// the sum. The instructions themselves are in execute.ts.

import { type Annotation, runAfflicted } from "./annotation.ts";
import { CodePage, instrBytes } from "./code-page.ts";
import { executePlain } from "./execute-arithmetic.ts";
import { execute } from "./execute.ts";
import { AccessTrap } from "./memory.ts";
import { isVisible, op } from "./opcode.ts";
import { next, type Outcome } from "./outcome.ts";
import { Word } from "./registers.ts";
import { StreamState } from "./stream-state.ts";

/** Instructions without visible effect run at once up to this much unpaid time. */
const debtMaxNs = 100_000;

export class CommandStream extends StreamState {
  private instant = false;
  private rechecking = false;
  private readonly code = new CodePage(this.host.memory, this.host.annotations);
  /** The insert offset when it was last read. */
  private insertSeen = -1;

  /** A doorbell of the group rang, or something that it may wait for happened. */
  kick(): void {
    const { state } = this;
    if (state === "IDLE" || state === "SYNC_WAIT" || state === "PROGRESS_WAIT") {
      this.timer.startIfIdle(this.host.profile.latencies.csDoorbell);
    }
  }

  /** The host acknowledged CS_FAULT: go on behind the faulting job, at the ring's level. */
  faultAcknowledged(): void {
    if (this.state !== "FAULT_WAIT") return;
    this.frames = [];
    this.extract += instrBytes;
    this.error = this.fault.word & 0xff;
    this.setState("RUN");
    this.timer.start(this.host.profile.latencies.csDoorbell);
  }

  /** The host answered CS_TILER_OOM, with memory or (0) without. */
  oomAnswered(chunk: number): void {
    if (this.state !== "OOM_WAIT") return;
    this.setState("RUN");
    const handler = this.oomHandler;
    if (chunk === 0 && handler !== null) {
      this.frames.push({ pc: handler.start, end: handler.start + handler.length });
    } else {
      this.advance();
      this.publishExtract();
    }
    this.timer.start(this.host.profile.latencies.csDoorbell);
  }

  /** Lets the running work end now and runs on without taking time (fault injection). */
  finishNow(): void {
    if (this.state !== "BUSY") return;
    this.timer.cancel();
    this.instant = true;
    this.finishRun();
    this.instant = false;
    this.debt = 0;
  }

  /** The region lock that the stream waited for has ended. */
  unlocked(): void {
    if (this.memory.stalledAt === null) return;
    this.timer.start(this.host.profile.latencies.lockRelease);
  }

  protected override wake(): void {
    switch (this.state) {
      case "IDLE":
        if (this.insert <= this.extract) return;
        this.setState("RUN");
        this.run();
        return;
      case "RUN":
        this.run();
        return;
      case "BUSY":
        this.finishRun();
        return;
      case "SYNC_WAIT":
      case "PROGRESS_WAIT":
        // The wait is executed again, and costs its time again.
        this.rechecking = !this.rechecking;
        if (this.rechecking) this.timer.start(this.host.profile.latencies.csInstruction);
        else this.recheck();
        return;
      default:
        return;
    }
  }

  /** Interprets until the stream blocks, has to wait, or runs dry. */
  run(): void {
    // While it runs nobody else does, so the ring's offsets are read and written at its ends.
    this.insertSeen = -1;
    this.code.close();
    try {
      this.interpret();
    } catch (e) {
      if (!(e instanceof AccessTrap)) throw e;
      this.trapped(e);
    }
    this.publishExtract();
  }

  private interpret(): void {
    const { inject } = this.host;
    while (this.state === "RUN") {
      if (inject.gpuHang) {
        this.setState("HUNG");
        return;
      }
      if (!this.ready()) {
        this.setState("IDLE");
        return;
      }
      if (!this.step()) return;
    }
  }

  /** False when there is nothing left to run. Leaves called buffers that have ended. */
  private ready(): boolean {
    const { frames } = this;
    for (;;) {
      if (frames.length === 0) {
        if (this.extract < this.insertSeen) return true;
        this.insertSeen = this.insert;
        return this.extract < this.insertSeen;
      }
      const frame = frames[frames.length - 1];
      if (frame.pc < frame.end) return true;
      frames.pop();
      this.advance();
    }
  }

  /** One instruction; false if it has to wait for the time of those before it. */
  private step(): boolean {
    const { host, code, memory, pc } = this;
    if (!code.holds(pc)) code.open(pc, memory.translate(pc, "read"));
    else if (memory.stalledAt !== null) memory.passed(pc);
    const at = (pc - code.start) >>> 2;
    const lo = code.words[at];
    const hi = code.words[at + 1];
    const annotation = code.annotated ? host.annotations.get(code.physical(pc)) : undefined;
    const seen = annotation !== undefined || isVisible(hi >>> 24);
    if (!this.paid(seen)) return false;
    if (!this.logged) {
      host.events.instruction(this.slot.id, this.id, this.frames.length > 0, pc, hi, lo);
    }
    const plain = annotation === undefined && executePlain(this.regs, hi, lo);
    const outcome = plain ? next : this.perform(new Word(hi, lo), annotation, seen);
    this.charged = false;
    this.logged = false;
    if (outcome === next) this.advance();
    return true;
  }

  private perform(word: Word, annotation: Annotation | undefined, seen: boolean): Outcome {
    // If it traps it is executed again.
    this.logged = true;
    // It may look at its own ring.
    const accesses = seen || word.opcode === op.LOAD_MULTIPLE;
    if (accesses) this.publishExtract();
    const outcome = execute(this, word, annotation);
    // What was written may be code.
    if (accesses) this.code.close();
    return outcome;
  }

  /** Charges an instruction; false if the time owed has to pass before it. */
  private paid(seen: boolean): boolean {
    if (!this.charged) {
      this.debt += this.host.profile.latencies.csInstruction;
      this.charged = true;
    }
    const { debt } = this;
    if (debt <= 0 || this.instant || (!seen && debt <= debtMaxNs)) return true;
    this.debt = 0;
    this.timer.start(debt);
    return false;
  }

  private trapped(trap: AccessTrap): void {
    const { host, slot } = this;
    if (trap.status !== null) {
      this.setState("AS_FAULT");
      host.asFault(slot.as, trap.va, trap.status);
      return;
    }
    const retry = host.profile.latencies.lockRetry;
    if (retry > 0) {
      this.timer.start(retry);
      return;
    }
    if (this.memory.stalledAt === null) {
      host.events.state("cs_lock_stall", (slot.id << 8) | this.id, trap.va);
    }
    this.memory.stalledAt = trap.va;
    host.waitForUnlock(this);
  }

  private finishRun(): void {
    this.setState("RUN");
    let annotation: Annotation | undefined;
    try {
      annotation = this.host.annotations.get(this.memory.translate(this.pc, "read"));
    } catch (e) {
      if (!(e instanceof AccessTrap)) throw e;
    }
    // At the level of the ring a plain RUN was passed when its work began.
    if (this.frames.length === 0 && (annotation === undefined || !runAfflicted(annotation))) {
      this.run();
      return;
    }
    if (annotation === undefined || !this.afflict(annotation)) this.advance();
    this.run();
  }

  protected override entryFreed(): void {
    if (this.state !== "WAIT_SB") {
      if (this.isActive) this.slot.changed();
      return;
    }
    if (this.sb.isBusy(this.waitMask)) return;
    this.setState("RUN");
    this.run();
  }

  /** A blocked wait is evaluated again. */
  private recheck(): void {
    const { host } = this;
    try {
      const pa = this.memory.translate(this.pc, "read");
      const word = new Word(host.memory.read32(pa + 4), host.memory.read32(pa));
      if (execute(this, word, undefined, true) !== next) return;
    } catch (e) {
      if (!(e instanceof AccessTrap)) throw e;
      this.trapped(e);
      return;
    }
    this.blockedOn = null;
    this.setState("RUN");
    this.advance();
    this.run();
  }
}
