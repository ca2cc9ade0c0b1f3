// Builds a firmware image in the container format that panthor_fw.c parses: header, entries
// (interface sections, timeline metadata, build info), section data. Small and deterministic; the
// MCU's program is not executed, the model in firmware.ts stands for it.

import { sharedBase, sharedSize } from "./layout.ts";

export const headerMagic = 0xc3f13a6e;

/** CSF_FW_BINARY_ENTRY_TYPE_*. */
export const entryType = {
  iface: 0,
  config: 1,
  futfTest: 2,
  traceBuffer: 3,
  timelineMetadata: 4,
  buildInfoMetadata: 6,
} as const;

/** CSF_FW_BINARY_ENTRY_{UPDATE,OPTIONAL}. */
export const entryOptional = 2 ** 31;

/** CSF_FW_BINARY_IFACE_ENTRY_*. */
export const sectionFlag = {
  read: 1 << 0,
  write: 1 << 1,
  execute: 1 << 2,
  cached: 1 << 3,
  uncachedCoherent: 2 << 3,
  cachedCoherent: 3 << 3,
  protected: 1 << 5,
  shared: 1 << 30,
  zero: 2 ** 31,
} as const;

/** One CSF_FW_BINARY_ENTRY_TYPE_IFACE entry. */
export interface Section {
  readonly name: string;
  readonly flags: number;
  readonly vaStart: number;
  readonly vaEnd: number;
  readonly data: Uint8Array;
}

export interface ImageOptions {
  readonly sections: readonly Section[];
  /** Text behind `git_sha: ` of the build info. */
  readonly gitSha: string | null;
  readonly versionHash?: number;
  readonly minor?: number;
  readonly major?: number;
}

const headerBytes = 20;
const encoder = new TextEncoder();

interface Entry {
  readonly type: number;
  readonly optional: boolean;
  readonly words: number[];
  readonly tail: Uint8Array;
}

/** The bytes of an image. */
export function buildImage(options: ImageOptions): Uint8Array {
  const buildInfo = options.gitSha === null ? null : encoder.encode(`git_sha: ${options.gitSha}\0`);
  const iface = options.sections.map((s) => ({ ...s, tail: padded(encoder.encode(s.name)) }));
  const entriesBytes =
    iface.reduce((n, s) => n + 4 + 5 * 4 + s.tail.length, 0) +
    (4 + 8) +
    (buildInfo === null ? 0 : 4 + 8);
  let data = headerBytes + entriesBytes;
  const entries: Entry[] = [];
  for (const s of iface) {
    const end = data + s.data.length;
    entries.push({
      type: entryType.iface,
      optional: false,
      words: [s.flags, s.vaStart, s.vaEnd, data, end],
      tail: s.tail,
    });
    data = align4(end);
  }
  entries.push({ type: entryType.timelineMetadata, optional: true, words: [0, 0], tail: none });
  const buildInfoStart = data;
  if (buildInfo !== null) {
    entries.push({
      type: entryType.buildInfoMetadata,
      optional: true,
      words: [buildInfoStart, buildInfo.length],
      tail: none,
    });
    data = align4(buildInfoStart + buildInfo.length);
  }
  const bytes = new Uint8Array(data);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, headerMagic, true);
  view.setUint8(4, options.minor ?? 0);
  view.setUint8(5, options.major ?? 0);
  view.setUint32(8, options.versionHash ?? 0x9ed2a1b0, true);
  // The driver walks entries up to this size; section data lies behind them.
  view.setUint32(16, headerBytes + entriesBytes, true);
  let at = headerBytes;
  for (const e of entries) at = writeEntry(view, bytes, at, e);
  entries.forEach((e, i) => {
    if (e.type === entryType.iface) bytes.set(iface[i].data, e.words[3]);
  });
  if (buildInfo !== null) bytes.set(buildInfo, buildInfoStart);
  return bytes;
}

const none = new Uint8Array(0);

function writeEntry(view: DataView, bytes: Uint8Array, at: number, e: Entry): number {
  const size = 4 + e.words.length * 4 + e.tail.length;
  const header = e.type | (size << 8) | (e.optional ? entryOptional : 0);
  view.setUint32(at, header >>> 0, true);
  e.words.forEach((w, i) => view.setUint32(at + 4 + i * 4, w >>> 0, true));
  bytes.set(e.tail, at + 4 + e.words.length * 4);
  return at + size;
}

function align4(n: number): number {
  return (n + 3) & ~3;
}

function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(align4(bytes.length + 1));
  out.set(bytes);
  return out;
}

/** Something that looks like code: a fixed sequence, so that images are equal bit for bit. */
function filler(length: number, seed: number): Uint8Array {
  const out = new Uint8Array(length);
  let x = seed >>> 0;
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    out[i] = x >>> 24;
  }
  return out;
}

/**
 * The image of the modelled device: code, data, and the shared section with the interface at
 * CSF_MCU_SHARED_REGION_START, whose size decides where the driver's own allocations begin.
 */
export function firmwareImage(gitSha: string): Uint8Array {
  const { read, write, execute, cached, uncachedCoherent, shared, zero } = sectionFlag;
  return buildImage({
    gitSha,
    sections: [
      {
        name: "code",
        flags: read | execute | cached,
        vaStart: 0x00800000,
        vaEnd: 0x00802000,
        data: filler(0x1800, 1),
      },
      {
        name: "data",
        flags: (read | write | cached | zero) >>> 0,
        vaStart: 0x00900000,
        vaEnd: 0x00902000,
        data: filler(0x400, 2),
      },
      {
        name: "shared",
        flags: (read | write | uncachedCoherent | shared | zero) >>> 0,
        vaStart: sharedBase,
        vaEnd: sharedBase + sharedSize,
        data: none,
      },
    ],
  });
}
