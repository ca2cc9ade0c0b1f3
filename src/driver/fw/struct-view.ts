// Accessors for C structures in simulated memory: a layout (field, type, count) becomes a class
// whose getters and setters read and write the memory at the C offsets (natural alignment).
// Used for the firmware interfaces and the ring-buffer interfaces.

import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";
import { Defect } from "../../machine/defect.ts";

/** u32: number. u64: bigint (masks, flags). addr: u64 exposed as a number (addresses, offsets). */
export type FieldKind = "u32" | "u64" | "addr";
/** Field name, type, and for padding an element count (such fields get no accessor). */
export type FieldSpec = readonly [name: string, kind: FieldKind, count?: number];

type Fields<L extends readonly FieldSpec[]> = {
  -readonly [
    F in L[number] as F extends readonly [string, FieldKind] ? F[0] : never
  ]: F[1] extends "u64" ? bigint : number;
};

/** A structure at a physical address. */
export type StructView<L extends readonly FieldSpec[]> = Fields<L> & {
  readonly memory: PhysicalMemory;
  /** Physical address of the first byte. */
  readonly pa: number;
};

export interface StructClass<L extends readonly FieldSpec[]> {
  new (memory: PhysicalMemory, pa: number): StructView<L>;
  /** sizeof. */
  readonly size: number;
  /** offsetof. */
  readonly offsets: Readonly<Record<string, number>>;
}

/** Physical address of a field by name: for code that is told which word to use. */
export function wordAddress(view: object, field: string): number {
  return (view as Laid).addressOf(field);
}

interface Laid {
  addressOf(field: string): number;
}

const pageSize = 4096;

function accessor(kind: FieldKind, offset: number): PropertyDescriptor {
  type Self = { readonly memory: PhysicalMemory; readonly pa: number };
  if (kind === "u32") {
    return {
      get(this: Self) {
        return this.memory.read32(this.pa + offset);
      },
      set(this: Self, value: number) {
        this.memory.write32(this.pa + offset, value >>> 0);
      },
    };
  }
  if (kind === "u64") {
    return {
      get(this: Self) {
        return this.memory.read64(this.pa + offset);
      },
      set(this: Self, value: bigint) {
        this.memory.write64(this.pa + offset, BigInt.asUintN(64, value));
      },
    };
  }
  return {
    get(this: Self) {
      return this.memory.read64Number(this.pa + offset);
    },
    set(this: Self, value: number) {
      this.memory.write64Number(this.pa + offset, value);
    },
  };
}

/** Makes the accessor class of a structure. */
export function struct<const L extends readonly FieldSpec[]>(
  name: string,
  layout: L,
): StructClass<L> {
  const offsetOf = new Map<string, number>();
  let end = 0;
  let align = 4;
  class View {
    readonly memory: PhysicalMemory;
    readonly pa: number;
    constructor(memory: PhysicalMemory, pa: number) {
      if (Math.floor(pa / pageSize) !== Math.floor((pa + end - 1) / pageSize)) {
        throw new Defect(`${name} at 0x${pa.toString(16)}`, "crosses a page");
      }
      this.memory = memory;
      this.pa = pa;
    }
    addressOf(field: string): number {
      return this.pa + offsetOf.get(field)!;
    }
    static get size(): number {
      return Math.ceil(end / align) * align;
    }
    static get offsets(): Readonly<Record<string, number>> {
      return Object.fromEntries(offsetOf);
    }
  }
  for (const [field, kind, count] of layout) {
    const size = kind === "u32" ? 4 : 8;
    if (size > align) align = size;
    const offset = Math.ceil(end / size) * size;
    end = offset + size * (count ?? 1);
    offsetOf.set(field, offset);
    if (count === undefined) Object.defineProperty(View.prototype, field, accessor(kind, offset));
  }
  return View as unknown as StructClass<L>;
}
