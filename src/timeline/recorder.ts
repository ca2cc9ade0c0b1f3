// The recorder: an append-only, columnar store of timeline entries.
// One entry is a kind, a time, the context it happened in, the entry that caused it, and up to
// seven numbers (strings are interned). Columns instead of objects keep a job's ~100 entries cheap;
// the numbers are packed, as most kinds have two or three.

import { K, kindFields, type KindName } from "./kinds.ts";

/** Where an entry happened; kept current by the machine, read by every `emit`. */
export interface EmitContext {
  /** Virtual time in nanoseconds. */
  now: number;
  cpu: number;
  /** Context id: index into `Recorder.contexts`. */
  ctx: number;
  /** `flag*` bits below. */
  flags: number;
  /** Index of the entry that led to what happens now, -1 if none. */
  cause: number;
}

export const flagIrqsOff = 1;
export const flagNeedResched = 2;
export const flagHardirq = 4;
export const flagSoftirq = 8;

/**
 * Listens to entries as they are recorded: the index and the first five numbers, so that nobody
 * reads back what was just written. The entry's time and context are those of `Recorder.at`.
 */
export type Watcher = (
  index: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
) => void;

export interface ContextInfo {
  readonly comm: string;
  readonly pid: number;
}

const chunkBits = 15;
const chunkSize = 1 << chunkBits;
const chunkMask = chunkSize - 1;
const argsMax = 7;
/** Numbers of an entry, by kind. */
const argCounts = Uint8Array.from(kindFields, (fields) => fields.length);

/** A block of entries. Columns are parallel; the numbers of entry `i` begin at `args[argAt[i]]`. */
export class Chunk {
  length = 0;
  /** Numbers used of `args`. */
  used = 0;
  /**
   * Numbers of the entries, packed: an entry writes seven and takes up as many as its kind has.
   * Room for the longest entries throughout; memory that is never touched costs nothing.
   */
  readonly args = new Float64Array(chunkSize * argsMax);
  readonly time = new Float64Array(chunkSize);
  readonly kind = new Uint8Array(chunkSize);
  /** Context id in bits 31:16, `flag*` bits in 15:8, CPU in 7:0. */
  readonly where = new Uint32Array(chunkSize);
  readonly cause = new Int32Array(chunkSize);
  readonly argAt = new Int32Array(chunkSize);

  /** Forgets its entries and keeps its memory. */
  clear(): void {
    this.length = 0;
    this.used = 0;
  }
}

/**
 * Appends entries and reads them back by index.
 * With `onChunk` the recorder streams: a full chunk is handed over and its memory used again, so
 * only entries not yet handed over can be read by index.
 */
export class Recorder {
  readonly at: EmitContext = { now: 0, cpu: 0, ctx: 0, flags: 0, cause: -1 };
  /** Contexts by id; id 0 is the device (hardware activity has no kernel context). */
  readonly contexts: ContextInfo[] = [{ comm: "device", pid: -1 }];
  length = 0;
  /** First index still held (larger than 0 only when streaming). */
  first = 0;

  private readonly chunks: Chunk[] = [new Chunk()];
  private chunk = this.chunks[0];
  private readonly ids = new Map<string, number>([["", 0]]);
  private readonly strings: string[] = [""];
  private readonly onChunk: ((chunk: Chunk, first: number) => void) | undefined;
  /** Who listens, by kind. */
  private readonly watchers: (Watcher | undefined)[] = kindFields.map(() => undefined);

  constructor(options: { readonly onChunk?: (chunk: Chunk, first: number) => void } = {}) {
    this.onChunk = options.onChunk;
  }

  /** Interns a string field; hold on to the id on hot paths. */
  str(s: string): number {
    let id = this.ids.get(s);
    if (id === undefined) {
      id = this.strings.length;
      this.strings.push(s);
      this.ids.set(s, id);
    }
    return id;
  }

  string(id: number): string {
    return this.strings[id];
  }

  /** All strings by id. */
  allStrings(): readonly string[] {
    return this.strings;
  }

  /** The chunks held, in order. */
  heldChunks(): readonly Chunk[] {
    return this.chunks;
  }

  addContext(comm: string, pid: number): number {
    this.contexts.push({ comm, pid });
    return this.contexts.length - 1;
  }

  /**
   * Appends an entry of up to four numbers at the current context; returns its index. String fields
   * are interned ids.
   */
  emit(kind: number, a = 0, b = 0, c = 0, d = 0): number {
    const n = argCounts[kind];
    if (n > 4) return this.emitLong(kind, a, b, c, d, 0);
    const o = this.begin(kind, n);
    const { args } = this.chunk;
    args[o] = a;
    args[o + 1] = b;
    args[o + 2] = c;
    args[o + 3] = d;
    const index = this.length++;
    const watcher = this.watchers[kind];
    if (watcher !== undefined) watcher(index, a, b, c, d, 0);
    return index;
  }

  /** `emit` for more than four numbers: most entries have fewer, and each costs. */
  emitLong(
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
    f = 0,
    g = 0,
  ): number {
    const o = this.begin(kind, argCounts[kind]);
    const { args } = this.chunk;
    args[o] = a;
    args[o + 1] = b;
    args[o + 2] = c;
    args[o + 3] = d;
    args[o + 4] = e;
    args[o + 5] = f;
    args[o + 6] = g;
    const index = this.length++;
    const watcher = this.watchers[kind];
    if (watcher !== undefined) watcher(index, a, b, c, d, e);
    return index;
  }

  /** All of a new entry but its `n` numbers: where they begin in `args`. */
  private begin(kind: number, n: number): number {
    let chunk = this.chunk;
    if (chunk.length === chunkSize) chunk = this.nextChunk();
    const i = chunk.length++;
    const { at } = this;
    chunk.time[i] = at.now;
    chunk.kind[i] = kind;
    chunk.where[i] = (at.ctx << 16) | (at.flags << 8) | at.cpu;
    chunk.cause[i] = at.cause;
    const o = chunk.used;
    chunk.argAt[i] = o;
    chunk.used = o + n;
    return o;
  }

  /** Calls `fn` with each entry of a kind from now on. It may record entries itself. */
  watch(kind: number, fn: Watcher): void {
    const before = this.watchers[kind];
    this.watchers[kind] =
      before === undefined
        ? fn
        : (index, a, b, c, d, e) => {
            before(index, a, b, c, d, e);
            fn(index, a, b, c, d, e);
          };
  }

  /** `printk`: a kernel log line in the timeline (the dmesg). */
  log(level: "info" | "warn" | "err", text: string): number {
    return this.emit(K.printk, this.str(level), this.str(text));
  }

  private nextChunk(): Chunk {
    if (this.onChunk !== undefined) {
      this.onChunk(this.chunk, this.first);
      this.first = this.length;
      this.chunk.clear();
      return this.chunk;
    }
    this.chunk = new Chunk();
    this.chunks.push(this.chunk);
    return this.chunk;
  }

  /** Hands over the last, partly filled chunk when streaming. */
  flush(): void {
    if (this.onChunk === undefined || this.chunk.length === 0) return;
    this.onChunk(this.chunk, this.first);
    this.first = this.length;
    this.chunk.clear();
  }

  private chunkOf(index: number): Chunk {
    if (index < this.first || index >= this.length) {
      throw new RangeError(`timeline entry ${index} is not held (${this.first}..${this.length})`);
    }
    return this.onChunk === undefined ? this.chunks[index >> chunkBits] : this.chunk;
  }

  private slot(index: number): number {
    return this.onChunk === undefined ? index & chunkMask : index - this.first;
  }

  time(index: number): number {
    return this.chunkOf(index).time[this.slot(index)];
  }
  kind(index: number): number {
    return this.chunkOf(index).kind[this.slot(index)];
  }
  cpu(index: number): number {
    return this.chunkOf(index).where[this.slot(index)] & 0xff;
  }
  flags(index: number): number {
    return (this.chunkOf(index).where[this.slot(index)] >>> 8) & 0xff;
  }
  ctx(index: number): number {
    return this.chunkOf(index).where[this.slot(index)] >>> 16;
  }
  cause(index: number): number {
    return this.chunkOf(index).cause[this.slot(index)];
  }
  arg(index: number, n: number): number {
    const chunk = this.chunkOf(index);
    return chunk.args[chunk.argAt[this.slot(index)] + n];
  }

  /** A field by name, strings resolved. For reports and tests, not for hot paths. */
  field(index: number, name: string): number | string {
    const fields = kindFields[this.kind(index)];
    const n = fields.findIndex(([f]) => f === name);
    if (n < 0) throw new RangeError(`entry ${index} has no field ${name}`);
    const v = this.arg(index, n);
    return fields[n][1] === "str" ? this.string(v) : v;
  }

  is(index: number, name: KindName): boolean {
    return this.kind(index) === K[name];
  }
}
