// The header of a trace.dat file of version 6: one part after the other, and then the data.

import type { Locator } from "../error.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { BufferInfo, CpuData, Metadata } from "./metadata.ts";
import { Bytes, readAt } from "./reader-at.ts";
import {
  option,
  readEventFormats,
  readFtraceEvents,
  readHeaderInfo,
  readOption,
} from "./tables.ts";

const headerWindowBytes = 1 << 22;
const headerBytesLimit = 1 << 28;

/** Reads as much of a version 6 file as its header takes: the data after it may be huge. */
export function readWindowed(source: ByteSource, at: number, meta: Metadata, where: Locator): void {
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
