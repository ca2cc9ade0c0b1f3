// Streams: one instruction per line, `mnemonic operand, operand, key=value`, comments after #.

import { instructionNames, instructionSpec, type Instruction } from "./instruction.ts";
import type { Field, Fields, FailValue, NameUse } from "./field.ts";
import { lineLengthMax, streamWordsMax } from "./limits.ts";
import { quote } from "./problem.ts";
import type { Fail } from "./line.ts";

/** Streams are padded with NOPs to the alignment that a stream needs: 64 bytes. */
export const streamAlignWords = 8;

type Raw = Record<string, unknown>;

interface Operand {
  readonly text: string;
  readonly column: number;
}

/** The instruction of a line; null for an empty line, undefined after reporting a problem. */
export function parseInstruction(line: string, fail: Fail): Instruction | null | undefined {
  if (line.length > lineLengthMax) {
    return fail("TooLarge", 0, `line of ${line.length} characters`, {
      expected: `at most ${lineLengthMax}`,
    });
  }
  const code = line.replace(/(^|\s)#.*$/, "$1");
  const m = /^\s*(\S+)(\s+(cs|gpu|mmu)(?=\s|$))?/.exec(code);
  if (m === null) return null;
  const op = m[3] === undefined ? m[1] : `${m[1]} ${m[3]}`;
  const column = m[0].length - m[0].trimStart().length;
  const spec = instructionSpec(op);
  if (spec === undefined) {
    return fail("UnknownInstruction", column, quote(op), { oneOf: instructionNames, got: op });
  }
  const args = readOperands(op, spec.operands, split(code, m[0].length), m[0].length, fail);
  return args === undefined ? undefined : ({ op, args } as Instruction);
}

function split(code: string, from: number): Operand[] {
  if (code.slice(from).trim() === "") return [];
  const out: Operand[] = [];
  let column = from;
  for (const part of code.slice(from).split(",")) {
    out.push({ text: part.trim(), column: column + part.length - part.trimStart().length });
    column += part.length + 1;
  }
  return out;
}

function readOperands(
  op: string,
  specs: Fields,
  operands: readonly Operand[],
  end: number,
  fail: Fail,
): Raw | undefined {
  const names = Object.keys(specs);
  const out: Raw = {};
  let next = 0;
  for (const operand of operands) {
    const named = /^([a-z][a-z0-9_]*)(?:=(.*))?$/.exec(operand.text);
    const isFlag = named !== null && named[2] === undefined && specs[named[1]]?.flag === true;
    const byName = named !== null && (named[2] !== undefined || isFlag);
    const key = byName ? named[1] : names[next++];
    const spec = key === undefined || !Object.hasOwn(specs, key) ? undefined : specs[key];
    if (spec === undefined || Object.hasOwn(out, key)) {
      return fail("BadOperand", operand.column, `${quote(operand.text)} of ${op}`, {
        expected: names.length === 0 ? "no operands" : names.join(", "),
      });
    }
    const failValue: FailValue = (reason, detail, hint) =>
      fail(
        reason === "BadValue" ? "BadOperand" : reason,
        operand.column,
        `${key} of ${op}: ${detail}`,
        hint,
      );
    const value = isFlag ? true : spec.read(byName ? named[2] : operand.text, failValue);
    if (value === undefined) return undefined;
    out[key] = value;
  }
  return complete(op, specs, out, end, fail);
}

function complete(op: string, specs: Fields, out: Raw, end: number, fail: Fail): Raw | undefined {
  const args: Raw = {};
  for (const [key, spec] of Object.entries(specs)) {
    if (Object.hasOwn(out, key)) args[key] = out[key];
    else if (spec.optional) args[key] = spec.fallback;
    else return fail("BadOperand", end, `${op} needs ${key}`, { expected: spec.type });
  }
  return args;
}

/** An instruction as a line. */
export function printInstruction(instruction: Instruction): string {
  const spec = instructionSpec(instruction.op)!;
  const args = instruction.args as Raw;
  const out: string[] = [];
  let positional = true;
  for (const [key, field] of Object.entries(spec.operands)) {
    if (field.optional && args[key] === field.fallback) positional = false;
    else out.push(printOperand(key, field, args[key], positional));
  }
  return out.length === 0 ? instruction.op : `${instruction.op} ${out.join(", ")}`;
}

function printOperand(key: string, field: Field<unknown>, value: unknown, plain: boolean): string {
  if (field.flag) return `${key}${field.print(value)}`;
  return plain ? field.print(value) : `${key}=${field.print(value)}`;
}

/** Instructions that a stream takes, NOPs of `nop n` counted, without the padding. */
export function streamWords(code: readonly Instruction[]): number {
  let words = 0;
  for (const i of code) words += i.op === "nop" ? i.args.count : 1;
  return words;
}

/** Size of a stream in memory, bytes, padding included. */
export function streamBytes(code: readonly Instruction[]): number {
  return Math.ceil(streamWords(code) / streamAlignWords) * streamAlignWords * 8;
}

/** True if a stream has more instructions than a trace may give it. */
export function streamTooLong(code: readonly Instruction[]): boolean {
  return streamWords(code) > streamWordsMax;
}

/** Names that the instructions of a stream use. */
export function streamNames(code: readonly Instruction[]): NameUse[] {
  return code.flatMap((i) =>
    Object.entries(instructionSpec(i.op)!.operands).flatMap(([key, field]) =>
      (i.args as Raw)[key] === undefined ? [] : [...field.names((i.args as Raw)[key])],
    ),
  );
}
