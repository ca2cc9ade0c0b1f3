// Texts of events, matched byte by byte: `driver={driver} timeline={timeline} …` is compiled to
// literals and captures, and a line's fields go straight into the columns. A name ends where the
// literal after it begins; should the rest not match there, the next such place is tried.

import { kindFields, K, type KindName } from "../../timeline/kinds.ts";
import { argsMax, type EventBatch } from "../batch.ts";
import { hexDigit, objectKey, trimmed, utf8 } from "./bytes.ts";
import { functionEnd, plainConversion } from "./convert.ts";
import type { Objects } from "./fence-numbers.ts";
import type { ObjectIds } from "../interner.ts";
import { Literal, paddedAt } from "./literal.ts";
import type { Conversion } from "./row.ts";

const blank = 0x20;
const nine = 0x39;
const zero = 0x30;
const minus = 0x2d;

const enum Op {
  Int,
  Hex,
  Str,
  Handled,
  Text,
  Object,
  Function,
  Word,
  Job,
  Queued,
  Fence,
  Dependent,
  Skip,
  None,
}

interface Capture {
  readonly op: Op;
  readonly arg: number;
  readonly objects: ObjectIds | null;
  /** The literal after it. */
  readonly literal: Literal;
}

const ops: Readonly<Record<Conversion, Op>> = {
  int: Op.Int,
  hex: Op.Hex,
  str: Op.Str,
  text: Op.Text,
  object: Op.Object,
  function: Op.Function,
  symbol: Op.Str,
  state: Op.Str,
  handled: Op.Handled,
  until: Op.Int,
  word: Op.Word,
  job: Op.Job,
  queued: Op.Queued,
  fence: Op.Fence,
  dependent: Op.Dependent,
  none: Op.None,
};

/** Captures that do not mean the same wherever they stand. */
const impure: readonly Op[] = [Op.Text, Op.Object, Op.Job, Op.Queued, Op.Fence, Op.Dependent];

/** One text of an event, compiled. */
export class Template {
  private readonly head: Literal;
  private readonly captures: Capture[] = [];
  private at = 0;
  private value = 0;
  /** Equal bytes always mean equal fields. */
  readonly isPure: boolean;

  constructor(
    kind: KindName,
    text: string,
    private readonly objects: Objects,
  ) {
    const parts = text.split(/\{([^}]*)\}/);
    this.head = new Literal(parts[0]);
    const fields = kindFields[K[kind]];
    for (let i = 1; i < parts.length; i += 2) {
      const [name, how] = parts[i].split(":");
      const arg = fields.findIndex(([field]) => field === name);
      if (arg < 0 && name !== "_") throw new RangeError(`${kind} has no field ${name}: ${text}`);
      const conversion = (how ?? (arg < 0 ? "" : plainConversion(fields[arg][1]))) as Conversion;
      this.captures.push({
        op: arg < 0 ? Op.Skip : ops[conversion],
        arg: Math.max(arg, 0),
        objects: conversion === "object" ? objects.of(name) : null,
        literal: new Literal(parts[i + 1]),
      });
    }
    this.isPure = !this.captures.some((c) => impure.includes(c.op));
  }

  /** Matches `start..end` of `b` and fills the fields of event `i`; false when it does not match. */
  match(
    b: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    batch: EventBatch,
    i: number,
  ): boolean {
    const o = i * argsMax;
    const args = batch.args;
    let at = this.literalAt(b, view, start, end, this.head);
    if (at < 0) return false;
    const captures = this.captures;
    // The last name captured may end at a later occurrence of its literal.
    let retry = -1;
    let retryStart = 0;
    let retryFrom = 0;
    let c = 0;
    while (c < captures.length) {
      const capture = captures[c];
      const { op, literal } = capture;
      let next = -1;
      if (op <= Op.Hex) {
        const to = op === Op.Int ? this.int(b, at, end) : this.hex(b, at, end);
        if (to >= 0) {
          next = literal.length === 0 ? to : this.literalAt(b, view, to, end, literal);
          args[o + capture.arg] = this.value;
        }
      } else if (op === Op.Text) {
        args[o + capture.arg] = batch.keepText(utf8(b, at, end));
        next = end;
      } else {
        const from = retry === c ? retryFrom : at;
        const first = retry === c ? retryStart : at;
        const stop =
          literal.length === 0 ? trimmed(b, first, end) : this.find(b, view, from, end, literal);
        if (stop >= 0 && this.take(capture, b, first, stop, batch, o)) {
          next = literal.length === 0 ? end : this.at;
          if (literal.length > 0) {
            retry = c;
            retryStart = first;
            retryFrom = stop + 1;
          }
        } else if (retry === c) return false;
      }
      if (next < 0) {
        if (retry < 0) return false;
        c = retry;
        continue;
      }
      at = next;
      c++;
    }
    return true;
  }

  /** Converts one capture that lies between `start` and `stop`. */
  private take(
    capture: Capture,
    b: Uint8Array,
    start: number,
    stop: number,
    batch: EventBatch,
    o: number,
  ): boolean {
    const args = batch.args;
    const slot = o + capture.arg;
    switch (capture.op) {
      case Op.Skip:
        return true;
      case Op.Handled:
        // A bare number is the raw record's, not the text's.
        if (start === stop || b[start] <= nine) return false;
        args[slot] = batch.names.intern(b, start, stop);
        return true;
      case Op.Str:
        args[slot] = batch.names.intern(b, start, stop);
        return true;
      case Op.Function:
        args[slot] = batch.names.intern(b, start, functionEnd(b, start, stop));
        return true;
      case Op.Object:
        args[slot] = capture.objects!.id(objectKey(b, start, stop, batch));
        return true;
      case Op.None:
        args[slot] = -1;
        return true;
      case Op.Word: {
        const half = stop - 8;
        if (half <= start || this.hex(b, start, half) !== half) return false;
        args[slot] = this.value;
        if (this.hex(b, half, stop) !== stop) return false;
        args[slot + 1] = this.value;
        return true;
      }
      case Op.Job:
        if (this.int(b, start, stop) < 0) return false;
        this.objects.fences.noteJob(this.value);
        args[slot] = -1;
        return true;
      case Op.Queued:
        args[slot] = this.objects.fences.queued(objectKey(b, start, stop, batch));
        return true;
      case Op.Fence:
        args[slot] = this.objects.fences.fence(objectKey(b, start, stop, batch));
        args[slot - 1] = -1;
        return true;
      case Op.Dependent:
        if (this.int(b, start, stop) < 0) return false;
        args[slot] = this.objects.fences.ofJob(this.value);
        return true;
      default:
        return false;
    }
  }

  /** End of a decimal number at `at`, -1 if there is none. */
  private int(b: Uint8Array, at: number, end: number): number {
    let i = at;
    while (i < end && b[i] === blank) i++;
    const negative = i < end && b[i] === minus;
    if (negative) i++;
    const first = i;
    let value = 0;
    for (let d = 0; i < end && (d = b[i] - zero) >= 0 && d <= 9; i++) value = value * 10 + d;
    if (i === first) return -1;
    if (value === 0 && i < end && (b[i] | blank) === 0x78 && i === first + 1) {
      return this.hex(b, first, end);
    }
    this.value = negative ? -value : value;
    return i;
  }

  /** End of a hexadecimal number, with or without `0x`. */
  private hex(b: Uint8Array, at: number, end: number): number {
    let i = at;
    if (i + 1 < end && b[i] === zero && (b[i + 1] | blank) === 0x78) i += 2;
    const first = i;
    let value = 0;
    while (i < end) {
      const d = hexDigit(b[i]);
      if (d < 0) break;
      value = value * 16 + d;
      i++;
    }
    this.value = value;
    return i === first ? -1 : i;
  }

  /** End of `literal` at `at`, -1 if it is not there. A blank stands for one or more of them. */
  private literalAt(
    b: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    literal: Literal,
  ): number {
    const { length, bytes, words } = literal;
    const to = at + length;
    if (to > end) return -1;
    if (length < 4) {
      for (let n = 0; n < length; n++) {
        if (b[at + n] !== bytes[n]) return literal.isPadded ? paddedAt(b, at, end, bytes) : -1;
      }
      return to;
    }
    const last = to - 4;
    let n = 0;
    let i = at;
    while (i < last && view.getInt32(i, true) === words[n]) {
      i += 4;
      n++;
    }
    if (i >= last && view.getInt32(last, true) === words[n]) return to;
    return literal.isPadded ? paddedAt(b, at, end, bytes) : -1;
  }

  /** Start of the next `literal` from `at` on, -1 if there is none; its end in `this.at`. */
  private find(b: Uint8Array, view: DataView, at: number, end: number, literal: Literal): number {
    const first = literal.bytes[0];
    for (let i = at; i < end; i++) {
      if (b[i] !== first) continue;
      const to = this.literalAt(b, view, i, end, literal);
      if (to >= 0) {
        this.at = to;
        return i;
      }
    }
    return -1;
  }
}
