// The ring buffer pages of one CPU, decoded a page at a time into columns of times and places.
// Page and event headers: kernel/trace/ring_buffer.c, and the file's own header_page.

import { RecordingError, type Locator } from "../error.ts";
import type { EventTable } from "../event-table.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { inflate } from "./compression.ts";
import type { BufferInfo, CpuData, Metadata } from "./metadata.ts";
import { u64 } from "./reader-at.ts";

/** Uncompressed pages are read so many bytes at a time. */
const windowBytes = 1 << 18;

const padding = 29;
const timeExtend = 30;
const timeStamp = 31;
const sizeMask = (1 << 27) - 1;
const missedStored = 1 << 30;

/** Events of one CPU in order. Columns hold one page; `next` is the event to take. */
export class PageCursor {
  readonly times: Float64Array;
  /** Offsets of the records in `view`. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  count = 0;
  next = 0;
  /** The bytes of the current page are in here. */
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Uint8Array = new Uint8Array();
  /** File offset of `view`, or of its compressed chunk. */
  base = 0;
  compressed: boolean;
  /** Why the data ended early. */
  failure: RecordingError | null = null;
  /** File bytes consumed. */
  consumed = 0;

  private readonly pageSize: number;
  private windowAt = 0;
  private windowEnd = 0;
  private filePosition: number;
  private readonly fileEnd: number;
  private chunksLeft = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly meta: Metadata,
    buffer: BufferInfo,
    readonly data: CpuData,
    private readonly table: EventTable,
    private readonly where: Locator,
  ) {
    this.pageSize = buffer.pageSize;
    this.compressed = buffer.compressed;
    this.filePosition = data.offset;
    this.fileEnd = data.offset + data.size;
    const most = Math.ceil(this.pageSize / 4);
    this.times = new Float64Array(most);
    this.starts = new Int32Array(most);
    this.ends = new Int32Array(most);
    if (buffer.compressed && data.size > 0) this.guard(() => this.openChunks());
  }

  /** Makes the next page with events current; false at the end of the data. */
  advance(): boolean {
    this.next = 0;
    this.count = 0;
    while (this.count === 0) {
      if (this.failure !== null) return false;
      if (!this.guard(() => this.window())) return false;
      this.guard(() => this.page());
    }
    return true;
  }

  /** Runs a step; keeps its error for later. What was decoded before it stays valid. */
  private guard<A>(step: () => A): A | undefined {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.failure = error;
      return undefined;
    }
  }

  private openChunks(): void {
    this.chunksLeft = this.word(this.filePosition, "the number of chunks");
    this.filePosition += 4;
  }

  private word(at: number, what: string): number {
    const bytes = new Uint8Array(4);
    if (this.source.read(at, bytes) < 4)
      this.where.fail(at, `${what} of CPU ${this.data.cpu} is cut`);
    return new DataView(bytes.buffer).getUint32(0, this.meta.little);
  }

  /** Makes sure that a page lies at `windowAt`; false at the end. */
  private window(): boolean {
    if (this.windowAt < this.windowEnd) return true;
    return this.compressed ? this.nextChunk() : this.nextPages();
  }

  private nextPages(): boolean {
    const left = this.fileEnd - this.filePosition;
    if (left <= 0) return false;
    const wanted = Math.min(left, Math.max(windowBytes, this.pageSize));
    if (this.bytes.length < Math.max(windowBytes, this.pageSize)) {
      this.use(new Uint8Array(Math.max(windowBytes, this.pageSize)));
    }
    const target = this.bytes.subarray(0, wanted);
    const got = this.source.read(this.filePosition, target);
    const whole = got - (got % this.pageSize);
    this.base = this.filePosition;
    if (whole === 0) {
      this.where.fail(
        this.filePosition,
        `the data of CPU ${this.data.cpu} ends within a page (${got} of ${this.pageSize} bytes)`,
      );
    }
    this.windowAt = 0;
    this.windowEnd = whole;
    this.filePosition += whole;
    this.consumed += whole;
    return true;
  }

  private nextChunk(): boolean {
    if (this.chunksLeft === 0) return false;
    const at = this.filePosition;
    const packed = this.word(at, "a chunk's size");
    const plain = this.word(at + 4, "a chunk's size");
    if (at + 8 + packed > this.fileEnd || at + 8 + packed > this.source.size) {
      this.where.fail(
        at,
        `a chunk of ${packed} bytes of CPU ${this.data.cpu} goes beyond its data`,
      );
    }
    if (plain === 0 || plain % this.pageSize !== 0) {
      this.where.fail(at, `a chunk of ${plain} bytes is no multiple of the page`);
    }
    const data = new Uint8Array(packed);
    this.source.read(at + 8, data);
    this.use(inflate(this.meta.algorithm, data, plain, at, this.where));
    this.chunksLeft--;
    this.base = at;
    this.windowAt = 0;
    this.windowEnd = plain;
    this.filePosition = at + 8 + packed;
    this.consumed += 8 + packed;
    return true;
  }

  private use(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Decodes the page at `windowAt` into the columns. */
  private page(): void {
    const start = this.windowAt;
    this.windowAt += this.pageSize;
    const { view, meta } = this;
    const { little } = meta;
    const { commitOffset, commitSize, dataOffset } = meta.page;
    const time = u64(view, start, little);
    const commit = view.getUint32(
      start + commitOffset + (little || commitSize === 4 ? 0 : 4),
      little,
    );
    const size = commit & sizeMask;
    const first = start + dataOffset;
    const end = first + size;
    if (end > start + this.pageSize) {
      this.failAt(start, `a page with ${size} bytes of events, ${this.pageSize} bytes long`);
    }
    if (commit >>> 31 !== 0) {
      const stored = (commit & missedStored) !== 0 && end + commitSize <= start + this.pageSize;
      const lost = !stored
        ? null
        : commitSize === 4
          ? view.getUint32(end, little)
          : u64(view, end, little);
      this.table.lost(this.data.cpu, lost, this.place(start));
    }
    this.events(first, end, time);
  }

  private events(first: number, end: number, time: number): number {
    const { view, times, starts, ends } = this;
    const { little } = this.meta;
    let n = 0;
    let at = first;
    while (at + 4 <= end) {
      const word = view.getUint32(at, little);
      const type = little ? word & 31 : word >>> 27;
      const delta = little ? word >>> 5 : word & 0x7ff_ffff;
      let data = at + 4;
      if (type > 0 && type < padding) {
        time += delta;
        at = data + type * 4;
      } else {
        if (at + 8 > end) {
          if (type === padding && delta === 0) break;
          this.count = n;
          this.failAt(at, "an event header is cut");
        }
        const extra = view.getUint32(data, little);
        if (type === 0) {
          if (extra < 4) {
            this.count = n;
            this.failAt(at, `an event of ${extra} bytes`);
          }
          time += delta;
          at = extra > end - data ? end + 1 : data + ((extra + 3) & ~3);
          data += 4;
        } else if (type === timeExtend) {
          time += extra * 0x800_0000 + delta;
          at += 8;
          continue;
        } else if (type === timeStamp) {
          time = extra * 0x800_0000 + delta;
          at += 8;
          continue;
        } else {
          if (delta === 0) break;
          time += delta;
          if (extra > end - data) {
            this.count = n;
            this.failAt(at, `padding of ${extra} bytes goes beyond its page`);
          }
          at = data + Math.max(extra, 4);
          continue;
        }
      }
      if (at > end) {
        this.count = n;
        this.failAt(data - 4, "an event goes beyond its page");
      }
      times[n] = time;
      starts[n] = data;
      ends[n] = at;
      n++;
    }
    this.count = n;
    return time;
  }

  /** File offset of a place in the window; that of its chunk when compressed. */
  place(at: number): number {
    return this.compressed ? this.base : this.base + at;
  }

  private failAt(at: number, reason: string): never {
    return this.where.fail(this.place(at), `CPU ${this.data.cpu}: ${reason}`);
  }
}
