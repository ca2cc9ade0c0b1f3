// What `bisect` and `reduce` are asked to do, and what they look for.

import { availableParallelism } from "node:os";
import { PredicateError } from "../bisect/predicate-words.ts";
import { parsePredicate, type PredicateContext } from "../bisect/predicate-parse.ts";
import { type Predicate, timelineDiffers } from "../bisect/predicate.ts";
import { goldenPath, readGolden } from "../golden/store.ts";
import { OptionArgumentError } from "./input-error.ts";

export interface BisectOptions {
  readonly trace: string;
  readonly series: string | null;
  readonly good: string | null;
  readonly bad: string | null;
  readonly predicate: string | null;
  readonly fenceLater: string | null;
  readonly warning: string | null;
  readonly golden: boolean;
  readonly goldenRoot: string;
  readonly profile: string | null;
  readonly revision: string | null;
  readonly jobs: string | null;
  readonly exhaustive: boolean;
  readonly inside: boolean;
  readonly git: string | null;
  readonly repo: string;
  readonly setup: string | null;
  readonly build: string | null;
  readonly run: string | null;
  readonly buildReads: readonly string[];
  readonly cache: string | null;
  readonly noCache: boolean;
  readonly timeout: string | null;
  readonly json: boolean;
}

/** The text of what is looked for: `--predicate`, or one of the short forms. */
export function predicateTextOf(
  o: Pick<BisectOptions, "predicate" | "fenceLater" | "warning" | "golden">,
): string | null {
  const given = [
    o.predicate,
    o.fenceLater === null ? null : `fence any later than ${nsOf(o.fenceLater)}ns`,
    o.warning === null ? null : `warning ${JSON.stringify(o.warning)}`,
    o.golden ? "golden differs" : null,
  ].filter((text) => text !== null);
  if (given.length > 1) {
    throw new OptionArgumentError(
      "give one of --predicate, --fence-later, --warning and --golden; " +
        '--predicate takes several, joined with "and" and "or"',
    );
  }
  return given[0] ?? null;
}

function nsOf(text: string): string {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return text;
  throw new OptionArgumentError(`--fence-later ${text}: expected nanoseconds from 0`);
}

/** Reads a predicate. Throws `OptionArgumentError` with its column. */
export function readPredicate(text: string | null, context: PredicateContext): Predicate {
  if (text === null) return timelineDiffers;
  try {
    return parsePredicate(text, context);
  } catch (error) {
    if (error instanceof PredicateError) throw new OptionArgumentError(error.message);
    throw error;
  }
}

/** The golden of a replay that `golden differs` compares with. */
export function goldenOf(
  root: string,
  id: { readonly revision: string; readonly profile: string; readonly trace: string },
): PredicateContext {
  return {
    golden: () => {
      const path = goldenPath(root, id);
      const golden = readGolden(path);
      if (golden !== null) return { golden, path };
      throw new OptionArgumentError(`golden differs: ${path} is missing; accept it first`);
    },
  };
}

/** More threads than this replay ahead what nobody asks for. */
const jobsMax = 8;

export interface Jobs {
  readonly hands: number;
  /** From the beginning, and not when they pay off. */
  readonly atOnce: boolean;
}

/** What `--jobs` says; without it as many as there are CPUs, up to a bound, where they pay off. */
export function jobsOf(text: string | null, max = jobsMax): Jobs {
  if (text === null) return { hands: Math.min(availableParallelism(), max), atOnce: false };
  if (/^[1-9]\d{0,2}$/.test(text)) return { hands: Number(text), atOnce: true };
  throw new OptionArgumentError(`--jobs ${text}: expected a number from 1 to 999`);
}
