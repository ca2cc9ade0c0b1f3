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

/** A signed count of instructions. */
const instructions = (doc: string): f.Field<number> => ({
  ...f.int(doc, 0x7fff, -0x8000),
  read: (text, fail) => {
    const n = /^-?(0|[1-9][0-9]{0,4})$/.test(text) ? Number(text) : NaN;
    if (n >= -0x8000 && n <= 0x7fff) return n;
    return fail("BadOperand", quote(text), { expected: "a number from -32768 to 32767" });
  },
});

const scoreboard = {
  wait: f.orElse(bits16("scoreboard entries to wait for"), 0),
  signal: f.orElse(f.int("entry that is held until then", 15), 0),
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
  branch: insn("Goes on elsewhere in the stream if a register compares with zero.", {
    condition: f.word("value is to zero", ["le", "gt", "eq", "ne", "lt", "ge", "always"]),
    value: r32("value"),
    offset: instructions("instructions to skip, from the one behind; below 0: back"),
  }),
  set_exception_handler: insn("What runs when the tiler heap has no more memory.", {
    addr: r64("address of the handler"),
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
  progress_store: insn("Sets the stream's progress counter.", { src: r64("value") }),
  progress_load: insn("Reads the stream's progress counter.", { dst: r64("destination") }),
  progress_wait: insn("Waits for the progress counter of another stream of the group.", {
    queue: f.int("which stream", 31),
    value: r64("value to reach"),
  }),
  error_barrier: insn("Where a stream in error goes on.", {}),
  heap_set: insn("Chooses the tiler heap.", { addr: r64("address of the heap context") }),
  heap_operation: insn("Tells the heap how far the work on it is.", {
    what: f.word("which count goes up", ["started", "completed", "fragment"]),
    ...scoreboard,
  }),
  finish_tiling: insn("Ends the tiling of a render pass.", {}),
  finish_fragment: insn("Gives the heap chunks of a render pass back.", {
    first: r64("first chunk"),
    last: r64("last chunk"),
    ...scoreboard,
    count: f.flag("count a completed fragment"),
  }),
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
  umin32: insn("The smaller of two registers.", {
    dst: r32("destination"),
    a: r32("one"),
    b: r32("other"),
  }),
  set_sb_entry: insn("Which scoreboard entries work holds while it is in flight.", {
    endpoint: f.int("work on the shader cores and the tiler", 15),
    other: f.int("everything else", 15),
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
