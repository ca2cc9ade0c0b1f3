// What a reduced trace says about itself.

import type { Trace } from "../trace/trace.ts";
import { nameLengthMax } from "../trace/limits.ts";

export interface Title {
  /** Completes "it …": `signals a fence more than 30 us later`. */
  readonly predicate: string;
  /** Revisions by name; null: as the trace has it. */
  readonly bad: string | null;
  readonly good: string | null;
  /** The revision that the trace then names, null to leave it. */
  readonly revision: string | null;
  readonly profile: string | null;
}

const suffix = "-reduced";
const from = "Reduced from ";

/** The first sentence of a text; the whole where it is one. */
const firstSentence = (text: string): string =>
  (/^.*?[.!?](?=\s|$)/s.exec(text.trim())?.[0] ?? text).replace(/\s+/g, " ").trim();

/** The trace with a name and a description of its own. A trace that has them keeps them. */
export function titled(trace: Trace, title: Title): Trace {
  const { predicate, bad, good, revision, profile } = title;
  const own = trace.name.endsWith(suffix);
  const name = own ? trace.name : `${trace.name.slice(0, nameLengthMax - suffix.length)}${suffix}`;
  const who = bad ?? "It";
  const unlike = good === null ? "" : `, and ${good} does not`;
  const description = own
    ? trace.description
    : `${who} ${predicate}${unlike}. ${from}${trace.name}: ${firstSentence(trace.description)}`;
  return {
    ...trace,
    name,
    description,
    ...(revision === null ? {} : { revision }),
    ...(profile === null ? {} : { profile }),
  };
}
