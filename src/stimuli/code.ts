// Words of command streams as lines of a trace's streams. What has no mnemonic stays a word.
// Opcodes 0xe0 to 0xe6 are no hardware's: the device of this project's recordings uses them for
// work of a known length and for faults.

import type { CodeFacts } from "./facts.ts";
import { op } from "../device/cs/opcode.ts";
import { printDuration, printHex } from "../trace/units.ts";

/** Addresses that have a name: `heap.context`. */
export type AddressNames = ReadonlyMap<number, string>;

const runFor = 0xe0;
const made: Readonly<Record<number, (low: bigint) => string>> = {
  [runFor]: (low) => `run ${printDuration(Number(low))}`,
  0xe1: () => "hang",
  0xe2: (low) => `fault cs ${printHex(Number(low & 0xffn))}`,
  0xe3: (low) => `fatal cs ${printHex(Number(low & 0xffn))}`,
  0xe4: () => "fault gpu",
  0xe5: () => "tiler_oom",
  0xe6: () => "progress_timeout",
};

const syncs: Readonly<Record<number, readonly [string, "r" | "d", boolean]>> = {
  [op.SYNC_ADD32]: ["sync_add32", "r", false],
  [op.SYNC_SET32]: ["sync_set32", "r", false],
  [op.SYNC_WAIT32]: ["sync_wait32", "r", true],
  [op.SYNC_ADD64]: ["sync_add64", "d", false],
  [op.SYNC_SET64]: ["sync_set64", "d", false],
  [op.SYNC_WAIT64]: ["sync_wait64", "d", true],
};

/** One word as a line. */
export function instructionLine(word: bigint, names: AddressNames): string {
  const hi = Number(word >> 32n);
  const low = Number(word & 0xffff_ffffn);
  const opcode = hi >>> 24;
  const dst = (hi >>> 16) & 0xff;
  const a = (hi >>> 8) & 0xff;
  const b = hi & 0xff;
  const special = made[opcode];
  if (special !== undefined) return special(word & 0xff_ffff_ffff_ffffn);
  const sync = syncs[opcode];
  if (sync !== undefined) return syncLine(sync, a, b, low);
  switch (opcode) {
    case op.NOP:
      if (word === 0n) return "nop";
      break;
    case op.MOVE48: {
      const value = (hi & 0xffff) * 2 ** 32 + low;
      return `move48 d${dst}, ${names.get(value) ?? printHex(value)}`;
    }
    case op.MOVE32:
      return `move32 r${dst}, ${printHex(low)}`;
    case op.WAIT:
      if ((hi & 0xff_ffff) === 0 && (low & 0xffff) === 0) return `wait ${printHex(low >>> 16)}`;
      break;
    case op.HEAP_SET:
      return `heap_set d${a}`;
    case op.ERROR_BARRIER:
      return "error_barrier";
    case op.LOAD_MULTIPLE:
    case op.STORE_MULTIPLE: {
      const mnemonic = opcode === op.LOAD_MULTIPLE ? "load" : "store";
      const offset = (low & 0xffff) === 0 ? "" : `, offset=${printHex(low & 0xffff)}`;
      return `${mnemonic} r${dst}, d${a}${offset}, mask=${printHex(low >>> 16)}`;
    }
  }
  return `word ${printHex(word)}`;
}

function syncLine(
  [mnemonic, letter, waits]: readonly [string, "r" | "d", boolean],
  a: number,
  b: number,
  low: number,
): string {
  const operands = `d${a}, ${letter}${b}`;
  if (waits) {
    const reject = (low & 1) !== 0 ? ", reject" : "";
    return `${mnemonic} ${low >>> 28 === 1 ? "gt" : "le"}, ${operands}${reject}`;
  }
  const scope = ((low >>> 1) & 3) === 2 ? ", scope=csg" : "";
  const propagate = (low & 1) !== 0 ? ", propagate" : "";
  return `${mnemonic} ${operands}${scope}${propagate}`;
}

/** Instructions in front of a work that is measured take a little of it. */
const workGrainNs = 1_000;

/** A stream from its words; NOPs at the end are padding. Null where no word of it was seen. */
export function streamLines(
  { words, busy }: Pick<CodeFacts, "words" | "busy">,
  start: number,
  size: number,
  names: AddressNames,
): { readonly lines: string[]; readonly missing: number } | null {
  const found: (bigint | undefined)[] = [];
  for (let at = start; at < start + size; at += 8) found.push(words.get(at));
  if (found.every((w) => w === undefined)) return null;
  while (found.length > 0 && (found.at(-1) === undefined || found.at(-1) === 0n)) found.pop();
  const missing = found.filter((w) => w === undefined).length;
  const lines = found.map((w) => instructionLine(w ?? 0n, names));
  for (let at = start; at < start + size; at += 8) {
    const ns = Math.floor((busy.get(at) ?? 0) / workGrainNs) * workGrainNs;
    if (ns > 0) lines.push(`run ${printDuration(ns)}`);
  }
  return { lines, missing };
}
