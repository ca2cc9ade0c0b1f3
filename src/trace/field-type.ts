// Typed descriptors of the fields of events and instructions: how a value is read, printed,
// documented, and which names it binds or uses. The types of events derive from them.

import type { Hint, TraceReason } from "./problem.ts";
import { quote } from "./problem.ts";

/** What a name can stand for. */
export const nameKinds = [
  "file",
  "vm",
  "bo",
  "group",
  "heap",
  "sync",
  "fd",
  "stream",
  "xgs",
] as const;
export type NameKind = (typeof nameKinds)[number];

/** A name that an event binds, uses or releases. */
export interface NameUse {
  readonly kind: NameKind;
  readonly name: string;
  readonly how: "bind" | "use";
}

/** Reports a problem at the value (or `offset` characters into it). */
export type FailValue = (
  reason: TraceReason,
  detail: string,
  hint?: Hint,
  offset?: number,
) => undefined;

/** A field of an event: one row of the format. */
export interface Field<A> {
  /** For the docs and the JSON Schema, e.g. "duration". */
  readonly type: string;
  readonly doc: string;
  /** May be left out (the value is then undefined). */
  readonly optional: boolean;
  /** May be repeated; the value is an array, in order. */
  readonly many: boolean;
  /** The fields of a block; null for a plain value. */
  readonly block: Fields | null;
  /** Written as a key alone. */
  readonly flag: boolean;
  /** The value when left out; undefined for none. */
  readonly fallback: A | undefined;
  readonly read: (text: string, fail: FailValue) => A | undefined;
  readonly print: (value: A) => string;
  readonly names: (value: A) => readonly NameUse[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any field, whatever its type
export type Fields = { readonly [key: string]: Field<any> };

/** The value type of a record of fields. */
export type Values<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer A> ? A : never;
};

const noNames = (): readonly NameUse[] => [];

export function field<A>(
  type: string,
  doc: string,
  read: Field<A>["read"],
  print: Field<A>["print"],
  names: Field<A>["names"] = noNames,
): Field<A> {
  return {
    type,
    doc,
    optional: false,
    many: false,
    block: null,
    flag: false,
    fallback: undefined,
    read,
    print,
    names,
  };
}

/** May be left out. */
export function opt<A>(f: Field<A>): Field<A | undefined> {
  return { ...f, optional: true } as Field<A | undefined>;
}

/** May be left out; its value is then `fallback`. */
export function orElse<A>(f: Field<A>, fallback: A): Field<A> {
  return { ...f, optional: true, fallback };
}

/** May be repeated, or left out (an empty array). */
export function many<A>(f: Field<A>): Field<readonly A[]> {
  return { ...f, optional: true, many: true } as unknown as Field<readonly A[]>;
}

/** `{key=value ...}`. */
export const block = <F extends Fields>(doc: string, fields: F): Field<Values<F>> => ({
  ...field<Values<F>>(
    "block",
    doc,
    (value, fail) => fail("WrongType", quote(value), { expected: "{key=value ...}" }),
    () => "",
  ),
  block: fields,
});
