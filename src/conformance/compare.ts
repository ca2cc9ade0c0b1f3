// Agreement of a replay with a recording: matched and total per aspect, and the first difference.

import { align, internKeys } from "../diff/align.ts";
import { aspects, type Aspect, type Observation, type Projection } from "./project.ts";

export interface AspectAgreement {
  readonly matched: number;
  /** Entries of the longer side: a missing and an extra entry both count against. */
  readonly total: number;
}

export interface FirstDifference {
  readonly aspect: Aspect;
  readonly recorded: Observation | null;
  readonly replayed: Observation | null;
  /** Entries before it that agree. */
  readonly after: number;
}

export interface Agreement {
  readonly aspects: Record<Aspect, AspectAgreement>;
  /** Per aspect, null where all agree. */
  readonly first: Record<Aspect, FirstDifference | null>;
}

export function compare(recorded: Projection, replayed: Projection): Agreement {
  const agreement = {} as Record<Aspect, AspectAgreement>;
  const first = {} as Record<Aspect, FirstDifference | null>;
  for (const aspect of aspects) {
    const a = recorded[aspect];
    const b = replayed[aspect];
    const [ka, kb] = internKeys(
      a.map((o) => o.key),
      b.map((o) => o.key),
    );
    agreement[aspect] = {
      matched: align(ka, kb).matched,
      total: Math.max(a.length, b.length),
    };
    let i = 0;
    while (i < a.length && i < b.length && ka[i] === kb[i]) i++;
    first[aspect] =
      i === a.length && i === b.length
        ? null
        : { aspect, recorded: a[i] ?? null, replayed: b[i] ?? null, after: i };
  }
  return { aspects: agreement, first };
}
