// Encodings of the command-stream instructions that the driver writes into ring buffers.
// An instruction is 64 bits: opcode in 63:56, registers and immediates below; here as two halves.
// Kernel: panthor_sched.c (7.3), the sequence of prepare_job_instrs().

const two32 = 0x1_0000_0000;

export const STATE_TIMESTAMP = 0;
export const STATE_CYCLES = 1;

/** Instructions one behind the other. */
export class CsInstrs {
  /** Low and high half of each, unsigned. */
  readonly words: number[] = [];
  count = 0;

  /** Begins anew, in the same memory. */
  clear(): void {
    this.count = 0;
  }

  private put(opcode: number, rest: number, lo: number): void {
    const at = 2 * this.count++;
    this.words[at] = lo >>> 0;
    this.words[at + 1] = ((opcode << 24) | rest) >>> 0;
  }

  nop(): void {
    this.put(0, 0, 0);
  }

  /** MOV48 rD:rD+1, imm48. */
  mov48(reg: number, imm: number): void {
    this.put(1, (reg << 16) | Math.floor(imm / two32), imm >>> 0);
  }

  /** MOV32 rD, imm32. */
  mov32(reg: number, imm: number): void {
    this.put(2, reg << 16, imm);
  }

  /** WAIT on the scoreboards of a mask: the driver shifts a u32, so those from 16 on are lost. */
  wait(mask: number): void {
    this.put(3, 0, mask << 16);
  }

  /** CALL rA:rA+1 (address), rL (length in bytes). */
  call(addrReg: number, sizeReg: number): void {
    this.put(32, (addrReg << 8) | sizeReg, 0);
  }

  /** FLUSH_CACHE2.clean_inv_all.no_wait.signal(sb) rF (flush id). */
  flushCache2(flushIdReg: number, scoreboard: number): void {
    this.put(36, flushIdReg << 8, (scoreboard << 16) | 0x233);
  }

  /** STORE_STATE rA:rA+1 (address) of a counter. */
  storeState(addrReg: number, state: number): void {
    this.put(40, (addrReg << 8) | state, 0);
  }

  /** ERROR_BARRIER. */
  errorBarrier(): void {
    this.put(47, 0, 0);
  }

  /** SYNC_ADD64.system_scope.propagate_err.nowait rA:rA+1 (address), rV:rV+1 (value). */
  syncAdd64(addrReg: number, valueReg: number): void {
    this.put(51, (addrReg << 8) | valueReg, 1);
  }
}
