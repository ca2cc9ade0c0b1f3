// Timeline entries of the device, with field names interned once.

import type { Machine } from "../machine/core/machine.ts";
import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";
import { opName } from "./cs/opcode.ts";

/** Ids of the few strings that one field of an entry has: found without a look at all strings. */
class FieldStrings {
  private readonly texts: string[] = [];
  private readonly ids: number[] = [];

  constructor(private readonly rec: Recorder) {}

  /** Interned when it is first used. */
  id(text: string): number {
    const { texts } = this;
    for (let i = 0; i < texts.length; i++) if (texts[i] === text) return this.ids[i];
    const id = this.rec.str(text);
    texts.push(text);
    this.ids.push(id);
    return id;
  }
}

export class DeviceEvents {
  private readonly rec: Recorder;
  /** Interned mnemonics by opcode. */
  private readonly opNames: (number | undefined)[] = [];
  /** Fields of words, by stage, and states of streams. */
  private readonly requested: FieldStrings;
  private readonly seenWords: FieldStrings;
  private readonly acknowledged: FieldStrings;
  private readonly raised: FieldStrings;
  private readonly states: FieldStrings;

  constructor(readonly m: Machine) {
    const { rec } = m;
    this.rec = rec;
    this.requested = new FieldStrings(rec);
    this.seenWords = new FieldStrings(rec);
    this.acknowledged = new FieldStrings(rec);
    this.raised = new FieldStrings(rec);
    this.states = new FieldStrings(rec);
  }

  /** `dev_state`. */
  state(name: string, a = 0, b = 0): number {
    return this.rec.emit(K.dev_state, this.rec.str(name), a, b);
  }

  // The four stages of a word of the firmware interface: request, acknowledgement, and how they
  // differ.

  /** `host_req`. */
  hostRequest(csg: number, cs: number, field: string, req: number, ack: number): void {
    const diff = (req ^ ack) >>> 0;
    this.rec.emitLong(K.host_req, csg, cs, this.requested.id(field), req, ack, diff);
  }

  /** `fw_seen`. */
  seen(csg: number, cs: number, field: string, req: number, ack: number): void {
    const diff = (req ^ ack) >>> 0;
    this.rec.emitLong(K.fw_seen, csg, cs, this.seenWords.id(field), req, ack, diff);
  }

  /** `fw_ack`: what follows is because of it. */
  ack(csg: number, cs: number, field: string, req: number, ack: number): void {
    const diff = (req ^ ack) >>> 0;
    const id = this.acknowledged.id(field);
    this.m.at.cause = this.rec.emitLong(K.fw_ack, csg, cs, id, req, ack, diff);
  }

  /** `fw_event`: what follows is because of it. */
  event(csg: number, cs: number, field: string, req: number, ack: number): void {
    const diff = (req ^ ack) >>> 0;
    const id = this.raised.id(field);
    this.m.at.cause = this.rec.emitLong(K.fw_event, csg, cs, id, req, ack, diff);
  }

  /** `iface_cfg`. */
  config(csg: number, cs: number, field: string, value: number): void {
    this.rec.emit(K.iface_cfg, csg, cs, this.rec.str(field), value);
  }

  /** `cs_state`. */
  stream(csg: number, cs: number, state: string, extract: number, insert: number): void {
    this.rec.emitLong(K.cs_state, csg, cs, this.states.id(state), extract, insert);
  }

  /** `cs_instr`. */
  instruction(csg: number, cs: number, inCall: boolean, pc: number, hi: number, lo: number): void {
    const opcode = hi >>> 24;
    const op = (this.opNames[opcode] ??= this.rec.str(opName(opcode)));
    this.rec.emitLong(K.cs_instr, csg, cs, inCall ? 1 : 0, pc, hi, lo, op);
  }

  /** `sync_write`. */
  syncWrite(
    csg: number,
    cs: number,
    as: number,
    va: number,
    before: number,
    after: number,
    status: number,
  ): void {
    // What follows in this step of the device (the event, the interrupt) is because of it.
    this.m.at.cause = this.rec.emitLong(K.sync_write, csg, cs, as, va, before, after, status);
  }

  /** `as_fault`. */
  asFault(as: number, va: number, status: number): number {
    return this.rec.emit(K.as_fault, as, va, status);
  }

  /** `irq_raise`, `irq_lower`, `irq_deliver`; the line by its interned name. */
  irq(kind: number, lineId: number, raw: number, mask: number): number {
    return this.rec.emit(kind, lineId, raw, mask);
  }

  /** Runs `fn` with `cause` as the cause of what it does. */
  causedBy(cause: number, fn: () => void): void {
    const { at } = this.m;
    const outer = at.cause;
    at.cause = cause;
    fn();
    at.cause = outer;
  }
}
