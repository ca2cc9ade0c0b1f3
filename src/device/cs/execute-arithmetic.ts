// Moves, arithmetic, loads, stores and branches.

import { op } from "./opcode.ts";
import { next, type Outcome, stay } from "./outcome.ts";
import { holds, type Word, type WorkRegisters } from "./registers.ts";
import type { CommandStream } from "./stream.ts";

/**
 * An instruction that touches nothing but registers and always goes on, by the halves of its word;
 * false if it is not one of these.
 */
export function executePlain(regs: WorkRegisters, hi: number, lo: number): boolean {
  switch (hi >>> 24) {
    case op.NOP:
      return true;
    case op.MOVE48: {
      const dest = (hi >>> 16) & 0xff;
      regs.set32(dest, lo);
      regs.set32(dest + 1, hi & 0xffff);
      return true;
    }
    case op.MOVE32:
      regs.set32((hi >>> 16) & 0xff, lo);
      return true;
    default:
      return false;
  }
}

/** Null if the instruction is not one of these. */
export function executeArithmetic(s: CommandStream, w: Word): Outcome | null {
  const { regs } = s;
  switch (w.opcode) {
    case op.ADD_IMMEDIATE32:
      regs.set32(w.dest, regs.get32(w.addr) + w.imm);
      return next;
    case op.ADD_IMMEDIATE64:
      regs.set64(w.dest, BigInt.asUintN(64, regs.get64(w.addr) + BigInt(w.imm)));
      return next;
    case op.UMIN32:
      regs.set32(w.dest, Math.min(regs.get32(w.addr), regs.get32(w.data)));
      return next;
    case op.LOAD_MULTIPLE:
      return loadMultiple(s, w);
    case op.STORE_MULTIPLE:
      return storeMultiple(s, w);
    case op.BRANCH:
      return branch(s, w);
    default:
      return null;
  }
}

/** Registers base + i for each bit i of the mask, from consecutive words. */
function loadMultiple(s: CommandStream, w: Word): Outcome {
  const va = s.regs.address(w.addr) + w.offset;
  // With an empty mask the address is still probed.
  if (w.mask === 0) s.memory.translate(va, "read");
  const values: (number | null)[] = [];
  for (let i = 0; i < 16; i++) {
    values.push(((w.mask >>> i) & 1) === 1 ? s.memory.read32(va + 4 * i) : null);
  }
  values.forEach((v, i) => {
    if (v !== null) s.regs.set32(w.dest + i, v);
  });
  return next;
}

function storeMultiple(s: CommandStream, w: Word): Outcome {
  const va = s.regs.address(w.addr) + w.offset;
  for (let i = 0; i < 16; i++) {
    if (((w.mask >>> i) & 1) === 1) s.memory.write32(va + 4 * i, s.regs.get32(w.dest + i));
  }
  return next;
}

/** Offset in instructions, from the one behind the branch; the value is compared with 0. */
function branch(s: CommandStream, w: Word): Outcome {
  const value = BigInt(s.regs.get32(w.addr) | 0);
  if (!holds(w.condition & 7, value, 0n)) return next;
  s.advance(w.offset + 1);
  return stay;
}
