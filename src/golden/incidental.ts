// What a trace does not promise, applied to a golden: aspects are put out of the comparison, and
// what is left of them is `~`, in the file too. The difference is then told in src/diff/promised.ts.

import { textMatcher } from "../timeline/text-pattern.ts";
import type { DeclaredRow, FenceRow, Golden, LogRow, RegisterRow } from "./model.ts";

type Section = "registers" | "fences" | "log";

/** Stands where something is not promised. */
export const unpromised = "~";

export interface IncidentalDeclaration {
  readonly section: Section;
  readonly pattern: string;
  readonly what: readonly ("value" | "time" | "context" | "entry")[];
  readonly reason: string;
  readonly line: number;
}

export interface UnorderedDeclaration {
  readonly section: "registers" | "fences";
  readonly patterns: readonly string[];
  readonly reason: string;
  readonly line: number;
}

/** The declarations of a trace. */
export interface Declarations {
  readonly incidental: readonly IncidentalDeclaration[];
  readonly unordered: readonly UnorderedDeclaration[];
}

/** The declarations as a golden's section `[incidental]` has them. */
export function declaredRows({ incidental, unordered }: Declarations): DeclaredRow[] {
  const quoted = (patterns: readonly string[]): string =>
    patterns.map((p) => JSON.stringify(p)).join(", ");
  return [
    ...incidental.map(({ section, pattern, what, reason }) => ({
      what: `${what.join(", ")} of ${section} ${quoted([pattern])}`,
      reason,
    })),
    ...unordered.map(({ section, patterns, reason }) => ({
      what: `order of ${section} ${quoted(patterns)}`,
      reason,
    })),
  ];
}

const declaredPattern =
  /^(?:((?:value|time|context|entry)(?:, (?:value|time|context|entry))*)|order) of (registers|fences|log) ("[^]*")$/;

/** The declarations that a golden holds; lines that are none are left out. */
export function declarationsOf({ declared = [] }: Golden): Declarations {
  const incidental: IncidentalDeclaration[] = [];
  const unordered: UnorderedDeclaration[] = [];
  for (const { what, reason } of declared) {
    const m = declaredPattern.exec(what);
    if (m === null) continue;
    const [, aspects, section, list] = m;
    let patterns: string[];
    try {
      patterns = JSON.parse(`[${list}]`) as string[];
    } catch {
      continue;
    }
    const of = { section: section as Section, reason, line: 0 };
    if (aspects === undefined) {
      if (of.section !== "log") unordered.push({ ...of, section: of.section, patterns });
    } else if (patterns.length === 1) {
      const words = aspects.split(", ") as IncidentalDeclaration["what"];
      incidental.push({ ...of, pattern: patterns[0], what: words });
    }
  }
  return { incidental, unordered };
}

type Matcher<R> = (row: R) => boolean;

/** `[R|W] BLOCK.REGISTER [by CONTEXT]`. */
export function registerMatcher(pattern: string): Matcher<RegisterRow> {
  const [, direction, register, by] = /^(?:([RW]) )?(\S+)(?: by (.*))?$/.exec(pattern)!;
  const named = textMatcher(register);
  const does = by === undefined ? null : textMatcher(by);
  return (row) =>
    (direction === undefined || row.direction === direction) &&
    named(row.register) &&
    // A context that is not promised itself can have been anybody's.
    (does === null || row.context === unpromised || does(row.context));
}

export function fenceMatcher(pattern: string): Matcher<FenceRow> {
  const named = textMatcher(pattern);
  return (row) => named(row.fence);
}

export interface Masked<G extends Golden> {
  readonly golden: G;
  /** Entries that each incidental declaration applies to. */
  readonly counts: readonly number[];
  /** Old position of each row. */
  readonly from: Readonly<Record<Section, readonly number[]>>;
}

interface Kept<R> {
  readonly rows: readonly R[];
  /** Old position of each row. */
  readonly from: readonly number[];
}

/** Takes what is not promised out of a golden. Masking twice is masking once. */
export function maskGolden<G extends Golden>(golden: G, declarations: Declarations): Masked<G> {
  const { incidental, unordered } = declarations;
  if (incidental.length === 0 && unordered.length === 0) {
    const at = (_: unknown, i: number): number => i;
    const { fences, registers, log } = golden;
    const from = { fences: fences.map(at), registers: registers.map(at), log: log.map(at) };
    return { golden, counts: [], from };
  }
  const counts = incidental.map(() => 0);
  const apply = <R>(
    section: Section,
    rows: readonly R[],
    matcher: (pattern: string) => Matcher<R>,
    mask: (row: R, what: string) => R,
  ): Kept<R> => {
    const here = incidental.flatMap((d, i) =>
      d.section === section ? [{ what: d.what, matches: matcher(d.pattern), i }] : [],
    );
    if (here.length === 0) return { rows, from: rows.map((_, i) => i) };
    const kept = { rows: [] as R[], from: [] as number[] };
    rows.forEach((row, at) => {
      let out: R | null = row;
      for (const { what, matches, i } of here) {
        if (!matches(row)) continue;
        counts[i]++;
        for (const aspect of what) {
          if (aspect === "entry") out = null;
          else if (out !== null) out = mask(out, aspect);
        }
      }
      if (out === null) return;
      kept.rows.push(out);
      kept.from.push(at);
    });
    return kept;
  };
  const fences = apply("fences", golden.fences, fenceMatcher, maskFence);
  const registers = apply("registers", golden.registers, registerMatcher, maskRegister);
  const byText = (pattern: string): Matcher<LogRow> => {
    const has = textMatcher(pattern);
    return (row) => has(row.text);
  };
  const log = apply("log", golden.log, byText, (row) => row);
  const masked: Golden = {
    ...golden,
    fences: fences.rows,
    registers: registers.rows,
    log: log.rows,
    declared: declaredRows(declarations),
  };
  const from = { fences: fences.from, registers: registers.from, log: log.from };
  return { golden: withIndex(golden, masked, fences.from, registers.from) as G, counts, from };
}

/** A built golden also knows the timeline entry of each row. */
function withIndex(
  golden: Golden,
  masked: Golden,
  fences: readonly number[],
  registers: readonly number[],
): Golden {
  const { index } = golden as { index?: { fences: number[]; registers: number[] } };
  if (index === undefined) return masked;
  const kept = {
    fences: fences.map((i) => index.fences[i]),
    registers: registers.map((i) => index.registers[i]),
  };
  return { ...masked, index: kept } as Golden;
}

function maskRegister(row: RegisterRow, what: string): RegisterRow {
  if (what === "value") return { ...row, value: unpromised, fields: "" };
  if (what === "context") return { ...row, context: unpromised };
  return { ...row, untimed: true };
}

function maskFence(row: FenceRow, what: string): FenceRow {
  if (what === "context") return row.signalled < 0 ? row : { ...row, by: unpromised, path: [] };
  return { ...row, untimed: true, stages: [] };
}
