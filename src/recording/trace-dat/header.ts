// The metadata of a trace.dat file, versions 6 and 7: formats, symbols, task names, clock, and where
// the pages of each CPU are. Layout: trace-cmd.dat.v6(5), trace-cmd.dat.v7(5).

import type { Locator } from "../error.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { algorithmOf, inflate, type Algorithm } from "./compression.ts";
import { parseField, parseFormat, type EventFormat } from "./format.ts";
import { Bytes, readAt } from "./reader-at.ts";

/** Pages of one CPU in one ring buffer. */
export interface CpuData {
  readonly cpu: number;
  readonly offset: number;
  readonly size: number;
}

/** One ring buffer: the top one or an instance. */
export interface BufferInfo {
  readonly name: string;
  readonly clock: string;
  readonly pageSize: number;
  readonly compressed: boolean;
  readonly cpus: readonly CpuData[];
}

/** Where a page keeps its parts, out of the file's `header_page`. */
export interface PageLayout {
  readonly commitOffset: number;
  readonly commitSize: number;
  readonly dataOffset: number;
}

export class Metadata {
  version = 7;
  little = true;
  longSize = 8;
  pageSize = 4096;
  algorithm: Algorithm = "none";
  page: PageLayout = { commitOffset: 8, commitSize: 8, dataOffset: 16 };
  readonly formats = new Map<number, EventFormat>();
  /** `/proc/kallsyms` as it was. */
  kallsyms: Uint8Array = new Uint8Array();
  comms: Uint8Array = new Uint8Array();
  clock: string | null = null;
  cpuCount: number | null = null;
  /** Nanoseconds added to every time. */
  timeOffset = 0;
  readonly stats: string[] = [];
  readonly buffers: BufferInfo[] = [];
}

const magic = "\x17\x08\x44tracing";
const headerBytesMax = 1 << 16;
const headerWindowBytes = 1 << 22;
const headerBytesLimit = 1 << 28;

const option = {
  done: 0,
  cpuStat: 2,
  buffer: 3,
  clock: 4,
  offset: 7,
  cpuCount: 8,
  headerInfo: 16,
  ftraceEvents: 17,
  eventFormats: 18,
  kallsyms: 19,
  cmdlines: 21,
} as const;

export function isTraceDat(head: Uint8Array): boolean {
  return head.length >= 10 && Buffer.from(head.subarray(0, 10)).toString("latin1") === magic;
}

export function readMetadata(source: ByteSource, where: Locator): Metadata {
  const head = new Uint8Array(Math.min(headerBytesMax, source.size));
  source.read(0, head);
  let b = new Bytes(head, true, where, 0);
  const meta = new Metadata();
  if (b.text(10, "the magic number") !== magic) where.fail(0, "not a trace.dat file");
  const version = b.string("the version");
  meta.version = Number(version);
  if (meta.version !== 6 && meta.version !== 7) {
    where.fail(10, `trace.dat version ${JSON.stringify(version)}; versions 6 and 7 are known`);
  }
  const endian = b.u8("the byte order");
  if (endian > 1) where.fail(b.at - 1, `byte order ${endian} is neither 0 nor 1`);
  meta.little = endian === 0;
  b = new Bytes(head, meta.little, where, 0);
  b.at = 10 + version.length + 2;
  meta.longSize = b.u8("the size of a long");
  if (meta.longSize !== 4 && meta.longSize !== 8) {
    where.fail(b.at - 1, `a long of ${meta.longSize} bytes`);
  }
  meta.pageSize = pageSize(b.u32("the page size"), b.at - 4, where);
  if (meta.version === 6) {
    readWindowed(source, b.at, meta, where);
  } else {
    const name = b.string("the compression");
    meta.algorithm = algorithmOf(name, b.at, where);
    b.string("the compression's version");
    readOptionSections(source, b.u64("the place of the options"), meta, where);
  }
  return meta;
}

function pageSize(size: number, byte: number, where: Locator): number {
  if (size < 256 || size > 1 << 24 || (size & (size - 1)) !== 0) {
    where.fail(byte, `a page of ${size} bytes`);
  }
  return size;
}

/** Reads as much of a version 6 file as its header takes: the data after it may be huge. */
function readWindowed(source: ByteSource, at: number, meta: Metadata, where: Locator): void {
  const left = source.size - at;
  for (let size = headerWindowBytes; ; size *= 4) {
    const window = Math.min(size, left, headerBytesLimit);
    const bytes = readAt(source, at, window, where, "the header");
    try {
      return readVersion6(source, new Bytes(bytes, meta.little, where, at), meta, where);
    } catch (error) {
      if (window === left || window === headerBytesLimit) throw error;
      meta.buffers.length = 0;
      meta.stats.length = 0;
    }
  }
}

function readVersion6(source: ByteSource, b: Bytes, meta: Metadata, where: Locator): void {
  readHeaderInfo(b, meta);
  readFtraceEvents(b, meta);
  readEventFormats(b, meta);
  meta.kallsyms = b.take(b.u32("kallsyms"), "kallsyms");
  b.take(b.u32("printk formats"), "printk formats");
  meta.comms = b.take(b.u64("task names"), "task names");
  meta.cpuCount = b.u32("the number of CPUs");
  let section = b.text(10, "a section's name");
  const extra: { name: string; offset: number }[] = [];
  if (section === "options  \0") {
    for (;;) {
      const id = b.u16("an option");
      if (id === option.done) break;
      const data = new Bytes(
        b.take(b.u32("an option"), "an option"),
        b.little,
        where,
        b.base + b.at,
      );
      if (id === option.buffer) {
        const offset = data.u64("a buffer");
        extra.push({ name: data.string("a buffer's name"), offset });
      } else readOption(id, data, meta);
    }
    section = b.text(10, "a section's name");
  }
  if (section === "latency  \0") where.fail(b.base + b.at, "a latency trace holds text, no events");
  if (section !== "flyrecord\0") where.fail(b.base + b.at - 10, "expected flyrecord data");
  meta.buffers.push(readCpus6(b, meta, ""));
  for (const { name, offset } of extra) {
    // Instances have a section of their own.
    const size = 10 + 16 * meta.cpuCount;
    const part = readAt(source, offset, size, where, `the data of buffer ${name}`);
    const own = new Bytes(part, meta.little, where, offset);
    own.expect("flyrecord\0");
    meta.buffers.push(readCpus6(own, meta, name));
  }
}

function readCpus6(b: Bytes, meta: Metadata, name: string): BufferInfo {
  const cpus: CpuData[] = [];
  const count = meta.cpuCount ?? 0;
  b.need(count * 16, "the CPUs' data");
  for (let cpu = 0; cpu < count; cpu++) {
    const offset = b.u64("a CPU's data");
    cpus.push({ cpu, offset, size: b.u64("a CPU's data") });
  }
  return { name, clock: meta.clock ?? "local", pageSize: meta.pageSize, compressed: false, cpus };
}

/** Follows the chain of option sections of a version 7 file. */
function readOptionSections(
  source: ByteSource,
  first: number,
  meta: Metadata,
  where: Locator,
): void {
  const seen = new Set<number>();
  for (let at = first; at !== 0;) {
    if (seen.has(at)) where.fail(at, "the sections of options form a ring");
    seen.add(at);
    const b = readSection(source, at, 0, meta, where);
    let next = 0;
    while (b.left > 0) {
      const id = b.u16("an option");
      const size = b.u32("an option");
      const data = new Bytes(b.take(size, "an option"), b.little, where, b.base + b.at - size);
      if (id === option.done) {
        next = data.u64("the next options");
        break;
      }
      if (id === option.buffer) readBuffer7(source, data, meta, where);
      else if (id >= option.headerInfo && id <= option.cmdlines) {
        readSectionOption(source, id, data, meta, where);
      } else readOption(id, data, meta);
    }
    at = next;
  }
}

function readSectionOption(
  source: ByteSource,
  id: number,
  data: Bytes,
  meta: Metadata,
  where: Locator,
): void {
  if (data.left < 8) return;
  const b = readSection(source, data.u64("a section's place"), id, meta, where);
  switch (id) {
    case option.headerInfo:
      return readHeaderInfo(b, meta);
    case option.ftraceEvents:
      return readFtraceEvents(b, meta);
    case option.eventFormats:
      return readEventFormats(b, meta);
    case option.kallsyms:
      meta.kallsyms = b.take(b.u32("kallsyms"), "kallsyms");
      return;
    case option.cmdlines:
      meta.comms = b.take(b.u64("task names"), "task names");
      return;
  }
}

/** A section of a version 7 file, inflated where it is compressed. */
function readSection(
  source: ByteSource,
  offset: number,
  id: number,
  meta: Metadata,
  where: Locator,
): Bytes {
  const head = new Bytes(
    readAt(source, offset, 16, where, "a section's header"),
    meta.little,
    where,
    offset,
  );
  const got = head.u16("a section's id");
  if (got !== id) where.fail(offset, `section ${got} where section ${id} should be`);
  const compressed = (head.u16("a section's flags") & 1) !== 0;
  head.u32("a section's description");
  const size = head.u64("a section's size");
  const data = readAt(source, offset + 16, size, where, `section ${id}`);
  if (!compressed) return new Bytes(data, meta.little, where, offset + 16);
  const b = new Bytes(data, meta.little, where, offset + 16);
  const packed = b.u32("a compressed size");
  const plain = b.u32("an uncompressed size");
  const bytes = inflate(meta.algorithm, b.take(packed, "compressed data"), plain, offset, where);
  return new Bytes(bytes, meta.little, where, offset);
}

function readBuffer7(source: ByteSource, data: Bytes, meta: Metadata, where: Locator): void {
  const section = data.u64("a buffer's place");
  const name = data.string("a buffer's name");
  const clock = data.string("a buffer's clock");
  const size = pageSize(data.u32("a buffer's page size"), data.base + data.at - 4, where);
  const count = data.u32("a buffer's CPUs");
  data.need(count * 20, "a buffer's CPUs");
  const cpus: CpuData[] = [];
  for (let n = 0; n < count; n++) {
    const cpu = data.u32("a CPU");
    const offset = data.u64("a CPU's data");
    cpus.push({ cpu: cpu & 0xffff, offset, size: data.u64("a CPU's data") });
  }
  const head = readAt(source, section, 16, where, "a buffer's header");
  const flags = new DataView(head.buffer).getUint16(2, meta.little);
  meta.buffers.push({ name, clock, pageSize: size, compressed: (flags & 1) !== 0, cpus });
  if (meta.clock === null || name === "") meta.clock = clock;
}

function readOption(id: number, data: Bytes, meta: Metadata): void {
  const text = (): string => data.text(data.left, "an option").replace(/\0.*$/s, "");
  switch (id) {
    case option.cpuStat:
      meta.stats.push(text());
      return;
    case option.clock: {
      const clocks = text();
      meta.clock = /\[([^\]]+)\]/.exec(clocks)?.[1] ?? (clocks.trim() || meta.clock);
      return;
    }
    case option.offset: {
      const offset = Number(text());
      if (Number.isSafeInteger(offset)) meta.timeOffset = offset;
      return;
    }
    case option.cpuCount:
      meta.cpuCount = data.left >= 4 ? data.u32("the number of CPUs") : meta.cpuCount;
      return;
  }
}

function readHeaderInfo(b: Bytes, meta: Metadata): void {
  b.expect("header_page\0");
  const text = b.text(b.u64("header_page"), "header_page");
  const fields = text.split("\n").map(parseField);
  const commit = fields.find((f) => f?.name === "commit");
  const data = fields.find((f) => f?.name === "data");
  if (commit !== undefined && commit !== null && data !== undefined && data !== null) {
    if (commit.offset + commit.size <= 64 && data.offset >= 12 && data.offset <= 64) {
      meta.page = {
        commitOffset: commit.offset,
        commitSize: commit.size === 4 ? 4 : 8,
        dataOffset: data.offset,
      };
    }
  }
  b.expect("header_event\0");
  b.take(b.u64("header_event"), "header_event");
}

function readFtraceEvents(b: Bytes, meta: Metadata): void {
  const count = b.u32("the ftrace events");
  for (let n = 0; n < count; n++) addFormat(b, "ftrace", meta);
}

function readEventFormats(b: Bytes, meta: Metadata): void {
  const systems = b.u32("the event systems");
  for (let s = 0; s < systems; s++) {
    const system = b.string("a system's name");
    const count = b.u32("a system's events");
    for (let n = 0; n < count; n++) addFormat(b, system, meta);
  }
}

function addFormat(b: Bytes, system: string, meta: Metadata): void {
  const format = parseFormat(b.text(b.u64("an event's format"), "an event's format"), system);
  if (format !== null) meta.formats.set(format.id, format);
}
