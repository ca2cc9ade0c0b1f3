// Ioctl arguments as short text for the timeline: `handle=1 size=0x1000 syncs=[{...}]`.
// Addresses, sizes and masks print in hex, other numbers in decimal; undefined fields not at all.

import type { Recorder } from "../../timeline/recorder.ts";

const hexFields = new Set([
  "flags",
  "va",
  "size",
  "boOffset",
  "streamAddr",
  "offset",
  "userVaRange",
  "computeCoreMask",
  "fragmentCoreMask",
  "tilerCoreMask",
  "ringbufSize",
  "chunkSize",
]);

function valueText(key: string, value: unknown): string {
  if (typeof value === "number") return hexFields.has(key) ? hex(value) : String(value);
  if (typeof value === "bigint") return `0x${value.toString(16)}`;
  if (Array.isArray(value)) return `[${value.map((v) => valueText(key, v)).join(",")}]`;
  if (value === null) return "null";
  if (typeof value === "object") return `{${argsText(value)}}`;
  return String(value);
}

const hex = (n: number): string => (n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`);

/** The fields of an argument structure in their own order. */
export function argsText(args: object): string {
  let text = "";
  for (const key of Object.keys(args)) {
    const value = (args as Readonly<Record<string, unknown>>)[key];
    if (value === undefined) continue;
    if (text !== "") text += " ";
    text += `${key}=${valueText(key, value)}`;
  }
  return text;
}

const openObject = Symbol("{");
const openArray = Symbol("[");
const close = Symbol("]");

/** What a text is made of, in order: keys and values, structures between marks. */
function flatten(value: unknown, tape: unknown[]): void {
  if (typeof value !== "object" || value === null) {
    tape.push(value);
    return;
  }
  if (Array.isArray(value)) {
    tape.push(openArray);
    for (const element of value) flatten(element, tape);
  } else {
    tape.push(openObject);
    for (const key of Object.keys(value)) {
      tape.push(key);
      flatten((value as Readonly<Record<string, unknown>>)[key], tape);
    }
  }
  tape.push(close);
}

/** Whether `value` flattens to the tape from `at` on: the place behind it, or -1. */
function follows(value: unknown, tape: readonly unknown[], at: number): number {
  if (typeof value !== "object" || value === null) return tape[at] === value ? at + 1 : -1;
  let next = at + 1;
  if (Array.isArray(value)) {
    if (tape[at] !== openArray) return -1;
    for (let i = 0; i < value.length && next >= 0; i++) next = follows(value[i], tape, next);
  } else {
    if (tape[at] !== openObject) return -1;
    // Arguments are plain structures: their own keys, without an array of them.
    for (const key in value) {
      if (tape[next] !== key) return -1;
      next = follows((value as Readonly<Record<string, unknown>>)[key], tape, next + 1);
      if (next < 0) return -1;
    }
  }
  return next >= 0 && tape[next] === close ? next + 1 : -1;
}

/** The last arguments and their text. A program repeats itself: it is seldom written twice. */
export class LastArgs {
  private tape: unknown[] = [];
  private id = -1;

  /** The interned text of `args`. */
  textId(rec: Recorder, args: object): number {
    if (this.id >= 0 && follows(args, this.tape, 0) === this.tape.length) return this.id;
    const tape: unknown[] = [];
    flatten(args, tape);
    this.tape = tape;
    this.id = rec.str(argsText(args));
    return this.id;
  }
}
