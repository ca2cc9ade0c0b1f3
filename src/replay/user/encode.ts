// Instructions of trace streams as words of CSF arch 10 (device/cs/assembler.ts), and what the
// device is told about them because no word can say it: how long work takes, faults.

import type { Annotation, Exception } from "../../device/cs/annotation.ts";
import { Assembler, type SyncOptions } from "../../device/cs/assembler.ts";
import { condition } from "../../device/cs/opcode.ts";
import type {
  HeapAddress,
  Instruction,
  InstructionName,
  Operands,
} from "../../trace/instruction.ts";

/** An instruction word, and what the device has to know about it. */
export interface EncodedWord {
  readonly word: bigint;
  readonly annotation: Annotation | null;
}

/** Resolves an address that the driver chose. */
export type ResolveHeap = (address: HeapAddress) => number;

const states = { timestamp: 0, cycle_count: 1, disjoint_count: 2, error_state: 3 } as const;
const heapOperations = { started: 0, completed: 1, fragment: 3 } as const;
const conditions = {
  le: condition.lequal,
  gt: condition.greater,
  eq: condition.equal,
  ne: condition.nequal,
  lt: condition.less,
  ge: condition.gequal,
  always: condition.always,
} as const;

const exception = ({ code, data, info }: Operands<"fault cs">): Exception => ({
  type: code,
  data,
  info,
});

const gpuFault = ({ code, addr }: Operands<"fault gpu">): Annotation["gpuFault"] =>
  addr === undefined ? { status: code } : { status: code, address: addr };

const syncOptions = (a: Operands<"sync_add64">): SyncOptions => ({
  propagate: a.propagate,
  groupScope: a.scope === "csg",
});

/** What becomes of an instruction: words, and what the device is told of the first of them. */
type Encode<N extends InstructionName> = (
  asm: Assembler,
  args: Operands<N>,
  resolve: ResolveHeap,
) => Annotation | void;

const encoders: { readonly [N in InstructionName]: Encode<N> } = {
  run: (asm, a) => {
    if (a.unit === "compute") asm.runCompute();
    else if (a.unit === "fragment") asm.runFragment();
    else if (a.unit === "tiler") asm.runTiling();
    else asm.runIdvs();
    return { runNs: a.for };
  },
  hang: (asm) => told(asm, { hang: true }),
  "fault cs": (asm, a) => told(asm, { csFault: exception(a) }),
  "fatal cs": (asm, a) => told(asm, { csFatal: exception(a) }),
  "fault gpu": (asm, a) => told(asm, { gpuFault: gpuFault(a) }),
  "fault mmu": (asm, { code, access, addr }) =>
    told(asm, { mmuFault: { exception: code, access, address: addr } }),
  tiler_oom: (asm) => told(asm, { tilerOom: true }),
  progress_timeout: (asm) => told(asm, { progressTimeout: true }),
  nop: (asm, a) => void asm.nop(a.count),
  move48: (asm, { dst, value }, resolve) =>
    void asm.move48(dst, typeof value === "number" ? value : resolve(value)),
  move32: (asm, a) => void asm.move32(a.dst, a.value),
  wait: (asm, a) => void asm.wait(a.mask),
  call: (asm, a) => void asm.call(a.addr, a.size),
  jump: (asm, a) => void asm.jump(a.addr, a.size),
  branch: (asm, a) => void asm.branch(conditions[a.condition], a.value, a.offset),
  set_exception_handler: (asm, a) => void asm.setExceptionHandler(a.addr, a.size),
  flush_cache2: (asm, { flush_id, l2, lsc, other }) =>
    void asm.flushCache2(flush_id, { l2, lsc, other }),
  sync_add32: (asm, a) => void asm.syncAdd32(a.addr, a.value, syncOptions(a)),
  sync_add64: (asm, a) => void asm.syncAdd64(a.addr, a.value, syncOptions(a)),
  sync_set32: (asm, a) => void asm.syncSet32(a.addr, a.value, syncOptions(a)),
  sync_set64: (asm, a) => void asm.syncSet64(a.addr, a.value, syncOptions(a)),
  sync_wait32: (asm, a) => void asm.syncWait32(conditions[a.condition], a.addr, a.value, a.reject),
  sync_wait64: (asm, a) => void asm.syncWait64(conditions[a.condition], a.addr, a.value, a.reject),
  store_state: (asm, a) => void asm.storeState(states[a.state], a.addr, a.offset),
  progress_store: (asm, a) => void asm.progressStore(a.src),
  progress_load: (asm, a) => void asm.progressLoad(a.dst),
  progress_wait: (asm, a) => void asm.progressWait(a.queue, a.value),
  error_barrier: (asm) => void asm.errorBarrier(),
  heap_set: (asm, a) => void asm.heapSet(a.addr),
  heap_operation: (asm, a) => void asm.heapOperation(heapOperations[a.what], a.signal, a.wait),
  finish_tiling: (asm) => void asm.finishTiling(),
  finish_fragment: (asm, a) => void asm.finishFragment(a.first, a.last, a.count, a.signal, a.wait),
  load: (asm, a) => void asm.load(a.dst, a.mask, a.addr, a.offset),
  store: (asm, a) => void asm.store(a.src, a.mask, a.addr, a.offset),
  add32: (asm, a) => void asm.add32(a.dst, a.src, a.value),
  add64: (asm, a) => void asm.add64(a.dst, a.src, a.value),
  umin32: (asm, a) => void asm.umin32(a.dst, a.a, a.b),
  set_sb_entry: (asm, a) => void asm.setSbEntry(a.endpoint, a.other),
  req_resource: (asm, a) => void asm.reqResource(a.mask),
  word: (asm, a) => void asm.raw(a.value),
};

/** A NOP that the device is told something about. */
function told(asm: Assembler, annotation: Annotation): Annotation {
  asm.nop();
  return annotation;
}

/** The words of an instruction (`nop n` has n). */
export function encodeInstruction(i: Instruction, resolve: ResolveHeap): EncodedWord[] {
  const asm = new Assembler();
  const encode = encoders[i.op] as Encode<InstructionName>;
  const annotation = encode(asm, i.args as never, resolve) ?? null;
  return asm.words.map((word, n) => ({ word, annotation: n === 0 ? annotation : null }));
}
