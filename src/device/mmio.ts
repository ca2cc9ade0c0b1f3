// Register accesses by the driver. A read takes its time first and then samples; a write takes
// effect at once and its time passes afterwards (it is posted), as the recordings show.
// 64-bit registers are two accesses, LO then HI. An access ends with a preemption point: the
// device of the recordings is emulated under a lock.

import type { Machine } from "../machine/core/machine.ts";
import { type Atomic, done } from "../machine/core/op.ts";
import { Defect } from "../machine/defect.ts";
import { K } from "../timeline/kinds.ts";
import type { RegisterSpec, RegisterWord } from "./registers/index.ts";

/** The device side of an access. */
export interface RegisterTarget {
  readRegister(reg: RegisterWord): number;
  writeRegister(reg: RegisterWord, value: number): void;
}

/** A word of the map with what an access needs of it. One class: every access reads its fields. */
class Located implements RegisterWord {
  readonly name: string;
  readonly register: string;
  readonly spec: RegisterSpec;
  readonly offset: number;
  readonly word: 0 | 1;
  readonly readable: boolean;
  readonly writable: boolean;

  constructor(
    word: RegisterWord,
    readonly nameId: number,
  ) {
    this.name = word.name;
    this.register = word.register;
    this.spec = word.spec;
    this.offset = word.offset;
    this.word = word.word;
    this.readable = word.spec.access !== "w";
    this.writable = word.spec.access !== "r";
  }
}

/** Slots of the cache of words, minus 1. */
const recentMask = 63;
/** Doorbells are far apart, other registers side by side. */
const slotOf = (offset: number): number => ((offset >>> 2) ^ (offset >>> 16)) & recentMask;

export class Mmio {
  private readonly words = new Map<number, Located>();
  /** Words accessed last, by a few bits of their offset: a driver uses few over and over. */
  private readonly recent: Located[];

  constructor(
    private readonly m: Machine,
    private readonly target: RegisterTarget,
    registers: ReadonlyMap<number, RegisterWord>,
  ) {
    for (const [offset, word] of registers) {
      this.words.set(offset, new Located(word, m.rec.str(word.name)));
    }
    const [any] = this.words.values();
    this.recent = new Array<Located>(recentMask + 1).fill(any);
  }

  /** readl(). */
  read32(offset: number): Atomic<number> {
    const cost = this.m.costs.mmioRead;
    if (cost > 0) return this.slowRead(offset, cost);
    const value = this.sample(offset);
    return this.m.cpu?.needResched === true ? this.released(value) : done(value);
  }

  /** writel(). */
  write32(offset: number, value: number): Atomic<void> {
    this.perform(offset, value);
    const cost = this.m.costs.mmioWrite;
    return cost > 0 ? this.slowWrite(cost) : this.m.preemptPoint();
  }

  /** gpu_read64(): LO, then HI. */
  *read64(offset: number): Atomic<bigint> {
    const lo = yield* this.read32(offset);
    const hi = yield* this.read32(offset + 4);
    return (BigInt(hi) << 32n) | BigInt(lo);
  }

  /** gpu_read64_counter(): HI, LO, HI until both HI agree. */
  *read64HiLoHi(offset: number): Atomic<bigint> {
    for (;;) {
      const hi1 = yield* this.read32(offset + 4);
      const lo = yield* this.read32(offset);
      const hi2 = yield* this.read32(offset + 4);
      if (hi1 === hi2) return (BigInt(hi1) << 32n) | BigInt(lo);
    }
  }

  /** gpu_write64(): LO, then HI. */
  *write64(offset: number, value: bigint): Atomic<void> {
    yield* this.write32(offset, Number(value & 0xffffffffn));
    yield* this.write32(offset + 4, Number((value >> 32n) & 0xffffffffn));
  }

  /** readl_relaxed(): the same access without the barrier. */
  readRelaxed(offset: number): Atomic<number> {
    return this.read32(offset);
  }

  /** gpu_read64_relaxed(). */
  read64Relaxed(offset: number): Atomic<bigint> {
    return this.read64(offset);
  }

  private *slowRead(offset: number, cost: number): Atomic<number> {
    yield* this.m.spend(cost);
    return yield* this.released(this.sample(offset));
  }

  private *slowWrite(cost: number): Atomic<void> {
    yield* this.m.spend(cost);
    yield* this.m.preemptPoint();
  }

  /** The emulated device's lock is released: a preemption point. */
  private *released<T>(value: T): Atomic<T> {
    yield* this.m.preemptPoint();
    return value;
  }

  private sample(offset: number): number {
    const reg = this.locate(offset, "read");
    const value = reg.readable ? this.target.readRegister(reg) >>> 0 : 0;
    this.m.rec.emit(K.mmio_read, offset, value, reg.nameId);
    return value;
  }

  private perform(offset: number, value: number): void {
    const reg = this.locate(offset, "write");
    if (!reg.writable) {
      throw new Defect(
        `mmio ${reg.name} (0x${offset.toString(16)})`,
        "write of a read-only register",
      );
    }
    const { at, rec } = this.m;
    const word = value >>> 0;
    const entry = rec.emit(K.mmio_write, offset, word, reg.nameId);
    const outer = at.cause;
    at.cause = entry;
    this.target.writeRegister(reg, word);
    at.cause = outer;
  }

  private locate(offset: number, what: string): Located {
    const recent = this.recent[slotOf(offset)];
    return recent.offset === offset ? recent : this.find(offset, what);
  }

  private find(offset: number, what: string): Located {
    const reg = this.words.get(offset);
    if (reg === undefined) {
      throw new Defect(`mmio 0x${offset.toString(16)}`, `${what} of an unmodelled register`);
    }
    this.recent[slotOf(offset)] = reg;
    return reg;
  }
}
