// The metadata of a trace.dat file, versions 6 and 7: formats, symbols, task names, clock, and where
// the pages of each CPU are. Layout: trace-cmd.dat.v6(5), trace-cmd.dat.v7(5).

import type { Locator } from "../error.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { algorithmOf } from "./compression.ts";
import { Metadata } from "./metadata.ts";
import { Bytes } from "./reader-at.ts";
import { pageSize } from "./tables.ts";
import { readWindowed } from "./version6.ts";
import { readOptionSections } from "./version7.ts";

const magic = "\x17\x08\x44tracing";
const headerBytesMax = 1 << 16;

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
