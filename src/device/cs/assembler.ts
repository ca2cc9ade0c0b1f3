// Assembles command streams of CSF arch 10: each method appends one 64-bit word.
// Operands are register numbers unless they are named otherwise; addresses are register pairs.

import { op } from "./opcode.ts";

/** Fields of SYNC_ADD and SYNC_SET. */
export interface SyncOptions {
  /** Writes the stream's error to the object's status word. */
  readonly propagate?: boolean;
  /** Only streams of the group are told. */
  readonly groupScope?: boolean;
  /** Scoreboard entries to wait for before it happens, and the entry that it signals. */
  readonly waitMask?: number;
  readonly signal?: number;
}

/** What FLUSH_CACHE2 does to the caches; clean and invalidate everything by default. */
export interface FlushOptions {
  /** 0 none, 1 clean, 2 invalidate, 3 both. */
  readonly l2?: number;
  readonly lsc?: number;
  readonly other?: number;
  readonly waitMask?: number;
  readonly signal?: number;
}

export class Assembler {
  readonly words: bigint[] = [];

  private emit(code: number, dest: number, addr: number, data: number, low: number): this {
    const hi = ((code << 24) | (dest << 16) | (addr << 8) | data) >>> 0;
    this.words.push((BigInt(hi) << 32n) | BigInt(low >>> 0));
    return this;
  }

  /** The stream as little-endian bytes. */
  bytes(): Uint8Array {
    const out = new Uint8Array(this.words.length * 8);
    const view = new DataView(out.buffer);
    this.words.forEach((w, i) => view.setBigUint64(i * 8, w, true));
    return out;
  }

  /** A word as it is. */
  raw(word: bigint): this {
    this.words.push(word);
    return this;
  }

  nop(count = 1): this {
    for (let i = 0; i < count; i++) this.words.push(0n);
    return this;
  }

  move48(dest: number, value: number): this {
    const high = Math.floor(value / 2 ** 32) & 0xffff;
    return this.emit(op.MOVE48, dest, high >>> 8, high & 0xff, value % 2 ** 32);
  }

  move32(dest: number, value: number): this {
    return this.emit(op.MOVE32, dest, 0, 0, value);
  }

  wait(mask: number): this {
    return this.emit(op.WAIT, 0, 0, 0, mask << 16);
  }

  runCompute(): this {
    return this.emit(op.RUN_COMPUTE, 0, 0, 0, 0);
  }

  runFragment(): this {
    return this.emit(op.RUN_FRAGMENT, 0, 0, 0, 0);
  }

  runTiling(): this {
    return this.emit(op.RUN_TILING, 0, 0, 0, 0);
  }

  runIdvs(): this {
    return this.emit(op.RUN_IDVS, 0, 0, 0, 0);
  }

  add32(dest: number, source: number, value: number): this {
    return this.emit(op.ADD_IMMEDIATE32, dest, source, 0, value);
  }

  add64(dest: number, source: number, value: number): this {
    return this.emit(op.ADD_IMMEDIATE64, dest, source, 0, value);
  }

  umin32(dest: number, a: number, b: number): this {
    return this.emit(op.UMIN32, dest, a, b, 0);
  }

  load(first: number, mask: number, address: number, offset = 0): this {
    return this.emit(op.LOAD_MULTIPLE, first, address, 0, (mask << 16) | (offset & 0xffff));
  }

  store(first: number, mask: number, address: number, offset = 0): this {
    return this.emit(op.STORE_MULTIPLE, first, address, 0, (mask << 16) | (offset & 0xffff));
  }

  /** `offset` in instructions from the one behind the branch. */
  branch(condition: number, value: number, offset: number): this {
    return this.emit(op.BRANCH, 0, value, 0, (condition << 28) | (offset & 0xffff));
  }

  setSbEntry(endpoint: number, other: number): this {
    return this.emit(op.SET_SB_ENTRY, 0, 0, 0, endpoint | (other << 4));
  }

  call(address: number, length: number): this {
    return this.emit(op.CALL, 0, address, length, 0);
  }

  jump(address: number, length: number): this {
    return this.emit(op.JUMP, 0, address, length, 0);
  }

  setExceptionHandler(address: number, length: number): this {
    return this.emit(op.SET_EXCEPTION_HANDLER, 0, address, length, 2);
  }

  reqResource(mask: number): this {
    return this.emit(op.REQ_RESOURCE, 0, 0, 0, mask);
  }

  flushCache2(flushId: number, o: FlushOptions = {}): this {
    const caches = ((o.other ?? 2) << 8) | ((o.lsc ?? 3) << 4) | (o.l2 ?? 3);
    const low = ((o.waitMask ?? 0) << 16) | caches;
    return this.emit(op.FLUSH_CACHE2, o.signal ?? 0, flushId, 0, low);
  }

  syncAdd32(address: number, data: number, options: SyncOptions = {}): this {
    return this.sync(op.SYNC_ADD32, address, data, options);
  }

  syncSet32(address: number, data: number, options: SyncOptions = {}): this {
    return this.sync(op.SYNC_SET32, address, data, options);
  }

  syncAdd64(address: number, data: number, options: SyncOptions = {}): this {
    return this.sync(op.SYNC_ADD64, address, data, options);
  }

  syncSet64(address: number, data: number, options: SyncOptions = {}): this {
    return this.sync(op.SYNC_SET64, address, data, options);
  }

  syncWait32(condition: number, address: number, data: number, reject = false): this {
    return this.emit(op.SYNC_WAIT32, 0, address, data, (condition << 28) | (reject ? 1 : 0));
  }

  syncWait64(condition: number, address: number, data: number, reject = false): this {
    return this.emit(op.SYNC_WAIT64, 0, address, data, (condition << 28) | (reject ? 1 : 0));
  }

  /** State: 0 timestamp, 1 cycle count, 2 disjoint count, 3 error status. */
  storeState(state: number, address: number, offset = 0): this {
    return this.emit(op.STORE_STATE, 0, address, state, offset & 0xffff);
  }

  progressStore(source: number): this {
    return this.emit(op.PROGRESS_STORE, 0, source, 0, 0);
  }

  progressLoad(dest: number): this {
    return this.emit(op.PROGRESS_LOAD, dest, 0, 0, 0);
  }

  progressWait(queue: number, source: number): this {
    return this.emit(op.PROGRESS_WAIT, 0, source, 0, queue);
  }

  errorBarrier(): this {
    return this.emit(op.ERROR_BARRIER, 0, 0, 0, 0);
  }

  heapSet(address: number): this {
    return this.emit(op.HEAP_SET, 0, address, 0, 0);
  }

  /** Operation: 0 vertex/tiler started, 1 vertex/tiler completed, 3 fragment completed. */
  heapOperation(operation: number, signal = 0, waitMask = 0): this {
    return this.emit(op.HEAP_OPERATION, signal, 0, operation, waitMask << 16);
  }

  finishTiling(): this {
    return this.emit(op.FINISH_TILING, 0, 0, 0, 0);
  }

  /** Frees heap chunks from the register pairs `first` to `last`. */
  finishFragment(first: number, last: number, count: boolean, signal = 0, waitMask = 0): this {
    return this.emit(op.FINISH_FRAGMENT, signal, first, last, (waitMask << 16) | (count ? 1 : 0));
  }

  private sync(code: number, address: number, data: number, o: SyncOptions): this {
    const scope = o.groupScope === true ? 2 : 0;
    const low = (o.propagate === true ? 1 : 0) | (scope << 1) | ((o.waitMask ?? 0) << 16);
    return this.emit(code, o.signal ?? 0, address, data, low);
  }
}
