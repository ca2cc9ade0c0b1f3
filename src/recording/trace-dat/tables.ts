// What both versions of a trace.dat file write in the same way: options, the layout of pages, formats
// of events. Layout: trace-cmd.dat.v6(5), trace-cmd.dat.v7(5).

import type { Locator } from "../error.ts";
import { parseField, parseFormat } from "./format.ts";
import type { Metadata } from "./metadata.ts";
import type { Bytes } from "./reader-at.ts";

/** Numbers of options; from `headerInfo` on they are of version 7 and name a section. */
export const option = {
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

/** Checks the size of a page. */
export function pageSize(size: number, byte: number, where: Locator): number {
  if (size < 256 || size > 1 << 24 || (size & (size - 1)) !== 0) {
    where.fail(byte, `a page of ${size} bytes`);
  }
  return size;
}

/** An option that says something itself. */
export function readOption(id: number, data: Bytes, meta: Metadata): void {
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

export function readHeaderInfo(b: Bytes, meta: Metadata): void {
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

export function readFtraceEvents(b: Bytes, meta: Metadata): void {
  const count = b.u32("the ftrace events");
  for (let n = 0; n < count; n++) addFormat(b, "ftrace", meta);
}

export function readEventFormats(b: Bytes, meta: Metadata): void {
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
