// Sync objects in memory and progress counters.
// A 64-bit sync object is value (64), status (32); a 32-bit one value (32), status (32). Adding and
// setting tell the host (CSG_SYNC_UPDATE, unless the scope is the group) and wake blocked streams.

import { exception, op } from "./opcode.ts";
import { next, type Outcome, stay } from "./outcome.ts";
import { holds, type Word } from "./registers.ts";
import type { CommandStream } from "./stream.ts";

const scopeSystem = 0;

/** Null if the instruction is not one of these. */
export function executeSync(s: CommandStream, w: Word, again: boolean): Outcome | null {
  switch (w.opcode) {
    case op.SYNC_ADD32:
      return write(s, w, false, true);
    case op.SYNC_SET32:
      return write(s, w, false, false);
    case op.SYNC_ADD64:
      return write(s, w, true, true);
    case op.SYNC_SET64:
      return write(s, w, true, false);
    case op.SYNC_WAIT32:
      return wait(s, w, false, again);
    case op.SYNC_WAIT64:
      return wait(s, w, true, again);
    case op.PROGRESS_STORE:
      s.slot.progress[s.id] = s.regs.get32(w.addr);
      s.slot.progressed();
      return next;
    case op.PROGRESS_LOAD:
      s.regs.set32(w.dest, s.slot.progress[s.id]);
      return next;
    case op.PROGRESS_WAIT:
      return progressWait(s, w, again);
    default:
      return null;
  }
}

function write(s: CommandStream, w: Word, is64: boolean, add: boolean): Outcome {
  if (s.error !== 0 && !propagates(w)) return next;
  const va = s.regs.address(w.addr);
  const lo = s.regs.get32(w.data);
  const hi = is64 ? s.regs.get32(w.data + 1) : 0;
  const pa = s.memory.translate(va, "write");
  const perform = is64 ? write64 : write32;
  if (!s.sb.isBusy(w.mask)) perform(s, w, add, va, pa, lo, hi);
  else {
    const run = (): void => perform(s, w, add, va, pa, lo, hi);
    s.sb.defer({ mask: w.mask, entry: w.signal, run });
  }
  return next;
}

const propagates = (w: Word): boolean => (w.lo & 1) !== 0;

type Write = (
  s: CommandStream,
  w: Word,
  add: boolean,
  va: number,
  pa: number,
  lo: number,
  hi: number,
) => void;

const write32: Write = (s, w, add, va, pa, operand) => {
  const { memory } = s.host;
  const before = memory.read32(pa);
  const after = add ? (before + operand) >>> 0 : operand;
  memory.write32(pa, after);
  written(s, w, va, pa + 4, before, after);
};

/** In two words: bigint arithmetic is many times as slow. */
const write64: Write = (s, w, add, va, pa, operandLo, operandHi) => {
  const { memory } = s.host;
  const beforeLo = memory.read32(pa);
  const beforeHi = memory.read32(pa + 4);
  let lo = operandLo;
  let hi = operandHi;
  if (add) {
    const sum = beforeLo + operandLo;
    lo = sum >>> 0;
    hi = (beforeHi + operandHi + (sum > lo ? 1 : 0)) >>> 0;
  }
  memory.write32(pa, lo);
  memory.write32(pa + 4, hi);
  written(s, w, va, pa + 8, beforeHi * 2 ** 32 + beforeLo, hi * 2 ** 32 + lo);
};

/** The value is in memory: the status follows, and whoever waits is told. */
function written(
  s: CommandStream,
  w: Word,
  va: number,
  statusAt: number,
  before: number,
  after: number,
): void {
  const { host, slot } = s;
  const status = propagates(w) ? s.error : 0;
  host.memory.write32(statusAt, status);
  host.events.syncWrite(slot.id, s.id, slot.as, va, before, after, status);
  if (((w.lo >>> 1) & 3) === scopeSystem) slot.syncUpdate(s.id);
  host.syncWritten();
}

function wait(s: CommandStream, w: Word, is64: boolean, again: boolean): Outcome {
  if (s.error !== 0) return next;
  const address = s.regs.address(w.addr);
  const value = is64 ? s.regs.get64(w.data) : BigInt(s.regs.get32(w.data));
  const current = is64 ? s.memory.read64(address) : BigInt(s.memory.read32(address));
  if (!holds(w.condition, current, value)) {
    s.blockedOn = { address, value, condition: w.condition, is64 };
    if (!again) s.setState("SYNC_WAIT");
    return stay;
  }
  const errorReject = (w.lo & 1) !== 0;
  if (!errorReject && s.memory.read32(address + (is64 ? 8 : 4)) !== 0) {
    s.raiseFault(exception.inheritFault);
    return stay;
  }
  return next;
}

/** Waits until the progress counter of another stream of the group reaches a value. */
function progressWait(s: CommandStream, w: Word, again: boolean): Outcome {
  const queue = w.lo & 0x1f;
  const value = s.regs.get32(w.addr);
  if ((s.slot.progress[queue] ?? 0) >= value) return next;
  s.blockedOn = { address: 0, value: BigInt(value), condition: 5, is64: false };
  if (!again) s.setState("PROGRESS_WAIT");
  return stay;
}
