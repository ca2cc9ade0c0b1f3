// Numbers as trace scripts write them: integers, durations, sizes, timestamps; and back to text.
// Every parser returns null for what it does not understand and never rounds.

import { timeNsMax } from "./limits.ts";

const decimal = /^(0|[1-9][0-9]*)$/;
const hexadecimal = /^0x[0-9a-fA-F]{1,16}$/;

/** A non-negative integer, decimal or 0x-hexadecimal, of any size up to 64 bits. */
export function parseBigInt(text: string): bigint | null {
  if (text.length > 20 || !(decimal.test(text) || hexadecimal.test(text))) return null;
  return BigInt(text);
}

/** Like `parseBigInt`, for values that fit a double exactly. */
export function parseInteger(text: string): number | null {
  const value = parseBigInt(text);
  return value === null || value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value);
}

/** A decimal fraction times `10 ** digits`, exact or null. */
function parseScaled(text: string, digits: number): number | null {
  const m = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,18}))?$/.exec(text);
  if (m === null) return null;
  const fraction = (m[2] ?? "").replace(/0+$/, "");
  if (fraction.length > digits) return null;
  const value = BigInt(m[1] + fraction.padEnd(digits, "0"));
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value);
}

const timeUnits = [
  ["ns", 0],
  ["us", 3],
  ["ms", 6],
  ["s", 9],
] as const;

/** A duration with its unit, e.g. `100us` or `1.5ms`; `0` needs no unit. Nanoseconds. */
export function parseDuration(text: string): number | null {
  if (text === "0") return 0;
  for (const [unit, digits] of timeUnits) {
    if (!text.endsWith(unit)) continue;
    const number = text.slice(0, -unit.length);
    if (!/[0-9]$/.test(number)) continue;
    const ns = parseScaled(number, digits);
    return ns === null || ns > timeNsMax ? null : ns;
  }
  return null;
}

export function printDuration(ns: number): string {
  if (ns === 0) return "0";
  for (const [unit, digits] of [...timeUnits].reverse()) {
    const scale = 10 ** digits;
    if (ns % scale === 0) return `${ns / scale}${unit}`;
  }
  return `${ns}ns`;
}

/** When an event happens: at a virtual time, or after the task's previous event returned. */
export interface Timestamp {
  readonly relative: boolean;
  readonly ns: number;
}

/** `1.201148303` (seconds.nanoseconds), `12ms`, or relative `+5ms`, `+0`. */
export function parseTimestamp(text: string): Timestamp | null {
  if (text.startsWith("+")) {
    const ns = parseDuration(text.slice(1));
    return ns === null ? null : { relative: true, ns };
  }
  const ns = text.includes(".") && /[0-9]$/.test(text) ? parseScaled(text, 9) : parseDuration(text);
  return ns === null || ns > timeNsMax ? null : { relative: false, ns };
}

export function printTimestamp(t: Timestamp): string {
  return t.relative ? `+${printDuration(t.ns)}` : printSeconds(t.ns);
}

/** Seconds with nine decimals, as ftrace prints them. */
export function printSeconds(ns: number): string {
  const seconds = Math.floor(ns / 1e9);
  return `${seconds}.${String(ns - seconds * 1e9).padStart(9, "0")}`;
}

const sizeUnits = [
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["KiB", 2 ** 10],
] as const;

/** Bytes: an integer, or one with KiB, MiB or GiB. */
export function parseSize(text: string): number | null {
  for (const [unit, scale] of sizeUnits) {
    if (!text.endsWith(unit)) continue;
    const n = parseInteger(text.slice(0, -unit.length));
    return n === null || !Number.isSafeInteger(n * scale) ? null : n * scale;
  }
  return parseInteger(text);
}

export function printSize(bytes: number): string {
  if (bytes === 0) return "0";
  for (const [unit, scale] of sizeUnits) {
    if (bytes % scale === 0) return `${bytes / scale}${unit}`;
  }
  return String(bytes);
}

export function printHex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
