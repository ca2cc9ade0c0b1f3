// The header of a trace.dat file of version 7: a chain of options that name sections.

import type { Locator } from "../error.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { inflate } from "./compression.ts";
import type { CpuData, Metadata } from "./metadata.ts";
import { Bytes, readAt } from "./reader-at.ts";
import { option, pageSize, readEventFormats, readFtraceEvents } from "./tables.ts";
import { readHeaderInfo, readOption } from "./tables.ts";

/** Follows the chain of option sections of a version 7 file. */
export function readOptionSections(
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
