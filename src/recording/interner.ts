// Strings and kernel object addresses as small numbers. Recordings repeat the same few hundred
// task, function and timeline names millions of times: bytes are hashed where they lie, and a
// JavaScript string is made once for each different name.

const initialSlots = 1024;
/** Longer names are cut: nothing that the kernel names is longer than a page. */
const nameBytesMax = 4096;

/** Interns byte ranges; ids count from 0, id 0 is the empty string. */
export class Interner {
  private slots = new Int32Array(initialSlots).fill(-1);
  private mask = initialSlots - 1;
  private hashes = new Int32Array(initialSlots);
  private starts = new Uint32Array(initialSlots);
  private ends = new Uint32Array(initialSlots);
  private bytes = new Uint8Array(16 * 1024);
  private used = 0;
  private readonly strings: (string | undefined)[] = [];
  private readonly encoder = new TextEncoder();
  private view = new DataView(this.bytes.buffer);
  /** The bytes last read from, and their view: words are compared, not bytes. */
  private from: Uint8Array = this.bytes;
  private fromView: DataView = this.view;
  size = 0;

  constructor() {
    this.intern(this.bytes, 0, 0);
  }

  /** The id of bytes `start..end` of `from`. */
  intern(from: Uint8Array, start: number, end: number): number {
    if (end - start > nameBytesMax) end = start + nameBytesMax;
    if (from !== this.from) {
      this.from = from;
      this.fromView = new DataView(from.buffer, from.byteOffset, from.byteLength);
    }
    const view = this.fromView;
    let hash = 0x811c9dc5 | 0;
    let i = start;
    for (; i + 4 <= end; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (; i < end; i++) hash = Math.imul(hash ^ from[i], 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    for (;;) {
      const id = this.slots[slot];
      if (id < 0) return this.add(slot, hash, from, start, end);
      if (this.hashes[id] === hash && this.equal(id, from, start, end)) return id;
      slot = (slot + 1) & this.mask;
    }
  }

  /** The id of a string. */
  id(text: string): number {
    const bytes = this.encoder.encode(text);
    return this.intern(bytes, 0, bytes.length);
  }

  text(id: number): string {
    const known = this.strings[id];
    if (known !== undefined) return known;
    const at = Buffer.from(this.bytes.buffer, 0, this.used);
    const text = at.toString("utf8", this.starts[id], this.ends[id]);
    this.strings[id] = text;
    return text;
  }

  private equal(id: number, from: Uint8Array, start: number, end: number): boolean {
    const at = this.starts[id];
    const length = end - start;
    if (this.ends[id] - at !== length) return false;
    const { bytes, view, fromView } = this;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      if (view.getInt32(at + i, true) !== fromView.getInt32(start + i, true)) return false;
    }
    for (; i < length; i++) if (bytes[at + i] !== from[start + i]) return false;
    return true;
  }

  private add(slot: number, hash: number, from: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (this.used + length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.used + length));
      grown.set(this.bytes.subarray(0, this.used));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    const id = this.size++;
    if (id >= this.starts.length) this.growIds();
    for (let i = 0; i < length; i++) this.bytes[this.used + i] = from[start + i];
    this.starts[id] = this.used;
    this.used += length;
    this.ends[id] = this.used;
    this.hashes[id] = hash;
    this.slots[slot] = id;
    if (this.size * 2 > this.slots.length) this.growSlots();
    return id;
  }

  private growIds(): void {
    const grow = <A extends Int32Array | Uint32Array>(old: A, next: A): A => {
      next.set(old);
      return next;
    };
    const length = this.starts.length * 2;
    this.starts = grow(this.starts, new Uint32Array(length));
    this.ends = grow(this.ends, new Uint32Array(length));
    this.hashes = grow(this.hashes, new Int32Array(length));
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    this.mask = this.slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      const hash = this.hashes[id];
      let slot = (hash ^ (hash >>> 15)) & this.mask;
      while (this.slots[slot] >= 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = id;
    }
  }
}

/**
 * Numbers kernel objects by first appearance, from 1. Addresses are hashed in ftrace text and raw
 * in trace.dat: their identity is all that two recordings have in common.
 */
export class ObjectIds {
  private keys = new Float64Array(initialSlots).fill(Number.NaN);
  private values = new Int32Array(initialSlots);
  private mask = initialSlots - 1;
  private size = 0;

  id(key: number): number {
    let slot = this.slot(key);
    for (;;) {
      const known = this.keys[slot];
      if (known === key) return this.values[slot];
      if (known !== known) break;
      slot = (slot + 1) & this.mask;
    }
    return this.put(slot, key, ++this.size);
  }

  private slot(key: number): number {
    const hi = Math.floor(key / 0x1_0000_0000);
    const hash = Math.imul((key - hi * 0x1_0000_0000) ^ Math.imul(hi, 0x9e3779b1), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) & this.mask;
  }

  private put(slot: number, key: number, value: number): number {
    this.keys[slot] = key;
    this.values[slot] = value;
    if (this.size * 2 > this.keys.length) {
      const { keys, values } = this;
      this.keys = new Float64Array(keys.length * 2).fill(Number.NaN);
      this.values = new Int32Array(keys.length * 2);
      this.mask = this.keys.length - 1;
      for (let i = 0; i < keys.length; i++) {
        if (keys[i] !== keys[i]) continue;
        let to = this.slot(keys[i]);
        while (this.keys[to] === this.keys[to]) to = (to + 1) & this.mask;
        this.keys[to] = keys[i];
        this.values[to] = values[i];
      }
    }
    return value;
  }
}
