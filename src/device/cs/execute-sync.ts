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
  const propagates = (w.lo & 1) !== 0;
  if (s.error !== 0 && !propagates) return next;
  const scope = (w.lo >>> 1) & 3;
  const va = s.regs.address(w.addr);
  const operand = is64 ? s.regs.get64(w.data) : BigInt(s.regs.get32(w.data));
  const pa = s.memory.translate(va, "write");
  const { host, slot } = s;
  const perform = (): void => {
    const before = is64 ? host.memory.read64(pa) : BigInt(host.memory.read32(pa));
    const after = BigInt.asUintN(is64 ? 64 : 32, add ? before + operand : operand);
    const status = propagates ? s.error : 0;
    if (is64) host.memory.write64(pa, after);
    else host.memory.write32(pa, Number(after));
    host.memory.write32(pa + (is64 ? 8 : 4), status);
    host.events.syncWrite(slot.id, s.id, slot.as, va, Number(before), Number(after), status);
    if (scope === scopeSystem) slot.syncUpdate(s.id);
    host.syncWritten();
  };
  s.sb.defer({ mask: w.mask, entry: w.signal, run: perform });
  return next;
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
