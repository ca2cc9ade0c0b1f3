// The fields of events and instructions, visited and changed whatever the event is: the tables of
// the format say what there is.

import { type Action, specOf } from "../trace/events/index.ts";
import type { Field, Fields, NameUse } from "../trace/field.ts";
import { type Instruction, instructionSpec } from "../trace/instruction.ts";

type Raw = { readonly [key: string]: unknown };
type AnyField = Field<unknown>;

/** Where a value stands: the keys and block numbers that lead to it. */
export type Path = readonly (string | number)[];

/** Gives the value that takes a value's place. */
export type MapValue = (value: unknown, field: AnyField, path: Path) => unknown;

/** The action with its plain values replaced; values that are left out are not visited. */
export function mapAction(action: Action, map: MapValue): Action {
  const spec = specOf(action.name)!;
  return { ...action, args: mapFields(action.args as Raw, spec.fields, map, []) } as Action;
}

/** The instruction with its operands replaced. */
export function mapInstruction(instruction: Instruction, map: MapValue): Instruction {
  const { operands } = instructionSpec(instruction.op)!;
  const args = mapFields(instruction.args as Raw, operands, map, []);
  return { ...instruction, args } as Instruction;
}

function mapFields(args: Raw, fields: Fields, map: MapValue, at: Path): Raw {
  const out: Record<string, unknown> = { ...args };
  for (const [key, field] of Object.entries(fields)) {
    const value = args[key];
    if (value === undefined) continue;
    const path = [...at, key];
    const { block } = field;
    if (block === null) out[key] = map(value, field, path);
    else if (!field.many) out[key] = mapFields(value as Raw, block, map, path);
    else {
      out[key] = (value as Raw[]).map((one, i) => mapFields(one, block, map, [...path, i]));
    }
  }
  return out;
}

/** A block of an action, such as a job of a submission. */
export interface BlockPlace {
  readonly key: string;
  readonly index: number;
}

/** The blocks that an action has several or one of. */
export function blocksOf(action: Action): BlockPlace[] {
  return Object.entries(specOf(action.name)!.fields).flatMap(([key, field]) =>
    field.block !== null && field.many
      ? ((action.args as Raw)[key] as Raw[]).map((_, index) => ({ key, index }))
      : [],
  );
}

/** The action without a block. */
export function withoutBlock(action: Action, { key, index }: BlockPlace): Action {
  const blocks = ((action.args as Raw)[key] as Raw[]).filter((_, i) => i !== index);
  return { ...action, args: { ...(action.args as Raw), [key]: blocks } } as unknown as Action;
}

/** All names of an action, in the order of the tables. */
export function namesOf(action: Action): NameUse[] {
  const out: NameUse[] = [];
  mapAction(action, (value, field) => {
    out.push(...field.names(value));
    return value;
  });
  return out;
}

/** True where a call is expected to fail: it binds and releases nothing. */
export function expectsFailure(action: Action): boolean {
  const { ret } = action.args as { readonly ret?: number | "any" };
  return typeof ret === "number" && ret < 0;
}

/** A value that holds names, with other names in it. */
export function rename(value: unknown, to: (name: string) => string): unknown {
  if (typeof value === "string") return to(value);
  if (Array.isArray(value)) return value.map((one) => rename(one, to));
  const held = value as { readonly sync?: string; readonly heap?: string };
  if (held.sync !== undefined) return { ...held, sync: to(held.sync) };
  if (held.heap !== undefined) return { ...held, heap: to(held.heap) };
  return value;
}
