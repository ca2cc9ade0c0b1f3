// What is wrong with a trace script: closed reasons, a location, what was expected, a suggestion.
// One line each: `file:line:column: Reason: detail; expected ...; did you mean ...?`.

import { TaggedError } from "effect/Data";
import { problemsMax } from "./limits.ts";
import { byDistance, nearest } from "./suggest.ts";

/** All reasons, in no order of severity: each one makes the trace unusable. */
export const traceReasons = [
  "YamlSyntax",
  "TooLarge",
  "TooDeep",
  "TooMany",
  "WrongType",
  "MissingKey",
  "UnknownKey",
  "DuplicateKey",
  "UnsupportedVersion",
  "OutOfRange",
  "BadValue",
  "BadLine",
  "BadTimestamp",
  "BadTask",
  "UnknownEvent",
  "MissingField",
  "UnknownField",
  "DuplicateField",
  "ConflictingFields",
  "UnknownVariable",
  "UnknownName",
  "DuplicateName",
  "WrongKind",
  "UnknownInstruction",
  "BadOperand",
] as const;
export type TraceReason = (typeof traceReasons)[number];

export interface TraceProblem {
  readonly reason: TraceReason;
  readonly file: string;
  /** 1-based, as editors count. */
  readonly line: number;
  readonly column: number;
  readonly detail: string;
  /** What would have been right: a list of alternatives or one description. */
  readonly expected?: string;
  readonly meant?: string;
}

/** The problem as one line. */
export function formatProblem(p: TraceProblem): string {
  const expected = p.expected === undefined ? "" : `; expected ${p.expected}`;
  const meant = p.meant === undefined ? "" : `; did you mean ${p.meant}?`;
  return `${p.file}:${p.line}:${p.column}: ${p.reason}: ${p.detail}${expected}${meant}`;
}

/** A trace script that cannot be used. Exit code 129: the user can fix it. */
export class TraceError extends TaggedError("TraceError")<{
  readonly problems: readonly TraceProblem[];
  /** Problems beyond `problemsMax`, not listed. */
  readonly unlisted: number;
}> {
  override get message(): string {
    const lines = this.problems.map(formatProblem);
    if (this.unlisted > 0) lines.push(`and ${this.unlisted} more`);
    return lines.join("\n");
  }
}

export interface Hint {
  /** Alternatives; the nearest to `got` is suggested. */
  readonly oneOf?: readonly string[];
  readonly got?: string;
  /** Or a description of what fits. */
  readonly expected?: string;
  readonly meant?: string;
}

/** Alternatives listed in full up to this many, the nearest few of more. */
const oneOfMax = 12;
const nearestShown = 5;

/** Collects problems of one source text up to a limit. */
export class Problems {
  readonly list: TraceProblem[] = [];
  unlisted = 0;

  constructor(
    private readonly file: string,
    private readonly position: (offset: number) => { readonly line: number; readonly col: number },
  ) {}

  get count(): number {
    return this.list.length + this.unlisted;
  }

  add(reason: TraceReason, offset: number, detail: string, hint: Hint = {}): undefined {
    if (this.list.length >= problemsMax) {
      this.unlisted++;
      return undefined;
    }
    const { line, col } = this.position(offset);
    const { oneOf, got } = hint;
    const expected = hint.expected ?? (oneOf === undefined ? undefined : describeOneOf(oneOf, got));
    const meant =
      hint.meant ?? (oneOf === undefined || got === undefined ? undefined : nearest(got, oneOf));
    const problem: TraceProblem = {
      reason,
      file: this.file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      detail,
      ...(expected === undefined ? {} : { expected }),
      ...(meant === undefined ? {} : { meant }),
    };
    this.list.push(problem);
    return undefined;
  }

  error(): TraceError {
    const problems = [...this.list].sort((a, b) => a.line - b.line || a.column - b.column);
    return new TraceError({ problems, unlisted: this.unlisted });
  }
}

function describeOneOf(names: readonly string[], got = ""): string {
  if (names.length === 0) return "none";
  if (names.length === 1) return names[0];
  if (names.length <= oneOfMax) return `one of ${names.join(", ")}`;
  const shown = byDistance(got, names).slice(0, nearestShown);
  return `one of ${shown.join(", ")} and others`;
}

/** Text from an input, safe to put in a one-line message. */
export function quote(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return JSON.stringify(cut);
}
