// A stack of patches as a bisection takes it apart: its prefixes, all but one patch, one alone.

import * as Effect from "effect/Effect";
import * as Either from "effect/Either";
import { catalog } from "../revision/catalog.ts";
import { regressions } from "../revision/corpus/list.ts";
import { parseRevision, type Revision, type UnknownRevision } from "../revision/revision.ts";
import type { Catalog } from "../revision/series.ts";

/** `@n`: the first n patches; `~n`: all but patch n; `+n`: patch n alone. */
export type Selector = `@${number}` | `~${number}` | `+${number}`;

/** Every revision there is now, with each regression of the corpus as a series of one patch. */
export function stacks(): Catalog {
  const corpus = regressions.map(({ patch }) => ({
    id: patch.id,
    title: patch.title,
    base: "linux-7.3",
    patches: [patch],
  }));
  return { bases: catalog.bases, series: [...catalog.series, ...corpus] };
}

const alonePattern = /^(.+)\+(\d+)$/;

/** A revision by name; besides those of the catalogue `SERIES+N`, patch N on the base. */
export function stackRevision(
  name: string,
  from: Catalog = stacks(),
): Either.Either<Revision, UnknownRevision> {
  const alone = alonePattern.exec(name);
  if (alone === null) return Effect.runSync(Effect.either(parseRevision(name, from)));
  const n = Number(alone[2]);
  const whole = Effect.runSync(Effect.either(parseRevision(`${alone[1]}@${n}`, from)));
  return Either.map(whole, ({ base, series, patches }) => ({
    id: name,
    base,
    series,
    patches: n === 0 ? base.patches : [...base.patches, patches[patches.length - 1]],
  }));
}
