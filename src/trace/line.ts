// Event lines, tokenised: `comm-pid [cpu] flags timestamp: event: key=value ...`.
// Like an ftrace text line, except that values may be quoted ("...") and blocks ({key=value ...}).
// Columns are offsets into the line, so that every problem points at its token.

import { commLengthMax, fieldsMax, lineLengthMax, pidMax } from "./limits.ts";
import type { Problems, TraceReason, Hint } from "./problem.ts";
import { quote } from "./problem.ts";
import { nearest } from "./suggest.ts";
import { parseTimestamp, type Timestamp } from "./units.ts";

/** Who performs an event: a task, or the device itself. */
export interface Actor {
  readonly comm: string;
  /** -1 for the device. */
  readonly pid: number;
}

export const deviceActor: Actor = { comm: "device", pid: -1 };

export interface LexedField {
  readonly key: string;
  readonly column: number;
  readonly value: LexedValue;
}

export type LexedValue =
  | { readonly kind: "text"; readonly text: string; readonly column: number }
  | { readonly kind: "block"; readonly fields: readonly LexedField[]; readonly column: number }
  /** A key alone: a flag that is set. */
  | { readonly kind: "none"; readonly column: number };

export interface LexedAction {
  readonly name: string;
  readonly column: number;
  readonly fields: readonly LexedField[];
}

export interface LexedLine extends LexedAction {
  readonly actor: Actor;
  /** CPU that the line names, null without one. */
  readonly cpu: number | null;
  readonly at: Timestamp;
}

/** Reports a problem at a column of the line. */
export type Fail = (reason: TraceReason, column: number, detail: string, hint?: Hint) => undefined;

/** Problems of a line whose characters map to source offsets through `locate`. */
export function failAt(problems: Problems, locate: (column: number) => number): Fail {
  return (reason, column, detail, hint) => problems.add(reason, locate(column), detail, hint);
}

const space = /[ \t]/;
const form = "comm-pid [cpu] flags timestamp: event: key=value ...";

class Scanner {
  pos = 0;
  constructor(readonly text: string) {}

  skip(): void {
    while (this.pos < this.text.length && space.test(this.text[this.pos])) this.pos++;
  }
  get end(): boolean {
    return this.pos >= this.text.length;
  }
  get char(): string {
    return this.text[this.pos];
  }
  /** The run of characters up to white space (or a character of `stops`). */
  word(stops = ""): string {
    const from = this.pos;
    while (!this.end && !space.test(this.char) && !stops.includes(this.char)) this.pos++;
    return this.text.slice(from, this.pos);
  }
}

/** Tokenises a whole event line; undefined after reporting what is wrong. */
export function lexLine(text: string, fail: Fail): LexedLine | undefined {
  if (tooLong(text, fail)) return undefined;
  const s = new Scanner(text);
  s.skip();
  const column = s.pos;
  const actor = parseActor(s.word(), column, fail);
  if (actor === undefined) return undefined;
  const cpu = lexCpu(s, fail);
  if (cpu === undefined) return undefined;
  skipFlags(s);
  const at = lexTimestamp(s, fail);
  if (at === undefined) return undefined;
  const action = lexActionAt(s, fail);
  return action === undefined ? undefined : { actor, cpu, at, ...action };
}

/** Tokenises `event: key=value ...` (an injection of the header). */
export function lexAction(text: string, fail: Fail): LexedAction | undefined {
  return tooLong(text, fail) ? undefined : lexActionAt(new Scanner(text), fail);
}

function tooLong(text: string, fail: Fail): boolean {
  if (text.length <= lineLengthMax) return false;
  fail("TooLarge", 0, `line of ${text.length} characters`, {
    expected: `at most ${lineLengthMax}`,
  });
  return true;
}

/** `comm-pid` or `device`. The comm may hold dashes: the pid follows the last one. */
export function parseActor(text: string, column: number, fail: Fail): Actor | undefined {
  if (text === deviceActor.comm) return deviceActor;
  const dash = text.lastIndexOf("-");
  const comm = text.slice(0, Math.max(dash, 0));
  const digits = text.slice(dash + 1);
  if (dash <= 0 || !/^[0-9]+$/.test(digits)) {
    const meant = nearest(text, [deviceActor.comm]);
    return fail("BadTask", column, `${quote(text)} is not a task`, {
      expected: "comm-pid or device",
      ...(meant === undefined ? {} : { meant }),
    });
  }
  if (comm.length > commLengthMax || !/^[\w./:-]+$/.test(comm)) {
    return fail("BadTask", column, `comm ${quote(comm)}`, {
      expected: `1 to ${commLengthMax} letters, digits or _ . / : -`,
    });
  }
  const pid = Number(digits);
  if (pid < 1 || pid > pidMax) {
    return fail("BadTask", column + dash + 1, `pid ${digits}`, { expected: `1 to ${pidMax}` });
  }
  return { comm, pid };
}

function lexCpu(s: Scanner, fail: Fail): number | null | undefined {
  s.skip();
  if (s.end || s.char !== "[") return null;
  const column = s.pos;
  const word = s.word();
  const m = /^\[([0-9]{1,3})\]$/.exec(word);
  if (m !== null) return Number(m[1]);
  return fail("BadLine", column, `CPU ${quote(word)}`, { expected: "[000]" });
}

/** The ftrace flags column says nothing to a replay: skipped. */
function skipFlags(s: Scanner): void {
  s.skip();
  const from = s.pos;
  if (!/^[.dDb][.a-zA-Z0-9#]{3,4}$/.test(s.word())) s.pos = from;
}

function lexTimestamp(s: Scanner, fail: Fail): Timestamp | undefined {
  s.skip();
  const column = s.pos;
  const word = s.word(":");
  if (word === "" || s.end || s.char !== ":") {
    return fail("BadLine", column, `no timestamp at ${quote(s.text.slice(column))}`, {
      expected: form,
    });
  }
  s.pos++;
  const at = parseTimestamp(word);
  if (at !== null) return at;
  return fail("BadTimestamp", column, quote(word), {
    expected: "seconds.nanoseconds, a number with ns, us, ms or s, or +duration",
  });
}

function lexActionAt(s: Scanner, fail: Fail): LexedAction | undefined {
  s.skip();
  const column = s.pos;
  const name = s.word(":");
  if (name === "" || s.end || s.char !== ":") {
    return fail("BadLine", column, `no event at ${quote(s.text.slice(column))}`, {
      expected: form,
    });
  }
  s.pos++;
  const counter = { fields: 0 };
  const fields = lexFields(s, fail, counter, false);
  return fields === undefined ? undefined : { name, column, fields };
}

function lexFields(
  s: Scanner,
  fail: Fail,
  counter: { fields: number },
  inBlock: boolean,
): LexedField[] | undefined {
  const fields: LexedField[] = [];
  const open = s.pos;
  for (;;) {
    s.skip();
    if (s.end) {
      if (!inBlock) return fields;
      return fail("BadLine", open - 1, "block is not closed", { expected: "}" });
    }
    if (s.char === "}") {
      if (!inBlock) return fail("BadLine", s.pos, "} without {");
      s.pos++;
      return fields;
    }
    if (++counter.fields > fieldsMax) {
      return fail("TooMany", s.pos, `more than ${fieldsMax} fields`);
    }
    const field = lexField(s, fail, counter, inBlock);
    if (field === undefined) return undefined;
    fields.push(field);
  }
}

function lexField(
  s: Scanner,
  fail: Fail,
  counter: { fields: number },
  inBlock: boolean,
): LexedField | undefined {
  const column = s.pos;
  const key = s.word('={}"');
  if (!/^[a-z][a-z0-9_]*$/.test(key)) {
    const got = key === "" ? s.char : key;
    return fail("BadLine", column, `${quote(got)} is not a field`, { expected: "key=value" });
  }
  if (s.end || s.char !== "=") return { key, column, value: { kind: "none", column } };
  s.pos++;
  const value = lexValue(s, fail, counter, inBlock);
  return value === undefined ? undefined : { key, column, value };
}

function lexValue(
  s: Scanner,
  fail: Fail,
  counter: { fields: number },
  inBlock: boolean,
): LexedValue | undefined {
  const column = s.pos;
  if (!s.end && s.char === '"') {
    const text = lexString(s, fail);
    return text === undefined ? undefined : { kind: "text", text, column };
  }
  if (!s.end && s.char === "{") {
    if (inBlock) return fail("TooDeep", column, "block inside a block");
    s.pos++;
    const fields = lexFields(s, fail, counter, true);
    return fields === undefined ? undefined : { kind: "block", fields, column };
  }
  const text = s.word('{}"');
  if (text === "" || (!s.end && '{"'.includes(s.char))) {
    return fail("BadLine", s.pos, "no value after =", { expected: 'text, "text" or {block}' });
  }
  return { kind: "text", text, column };
}

const escapes: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", n: "\n", t: "\t" };

function lexString(s: Scanner, fail: Fail): string | undefined {
  const open = s.pos++;
  let out = "";
  for (;;) {
    if (s.end) return fail("BadLine", open, "string is not closed", { expected: '"' });
    const c = s.text[s.pos++];
    if (c === '"') return out;
    if (c !== "\\") {
      out += c;
      continue;
    }
    const escaped = escapes[s.text[s.pos] ?? ""];
    if (escaped === undefined) {
      return fail("BadLine", s.pos - 1, "unknown escape", { expected: '\\" \\\\ \\n or \\t' });
    }
    out += escaped;
    s.pos++;
  }
}

/** A value as a line writes it: quoted when it has to be. */
export function printText(text: string): string {
  if (/^[^\s={}"\\,]+$/.test(text)) return text;
  const escaped = text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t");
  return `"${escaped}"`;
}

/** Lexed fields back as text (for lines with variables, which stay as written). */
export function printFields(fields: readonly LexedField[]): string {
  return fields.map((f) => ` ${f.key}${printValue(f.value)}`).join("");
}

function printValue(value: LexedValue): string {
  if (value.kind === "none") return "";
  if (value.kind === "block") return `={${printFields(value.fields).slice(1)}}`;
  const bare = /^[^\s{}"]+$/.test(value.text);
  return `=${bare ? value.text : printText(value.text)}`;
}
