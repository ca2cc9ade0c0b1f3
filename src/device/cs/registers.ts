// The work registers of a stream and the fields of an instruction word.

export class WorkRegisters {
  readonly r: Uint32Array;

  constructor(count: number) {
    this.r = new Uint32Array(count);
  }

  get32(i: number): number {
    return this.r[i] ?? 0;
  }

  set32(i: number, value: number): void {
    if (i < this.r.length) this.r[i] = value;
  }

  get64(i: number): bigint {
    return (BigInt(this.get32(i + 1)) << 32n) | BigInt(this.get32(i));
  }

  set64(i: number, value: bigint): void {
    this.set32(i, Number(value & 0xffffffffn));
    this.set32(i + 1, Number((value >> 32n) & 0xffffffffn));
  }

  /** A register pair as an address (48 bits). */
  address(i: number): number {
    return (this.get32(i + 1) & 0xffff) * 2 ** 32 + this.get32(i);
  }
}

/** One instruction word. */
export class Word {
  constructor(
    readonly hi: number,
    readonly lo: number,
  ) {}

  get opcode(): number {
    return this.hi >>> 24;
  }
  /** Bits 55:48. */
  get dest(): number {
    return (this.hi >>> 16) & 0xff;
  }
  /** Bits 47:40: address or source register. */
  get addr(): number {
    return (this.hi >>> 8) & 0xff;
  }
  /** Bits 39:32: data register, length register. */
  get data(): number {
    return this.hi & 0xff;
  }
  /** Bits 31:16: scoreboard wait mask, register mask. */
  get mask(): number {
    return this.lo >>> 16;
  }
  /** Bits 51:48: scoreboard entry to signal. */
  get signal(): number {
    return (this.hi >>> 16) & 0xf;
  }
  /** Bits 15:0 as a signed offset. */
  get offset(): number {
    return (this.lo << 16) >> 16;
  }
  /** Bits 31:0 as a signed immediate. */
  get imm(): number {
    return this.lo | 0;
  }
  /** Bits 31:28. */
  get condition(): number {
    return this.lo >>> 28;
  }
}

/** BRANCH and SYNC_WAIT conditions: `a <cond> b`. */
export function holds(cond: number, a: bigint, b: bigint): boolean {
  switch (cond) {
    case 0:
      return a <= b;
    case 1:
      return a > b;
    case 2:
      return a === b;
    case 3:
      return a !== b;
    case 4:
      return a < b;
    case 5:
      return a >= b;
    default:
      return true;
  }
}
