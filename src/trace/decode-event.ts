// From tokens to typed events: names and fields checked against the tables.

import { eventNames, specOf, type Action } from "./events/index.ts";
import type { Field, Fields, FailValue, NameUse } from "./field.ts";
import type { Fail, LexedAction, LexedField } from "./line.ts";
import { quote } from "./problem.ts";
import type { EventSpec } from "./spec.ts";
import { substitute, type Variables } from "./variable.ts";

type Raw = Record<string, unknown>;

/** Told of every name in a line, with its column. */
export type OnName = (use: NameUse, column: number) => void;

interface Context {
  readonly variables: Variables;
  readonly fail: Fail;
  readonly onName: OnName;
}

/** The action of a tokenised line; undefined after reporting what is wrong. */
export function decodeAction(
  lexed: LexedAction,
  variables: Variables,
  fail: Fail,
  onName: OnName = () => {},
): Action | undefined {
  const spec = specOf(lexed.name);
  if (spec === undefined) {
    return fail("UnknownEvent", lexed.column, quote(lexed.name), {
      oneOf: eventNames,
      got: lexed.name,
    });
  }
  const fields = inlineBlock(lexed, spec, fail);
  if (fields === undefined) return undefined;
  const context = { variables, fail, onName };
  const args = decodeFields(fields, spec.fields, lexed.name, lexed.column, context);
  if (args === undefined) return undefined;
  let bad = false;
  spec.check?.(args, (reason, detail, hint) => {
    bad = true;
    fail(reason, lexed.column, detail, hint);
  });
  return bad ? undefined : ({ name: lexed.name, args } as Action);
}

/** Collects the fields that belong to the block of an event into one block. */
function inlineBlock(
  lexed: LexedAction,
  spec: EventSpec,
  fail: Fail,
): readonly LexedField[] | undefined {
  const key = spec.inline;
  if (key === undefined) return lexed.fields;
  const inner = spec.fields[key].block!;
  const inlined: LexedField[] = [];
  const rest: LexedField[] = [];
  for (const f of lexed.fields) {
    const belongs = Object.hasOwn(inner, f.key) && !Object.hasOwn(spec.fields, f.key);
    (belongs ? inlined : rest).push(f);
  }
  if (inlined.length === 0) {
    // An empty job is a job: an event with neither fields nor blocks has one of these.
    const blocks = lexed.fields.some((f) => f.key === key);
    const allOptional = Object.values(inner).every((f) => f.optional);
    if (blocks || !allOptional) return rest;
  } else if (rest.some((f) => f.key === key)) {
    return fail("ConflictingFields", inlined[0].column, `${inlined[0].key} beside ${key}={...}`);
  }
  const column = inlined[0]?.column ?? lexed.column;
  return [...rest, { key, column, value: { kind: "block", fields: inlined, column } }];
}

function decodeFields(
  lexed: readonly LexedField[],
  fields: Fields,
  owner: string,
  column: number,
  context: Context,
): Raw | undefined {
  const { fail } = context;
  const out: Raw = {};
  const seen = new Set<string>();
  let ok = true;
  for (const f of lexed) {
    const field = Object.hasOwn(fields, f.key) ? fields[f.key] : undefined;
    if (field === undefined) {
      fail("UnknownField", f.column, `${quote(f.key)} of ${owner}`, {
        oneOf: Object.keys(fields),
        got: f.key,
      });
      ok = false;
      continue;
    }
    if (seen.has(f.key) && !field.many) {
      fail("DuplicateField", f.column, `${quote(f.key)} of ${owner}`);
      ok = false;
      continue;
    }
    seen.add(f.key);
    const value = decodeValue(f, field, context);
    if (value === undefined) ok = false;
    else if (field.many) ((out[f.key] ??= []) as unknown[]).push(value);
    else out[f.key] = value;
  }
  for (const [key, field] of Object.entries(fields)) {
    if (Object.hasOwn(out, key)) continue;
    if (field.optional) {
      out[key] = field.many ? [] : field.fallback;
      if (field.fallback === undefined) continue;
      for (const use of field.names(field.fallback)) context.onName(use, column);
    } else if (!seen.has(key)) {
      fail("MissingField", column, `${key} of ${owner}`, { expected: `${key}=${field.type}` });
      ok = false;
    }
  }
  return ok ? inOrder(out, fields) : undefined;
}

/** The same order of keys whatever order the line has them in. */
function inOrder(values: Raw, fields: Fields): Raw {
  const out: Raw = {};
  for (const key of Object.keys(fields)) out[key] = values[key];
  return out;
}

function decodeValue(lexed: LexedField, field: Field<unknown>, context: Context): unknown {
  const { value } = lexed;
  const failValue: FailValue = (reason, detail, hint, offset = 0) =>
    context.fail(reason, value.column + offset, `${lexed.key}: ${detail}`, hint);
  if (value.kind === "none") {
    if (field.flag) return true;
    return failValue("BadValue", "no value", { expected: `${lexed.key}=${field.type}` });
  }
  if (value.kind === "block") {
    if (field.block === null) {
      return failValue("WrongType", "a block", { expected: field.type });
    }
    return decodeFields(value.fields, field.block, lexed.key, value.column, context);
  }
  const text = substitute(value.text, context.variables, failValue);
  const read = text === undefined ? undefined : field.read(text, failValue);
  if (read !== undefined) {
    for (const use of field.names(read)) context.onName(use, value.column);
  }
  return read;
}
