// Whether a file is a recording or a golden, by its content: a name says nothing, and traces and
// recordings are both replayed. Light: it stands before every replay.

import { closeSync, openSync, readSync, statSync } from "node:fs";

const headBytes = 65536;

/** First bytes of what only recordings are: gzip, zstd, trace.dat, perf.data in both byte orders. */
const magics: readonly (readonly number[])[] = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x17, 0x08, 0x44, ...Buffer.from("tracing")],
  [...Buffer.from("PERFILE2")],
  [...Buffer.from("2ELIFREP")],
];

/** `comm-pid [cpu] … time: event:` of ftrace, `comm pid [cpu] time: group:event:` of perf script. */
const eventLine = /^[^\n]*\S[-\s]\d+\s+(?:\([^)\n]*\)\s+)?\[\d{2,}\][^\n]*\d+\.\d+: [\w:]+:/m;
/** Keys that a trace script cannot do without. */
const traceKey = /^["']?(?:version|events|streams|setup)["']?\s*:/m;

/** True for a recording; false for a trace, and for what cannot be read at all. */
export function isRecording(path: string): boolean {
  const head = headOf(path);
  if (head === null) return false;
  if (magics.some((magic) => magic.every((byte, i) => head[i] === byte))) return true;
  // A Perfetto trace begins with a packet: field 1, its length, and the packet's bytes.
  if (head[0] === 0x0a && head.subarray(0, 256).some((c) => c < 0x09)) return true;
  const text = head.toString("latin1");
  if (traceKey.test(text)) return false;
  return /^# tracer: /m.test(text) || eventLine.test(text);
}

/** True for a golden. */
export function isGolden(path: string): boolean {
  return headOf(path)?.toString("latin1").startsWith("# panthor-replay golden ") ?? false;
}

/** False for what holds control characters that no text has. */
export function isText(path: string): boolean {
  const head = headOf(path) ?? Buffer.alloc(0);
  return head.every((c) => c >= 0x20 || c === 0x09 || c === 0x0a || c === 0x0d);
}

/** The beginning of a regular file; null for anything else: a pipe can be read only once. */
function headOf(path: string): Buffer | null {
  try {
    if (!statSync(path).isFile()) return null;
    const fd = openSync(path, "r");
    try {
      const head = Buffer.alloc(headBytes);
      return head.subarray(0, readSync(fd, head, 0, headBytes, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}
