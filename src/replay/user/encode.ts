// Instructions of trace streams as words of CSF arch 10, and what the device is told about them
// because no word can say it (how long work takes, faults). Fields are those of Mesa's v10.xml;
// the executing side is device/cs/execute*.ts.

import type { Annotation, Exception } from "../../device/cs/annotation.ts";
import { condition, op } from "../../device/cs/opcode.ts";
import type { HeapAddress, Instruction, Operands } from "../../trace/instruction.ts";

/** An instruction word, and what the device has to know about it. */
export interface EncodedWord {
  readonly word: bigint;
  readonly annotation: Annotation | null;
}

/** Resolves an address that the driver chose. */
export type ResolveHeap = (address: HeapAddress) => number;

const runOpcodes = {
  compute: op.RUN_COMPUTE,
  fragment: op.RUN_FRAGMENT,
  tiler: op.RUN_TILING,
  idvs: op.RUN_IDVS,
} as const;

const states = { timestamp: 0, cycle_count: 1, disjoint_count: 2, error_state: 3 } as const;

/** Opcode in bits 63:56, three 8-bit fields, 32 bits of immediate. */
function pack(opcode: number, dst: number, a: number, b: number, low: number): bigint {
  const hi = ((opcode << 24) | (dst << 16) | (a << 8) | b) >>> 0;
  return (BigInt(hi) << 32n) | BigInt(low >>> 0);
}

const plain = (word: bigint): EncodedWord[] => [{ word, annotation: null }];
const nop = (annotation: Annotation): EncodedWord[] => [{ word: 0n, annotation }];

const exception = ({ code, data, info }: Operands<"fault cs">): Exception => ({
  type: code,
  data,
  info,
});

const gpuFault = ({ code, addr }: Operands<"fault gpu">): Annotation["gpuFault"] =>
  addr === undefined ? { status: code } : { status: code, address: addr };

function syncWrite(opcode: number, a: Operands<"sync_add64">): EncodedWord[] {
  // SYNC scope: bits 2:1, 0 system, 2 group.
  const low = (a.propagate ? 1 : 0) | ((a.scope === "csg" ? 2 : 0) << 1);
  return plain(pack(opcode, 0, a.addr, a.value, low));
}

function syncWait(opcode: number, a: Operands<"sync_wait64">): EncodedWord[] {
  const when = a.condition === "gt" ? condition.greater : condition.lequal;
  return plain(pack(opcode, 0, a.addr, a.value, (when << 28) | (a.reject ? 1 : 0)));
}

function load(opcode: number, first: number, a: Operands<"load"> | Operands<"store">) {
  return plain(pack(opcode, first, a.addr, 0, (a.mask << 16) | a.offset));
}

/** The words of an instruction (`nop n` has n). */
export function encodeInstruction(i: Instruction, resolve: ResolveHeap): EncodedWord[] {
  switch (i.op) {
    case "run": {
      const word = pack(runOpcodes[i.args.unit], 0, 0, 0, 0);
      return [{ word, annotation: { runNs: i.args.for } }];
    }
    case "hang":
      return nop({ hang: true });
    case "fault cs":
      return nop({ csFault: exception(i.args) });
    case "fatal cs":
      return nop({ csFatal: exception(i.args) });
    case "fault gpu":
      return nop({ gpuFault: gpuFault(i.args) });
    case "fault mmu":
      return nop({
        mmuFault: { exception: i.args.code, access: i.args.access, address: i.args.addr },
      });
    case "tiler_oom":
      return nop({ tilerOom: true });
    case "progress_timeout":
      return nop({ progressTimeout: true });
    case "nop":
      return Array.from({ length: i.args.count }, () => ({ word: 0n, annotation: null }));
    case "move48": {
      const { dst, value } = i.args;
      const n = BigInt(typeof value === "number" ? value : resolve(value));
      return plain(pack(op.MOVE48, dst, 0, 0, 0) | n);
    }
    case "move32":
      return plain(pack(op.MOVE32, i.args.dst, 0, 0, i.args.value));
    case "wait":
      return plain(pack(op.WAIT, 0, 0, 0, i.args.mask << 16));
    case "call":
      return plain(pack(op.CALL, 0, i.args.addr, i.args.size, 0));
    case "jump":
      return plain(pack(op.JUMP, 0, i.args.addr, i.args.size, 0));
    case "flush_cache2": {
      const { flush_id: id, l2, lsc, other } = i.args;
      return plain(pack(op.FLUSH_CACHE2, 0, id, 0, (other << 8) | (lsc << 4) | l2));
    }
    case "sync_add32":
      return syncWrite(op.SYNC_ADD32, i.args);
    case "sync_add64":
      return syncWrite(op.SYNC_ADD64, i.args);
    case "sync_set32":
      return syncWrite(op.SYNC_SET32, i.args);
    case "sync_set64":
      return syncWrite(op.SYNC_SET64, i.args);
    case "sync_wait32":
      return syncWait(op.SYNC_WAIT32, i.args);
    case "sync_wait64":
      return syncWait(op.SYNC_WAIT64, i.args);
    case "store_state": {
      const { addr, state, offset } = i.args;
      return plain(pack(op.STORE_STATE, 0, addr, states[state], offset));
    }
    case "error_barrier":
      return plain(pack(op.ERROR_BARRIER, 0, 0, 0, 0));
    case "heap_set":
      return plain(pack(op.HEAP_SET, 0, i.args.addr, 0, 0));
    case "load":
      return load(op.LOAD_MULTIPLE, i.args.dst, i.args);
    case "store":
      return load(op.STORE_MULTIPLE, i.args.src, i.args);
    case "add32":
      return plain(pack(op.ADD_IMMEDIATE32, i.args.dst, i.args.src, 0, i.args.value));
    case "add64":
      return plain(pack(op.ADD_IMMEDIATE64, i.args.dst, i.args.src, 0, i.args.value));
    case "req_resource":
      return plain(pack(op.REQ_RESOURCE, 0, 0, 0, i.args.mask));
    case "word":
      return plain(i.args.value);
  }
}
