// The instructions that a stream of a trace script can hold: mnemonics, operands, meaning.
// The encodings are the device's matter; what hardware has no instruction for (work of a known
// length, faults) is named here by what it does.

import * as f from "./field.ts";
import type { Fields, Values } from "./field.ts";
import { addressMax } from "./limits.ts";
import { quote } from "./problem.ts";
import * as units from "./units.ts";

export interface InstructionSpec<F extends Fields = Fields> {
  readonly doc: string;
  /** In the order in which they are written; trailing ones may be written key=value. */
  readonly operands: F;
}

const insn = <const F extends Fields>(doc: string, operands: F): InstructionSpec<F> => ({
  doc,
  operands,
});

/** A value known when the program runs: an address that the driver chose. */
export interface HeapAddress {
  readonly heap: string;
  readonly part: "context" | "first_chunk";
}

function register(doc: string, letter: "r" | "d"): f.Field<number> {
  const expected =
    letter === "r" ? "a 32-bit register, r0 to r255" : "an even 64-bit register, d0 to d254";
  return {
    ...f.int(doc, 255),
    type: letter === "r" ? "r0..r255" : "d0..d254",
    read: (text, fail) => {
      const m = /^([rd])(0|[1-9][0-9]{0,2})$/.exec(text);
      const n = m === null ? -1 : Number(m[2]);
      if (m !== null && m[1] === letter && n <= 255 && (letter === "r" || n % 2 === 0)) return n;
      return fail("BadOperand", quote(text), { expected });
    },
    print: (n) => `${letter}${n}`,
  };
}

const r32 = (doc: string): f.Field<number> => register(doc, "r");
const r64 = (doc: string): f.Field<number> => register(doc, "d");

const parts = ["context", "first_chunk"] as const;

/** An immediate of 48 bits, or `HEAP.context`, `HEAP.first_chunk`. */
const immediate48 = (doc: string): f.Field<number | HeapAddress> => ({
  ...(f.address(doc) as f.Field<number | HeapAddress>),
  type: "address | HEAP.context | HEAP.first_chunk",
  read: (text, fail) => {
    const dot = text.lastIndexOf(".");
    const part = parts.find((p) => p === text.slice(dot + 1));
    if (dot > 0 && part !== undefined && f.isName(text.slice(0, dot))) {
      return { heap: text.slice(0, dot), part };
    }
    const n = units.parseInteger(text);
    if (n !== null && n <= addressMax) return n;
    return fail("BadOperand", quote(text), {
      expected: "48 bits, HEAP.context or HEAP.first_chunk",
    });
  },
  print: (value) =>
    typeof value === "number" ? units.printHex(value) : `${value.heap}.${value.part}`,
  names: (value) =>
    typeof value === "number" ? [] : [{ kind: "heap", name: value.heap, how: "use" }],
});

const code = (doc: string, fallback: number): f.Field<number> =>
  f.orElse({ ...f.word32(doc) }, fallback);
const bits16 = (doc: string): f.Field<number> => ({ ...f.int(doc, 0xffff), print: units.printHex });

const syncWrite = (value: f.Field<number>) => ({
  addr: r64("address of the sync object"),
  value,
  scope: f.orElse(f.word("who sees it", ["system", "csg"]), "system" as const),
  propagate: f.flag("write the stream's error to the sync object"),
});

const syncWait = (value: f.Field<number>) => ({
  condition: f.word("go on when the sync object is", ["le", "gt"]),
  addr: r64("address of the sync object"),
  value,
  reject: f.flag("go on in spite of an error in the sync object"),
});

const memory = {
  addr: r64("address"),
  offset: f.orElse(bits16("offset to the address"), 0),
  mask: f.orElse(bits16("registers, as a mask relative to the first"), 1),
};

const exceptionData = {
  data: f.orElse({ ...f.int("EXCEPTION_DATA", 0xffffff), print: units.printHex }, 0),
  info: f.orElse(f.address("EXCEPTION_DATA of the info register"), 0),
};

export const instructionSpecs = {
  run: insn("Work that takes a known time.", {
    for: f.duration("how long"),
    unit: f.orElse(
      f.word("what it runs on", ["compute", "fragment", "tiler", "idvs"]),
      "compute" as const,
    ),
  }),
  hang: insn("Work that never ends.", {}),
  "fault cs": insn("Raises a CS fault; the stream goes on at the next error barrier.", {
    code: code("exception code", 0x58),
    ...exceptionData,
  }),
  "fatal cs": insn("Raises a fatal CS fault.", {
    code: code("exception code", 0x40),
    ...exceptionData,
  }),
  "fault gpu": insn("Raises a GPU fault and goes on.", {
    code: code("exception code", 0x80),
    addr: f.opt(f.address("fault address; that of the instruction when left out")),
  }),
  "fault mmu": insn("An access of the stream ends in a page fault.", {
    code: code("exception code", 0xc3),
    access: f.orElse(
      f.word("kind of access", ["read", "write", "execute", "atomic"]),
      "read" as const,
    ),
    addr: f.orElse(f.address("fault address"), 0),
  }),
  tiler_oom: insn("The tiler runs out of memory once.", {}),
  progress_timeout: insn("The progress timer of the group expires.", {}),
  nop: insn("Does nothing.", { count: f.orElse(f.int("how many", 64, 1), 1) }),
  move48: insn("Loads 48 bits into a register pair.", {
    dst: r64("destination"),
    value: immediate48("value"),
  }),
  move32: insn("Loads 32 bits into a register.", {
    dst: r32("destination"),
    value: f.word32("value"),
  }),
  wait: insn("Waits for scoreboard entries.", { mask: bits16("entries") }),
  call: insn("Calls another stream.", {
    addr: r64("its address"),
    size: r32("its size in bytes"),
  }),
  jump: insn("Goes on in another stream.", {
    addr: r64("its address"),
    size: r32("its size in bytes"),
  }),
  flush_cache2: insn("Flushes GPU caches.", {
    flush_id: r32("flush id to compare with"),
    l2: f.orElse(f.int("L2: 0 none, 1 clean, 2 invalidate, 3 both", 15), 3),
    lsc: f.orElse(f.int("load/store caches", 15), 3),
    other: f.orElse(f.int("other caches", 15), 2),
  }),
  sync_add32: insn("Adds to a 32-bit sync object.", syncWrite(r32("value"))),
  sync_add64: insn("Adds to a 64-bit sync object.", syncWrite(r64("value"))),
  sync_set32: insn("Sets a 32-bit sync object.", syncWrite(r32("value"))),
  sync_set64: insn("Sets a 64-bit sync object.", syncWrite(r64("value"))),
  sync_wait32: insn("Waits for a 32-bit sync object.", syncWait(r32("value"))),
  sync_wait64: insn("Waits for a 64-bit sync object.", syncWait(r64("value"))),
  store_state: insn("Stores a counter or state.", {
    addr: r64("address"),
    state: f.word("what", ["timestamp", "cycle_count", "disjoint_count", "error_state"]),
    offset: f.orElse(bits16("offset to the address"), 0),
  }),
  error_barrier: insn("Where a stream in error goes on.", {}),
  heap_set: insn("Chooses the tiler heap.", { addr: r64("address of the heap context") }),
  load: insn("Loads registers from memory.", { dst: r32("first register"), ...memory }),
  store: insn("Stores registers to memory.", { src: r32("first register"), ...memory }),
  add32: insn("Adds an immediate to a register.", {
    dst: r32("destination"),
    src: r32("source"),
    value: f.word32("value"),
  }),
  add64: insn("Adds an immediate to a register pair.", {
    dst: r64("destination"),
    src: r64("source"),
    value: f.word32("value"),
  }),
  req_resource: insn("Declares what the stream uses.", {
    mask: bits16("1 compute, 2 fragment, 4 tiler, 8 idvs"),
  }),
  word: insn("A raw instruction word.", { value: f.word64("the word") }),
};

type Specs = typeof instructionSpecs;
export type InstructionName = keyof Specs;
export type Operands<N extends InstructionName> = Values<Specs[N]["operands"]>;
export type Instruction = {
  [N in InstructionName]: { readonly op: N; readonly args: Operands<N> };
}[InstructionName];

export const instructionNames = Object.keys(instructionSpecs) as readonly InstructionName[];

export function instructionSpec(op: string): InstructionSpec | undefined {
  return Object.hasOwn(instructionSpecs, op)
    ? (instructionSpecs as unknown as Record<string, InstructionSpec>)[op]
    : undefined;
}
