// Revisions of the driver: `linux-7.3` (a base), `<series>` (all of a series), `<series>@N` (its
// first N patches, 0 is the base) and `<series>~N` (all but patch N, counted from 1).

import * as Data from "effect/Data";
import { type Either, left, right } from "effect/Either";
import type { Overlay } from "../driver/driver.ts";
import type { Patch } from "./patch.ts";
import type { Base, Catalog, Series } from "./series.ts";

/** A base with patches on it. */
export interface Revision {
  /** Canonical name; parses to the same revision. */
  readonly id: string;
  readonly base: Base;
  readonly series: Series | null;
  /** In order of application, the base's own first. */
  readonly patches: readonly Patch[];
}

export class UnknownRevision extends Data.TaggedError("UnknownRevision")<{
  readonly name: string;
  readonly problem: string;
  readonly suggestion: string | null;
}> {
  override get message(): string {
    const hint = this.suggestion === null ? "" : ` (did you mean ${this.suggestion}?)`;
    return `revision ${this.name}: ${this.problem}${hint}`;
  }
}

const namePattern = /^([A-Za-z0-9][A-Za-z0-9._/-]*?)(?:([@~])(\d+))?$/;

/** Reads a revision name. */
export function parseRevision(name: string, catalog: Catalog): Either<Revision, UnknownRevision> {
  const fail = (problem: string, suggestion: string | null = null) =>
    left(new UnknownRevision({ name, problem, suggestion }));
  const match = namePattern.exec(name);
  if (match === null) return fail("expected a base, <series>, <series>@N or <series>~N");
  const [, id, operator, digits] = match;

  const base = catalog.bases.find((b) => b.id === id);
  if (base !== undefined) {
    if (operator !== undefined) return fail(`${id} is a base and has no numbered patches`, id);
    return right({ id, base, series: null, patches: base.patches });
  }
  const series = catalog.series.find((s) => s.id === id);
  if (series === undefined) {
    return fail("no such base or series", nearest(id, [...catalog.bases, ...catalog.series]));
  }
  const under = catalog.bases.find((b) => b.id === series.base);
  if (under === undefined) return fail(`series ${id} applies to unknown base ${series.base}`);

  const count = series.patches.length;
  const n = digits === undefined ? count : Number(digits);
  if (operator === "~") {
    if (n < 1 || n > count) return fail(`${id} has patches 1 to ${count}`, `${id}~${count}`);
    const left = series.patches[n - 1];
    const rest = series.patches.filter((p) => p !== left);
    const needing = rest.find((p) => p.needs?.includes(left.id));
    if (needing !== undefined) {
      const m = series.patches.indexOf(needing) + 1;
      return fail(`patch ${m} (${needing.title}) needs patch ${n}`, `${id}@${n - 1}`);
    }
    return right(make(`${id}~${n}`, under, series, rest));
  }
  if (n > count) return fail(`${id} has ${count} patches`, `${id}@${count}`);
  return right(make(`${id}@${n}`, under, series, series.patches.slice(0, n)));
}

function make(id: string, base: Base, series: Series, patches: readonly Patch[]): Revision {
  return { id, base, series, patches: [...base.patches, ...patches] };
}

/** The overlays of a revision, lowest first, for `makeDriver`. */
export const overlaysOf = (revision: Revision): readonly Overlay[] =>
  revision.patches.map((p) => p.overlay);

/** Every revision that a series makes: base, each prefix, each leave-one-out. */
export function revisionNames(series: Series): readonly string[] {
  const numbers = series.patches.map((_, i) => i + 1);
  return [0, ...numbers]
    .map((n) => `${series.id}@${n}`)
    .concat(numbers.map((n) => `${series.id}~${n}`));
}

function nearest(name: string, candidates: readonly { readonly id: string }[]): string | null {
  let best: string | null = null;
  let distance = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const { id } of candidates) {
    const d = editDistance(name, id);
    if (d < distance) {
      distance = d;
      best = id;
    }
  }
  return best;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
