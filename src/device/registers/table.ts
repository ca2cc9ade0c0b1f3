// What a register row says, and lookup of registers by offset.
// A 64-bit register is one row and two 32-bit words, NAME_LO and NAME_HI.

/** r: reads only; w: writes only (reads as 0); rw: both. */
export type Access = "r" | "w" | "rw";

/** How goldens compare the values of a register. */
export type Compare = "exact" | "ignore";

export interface RegisterSpec {
  /** Offset from the start of the device's registers. */
  readonly offset: number;
  readonly width: 32 | 64;
  readonly access: Access;
  readonly compare: Compare;
  /** File and symbol in drivers/gpu/drm/panthor. */
  readonly source: string;
  /** Meaning of whole values. */
  readonly values?: Readonly<Record<number, string>>;
  /** Bit fields: [low bit, number of bits]. */
  readonly fields?: Readonly<Record<string, readonly [number, number]>>;
}

export type RegisterTable = Readonly<Record<string, RegisterSpec>>;

/** One 32-bit word of the register map. */
export interface RegisterWord {
  /** As in the recordings' `reg=`. */
  readonly name: string;
  readonly register: string;
  readonly spec: RegisterSpec;
  readonly offset: number;
  /** 1 for the high word of a 64-bit register. */
  readonly word: 0 | 1;
}

/** A copy of `table` for instance `i`, `stride` bytes further on, with prefixed names. */
export function instance(table: RegisterTable, prefix: string, base: number): RegisterTable {
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      `${prefix}${name}`,
      { ...spec, offset: base + spec.offset },
    ]),
  );
}

/** The words of a table, by offset. */
export function wordsOf(tables: readonly RegisterTable[]): ReadonlyMap<number, RegisterWord> {
  const words = new Map<number, RegisterWord>();
  const add = (word: RegisterWord): void => {
    const taken = words.get(word.offset);
    if (taken !== undefined) {
      throw new RangeError(`${word.name} and ${taken.name} at 0x${word.offset.toString(16)}`);
    }
    words.set(word.offset, word);
  };
  for (const table of tables) {
    for (const [register, spec] of Object.entries(table)) {
      const { offset } = spec;
      if (spec.width === 32) add({ name: register, register, spec, offset, word: 0 });
      else {
        add({ name: `${register}_LO`, register, spec, offset, word: 0 });
        add({ name: `${register}_HI`, register, spec, offset: offset + 4, word: 1 });
      }
    }
  }
  return words;
}

/** Text of a value for timelines: its name, or its fields, or the empty string. */
export function decodeValue(spec: RegisterSpec, value: number): string {
  const named = spec.values?.[value];
  if (named !== undefined) return named;
  if (spec.fields === undefined) return "";
  const parts: string[] = [];
  for (const [name, [low, bits]] of Object.entries(spec.fields)) {
    const v = (value >>> low) & (bits === 32 ? 0xffffffff : (1 << bits) - 1);
    if (v !== 0) parts.push(bits === 1 ? name : `${name}=0x${(v >>> 0).toString(16)}`);
  }
  return parts.join("|");
}
