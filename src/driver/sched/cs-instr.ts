// Encodings of the command-stream instructions that the driver writes into ring buffers.
// An instruction is 64 bits: opcode in 63:56, registers and immediates below; here as two halves.
// Kernel: panthor_sched.c (7.3), the sequence of prepare_job_instrs().

/** The two 32-bit halves of an instruction, both unsigned. */
export interface CsInstr {
  readonly hi: number;
  readonly lo: number;
}

const two32 = 0x1_0000_0000;

const instr = (opcode: number, rest: number, lo: number): CsInstr => ({
  hi: ((opcode << 24) | rest) >>> 0,
  lo: lo >>> 0,
});

/** MOV48 rD:rD+1, imm48. */
export const mov48 = (reg: number, imm: number): CsInstr =>
  instr(1, (reg << 16) | Math.floor(imm / two32), imm % two32);

/** MOV32 rD, imm32. */
export const mov32 = (reg: number, imm: number): CsInstr => instr(2, reg << 16, imm);

/** WAIT on the scoreboards of a mask: the driver shifts a u32, so those from 16 on are lost. */
export const wait = (mask: number): CsInstr => instr(3, 0, mask << 16);

/** CALL rA:rA+1 (address), rL (length in bytes). */
export const call = (addrReg: number, sizeReg: number): CsInstr =>
  instr(32, (addrReg << 8) | sizeReg, 0);

/** FLUSH_CACHE2.clean_inv_all.no_wait.signal(sb) rF (flush id). */
export const flushCache2 = (flushIdReg: number, scoreboard: number): CsInstr =>
  instr(36, flushIdReg << 8, (scoreboard << 16) | 0x233);

export const STATE_TIMESTAMP = 0;
export const STATE_CYCLES = 1;

/** STORE_STATE rA:rA+1 (address) of a counter. */
export const storeState = (addrReg: number, state: number): CsInstr =>
  instr(40, (addrReg << 8) | state, 0);

/** ERROR_BARRIER. */
export const errorBarrier: CsInstr = instr(47, 0, 0);

/** SYNC_ADD64.system_scope.propagate_err.nowait rA:rA+1 (address), rV:rV+1 (value). */
export const syncAdd64 = (addrReg: number, valueReg: number): CsInstr =>
  instr(51, (addrReg << 8) | valueReg, 1);
