// What a SUSPEND writes to the group's suspend buffer, and a RESUME reads: registers, program
// counters, remaining work. It goes through address space 0, so a buffer that the driver took away
// faults. The layout is this firmware's own.

import type { StreamPhase } from "../cs/host.ts";
import type { CommandStream } from "../cs/stream.ts";
import type { McuMemory } from "./mcu-memory.ts";

const magic = 0x50535553; // "SUSP"
const streamBytes = 0x400;
const regsOffset = 0x80;
const framesOffset = 0x280;
const workOffset = 0x300;
const framesMax = 8;
const workMax = 16;

/** States that a stream goes on with after a resume; others start by looking at the ring. */
const kept: readonly StreamPhase[] = [
  "BUSY",
  "FAULT_WAIT",
  "OOM_WAIT",
  "FATAL",
  "HUNG",
  "AS_FAULT",
];

/** Writes the state of a stream that has just stopped. */
export function save(memory: McuMemory, buffer: number, s: CommandStream, busyNs: number): void {
  const at = buffer + s.id * streamBytes;
  const state = kept.indexOf(s.state) + 1;
  // A stream that waits for its scoreboard executes the WAIT again.
  const back = s.state === "WAIT_SB" ? 8 : 0;
  const frames = s.frames.map((f, i) => (i === s.frames.length - 1 ? f.pc - back : f.pc));
  const extract = s.frames.length === 0 ? s.extract - back : s.extract;
  const words = [
    magic,
    state,
    extract % 2 ** 32,
    Math.floor(extract / 2 ** 32),
    busyNs % 2 ** 32,
    Math.floor(busyNs / 2 ** 32),
    s.error,
    s.endpointEntry | (s.otherEntry << 4),
    s.resources,
    s.heap.started,
    s.heap.completed,
    s.heap.fragments,
    s.heap.context % 2 ** 32,
    Math.floor(s.heap.context / 2 ** 32),
    s.fault.word,
    s.fault.info,
    s.fatal.word,
    s.fatal.info,
    s.frames.length,
    s.oomHandler === null ? 0 : 1,
    (s.oomHandler?.start ?? 0) % 2 ** 32,
    Math.floor((s.oomHandler?.start ?? 0) / 2 ** 32),
    s.oomHandler?.length ?? 0,
    s.debt,
  ];
  words.forEach((w, i) => memory.write32(at + 4 * i, w));
  s.regs.r.forEach((r, i) => memory.write32(at + regsOffset + 4 * i, r));
  s.frames.slice(0, framesMax).forEach((f, i) => {
    memory.write64(at + framesOffset + 16 * i, frames[i]);
    memory.write64(at + framesOffset + 16 * i + 8, f.end);
  });
  const work = s.sb.remaining().slice(0, workMax);
  memory.write32(at + workOffset, work.length);
  work.forEach((w, i) => {
    memory.write32(at + workOffset + 8 + 12 * i, w.entry);
    memory.write64(at + workOffset + 12 + 12 * i, w.ns);
  });
}

/** Reads a stream back; the work that its BUSY state still has, or null if nothing was saved. */
export function restore(
  memory: McuMemory,
  buffer: number,
  s: CommandStream,
): { readonly state: StreamPhase; readonly busyNs: number } | null {
  const at = buffer + s.id * streamBytes;
  const word = (i: number): number => memory.read32(at + 4 * i);
  const wide = (i: number): number => word(i + 1) * 2 ** 32 + word(i);
  if (word(0) !== magic) return null;
  s.extract = wide(2);
  s.error = word(6);
  s.endpointEntry = word(7) & 0xf;
  s.otherEntry = word(7) >>> 4;
  s.resources = word(8);
  s.debt = word(23);
  s.heap = { started: word(9), completed: word(10), fragments: word(11), context: wide(12) };
  s.fault = { word: word(14), info: word(15) };
  s.fatal = { word: word(16), info: word(17) };
  s.oomHandler = word(19) === 0 ? null : { start: wide(20), length: word(22) };
  s.regs.r.forEach((_, i) => (s.regs.r[i] = memory.read32(at + regsOffset + 4 * i)));
  for (let i = 0; i < word(18); i++) {
    const pc = memory.read64(at + framesOffset + 16 * i);
    s.frames.push({ pc, end: memory.read64(at + framesOffset + 16 * i + 8) });
  }
  for (let i = 0; i < memory.read32(at + workOffset); i++) {
    const entry = memory.read32(at + workOffset + 8 + 12 * i);
    s.sb.start(entry, memory.read64(at + workOffset + 12 + 12 * i), null);
  }
  const state = word(1);
  return { state: state === 0 ? "IDLE" : kept[state - 1], busyNs: wide(4) };
}
