// Timeline entries of the device, with field names interned once.

import type { Machine } from "../machine/core/machine.ts";
import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";
import { opName } from "./cs/opcode.ts";

/** The four stages of a word of the firmware interface. */
export type FwStage = "host_req" | "fw_seen" | "fw_ack" | "fw_event";

function stageKind(stage: FwStage): number {
  if (stage === "host_req") return K.host_req;
  if (stage === "fw_seen") return K.fw_seen;
  return stage === "fw_ack" ? K.fw_ack : K.fw_event;
}

export class DeviceEvents {
  private readonly rec: Recorder;
  /** Interned mnemonics by opcode. */
  private readonly opNames: (number | undefined)[] = [];

  constructor(readonly m: Machine) {
    this.rec = m.rec;
  }

  /** `dev_state`. */
  state(name: string, a = 0, b = 0): number {
    return this.rec.emit(K.dev_state, this.rec.str(name), a, b);
  }

  /** A word of the interface: request, acknowledgement, and how they differ. */
  word(stage: FwStage, csg: number, cs: number, field: string, req: number, ack: number): number {
    const diff = (req ^ ack) >>> 0;
    const entry = this.rec.emitLong(stageKind(stage), csg, cs, this.rec.str(field), req, ack, diff);
    if (stage === "fw_ack" || stage === "fw_event") this.m.at.cause = entry;
    return entry;
  }

  /** `iface_cfg`. */
  config(csg: number, cs: number, field: string, value: number): void {
    this.rec.emit(K.iface_cfg, csg, cs, this.rec.str(field), value);
  }

  /** `cs_state`. */
  stream(csg: number, cs: number, state: string, extract: number, insert: number): void {
    this.rec.emitLong(K.cs_state, csg, cs, this.rec.str(state), extract, insert);
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
