// The language of predicates: `fence done:1 later than 30us after gpu done`, `warning /lockdep/`,
// `check references and not deadlock`. The same for bisect and reduce; docs/bisect.md lists it.

import { differenceKinds, type Section } from "../diff/difference.ts";
import type { Golden } from "../golden/model.ts";
import { stageNames } from "../timeline/completion.ts";
import { errnoByName } from "../trace/errno-name.ts";
import { eventNames, specOf } from "../trace/events/index.ts";
import { nearest } from "../trace/suggest.ts";
import { parseDuration, parseInteger } from "../trace/units.ts";
import type { Pattern } from "./pattern.ts";
import { all, any, entriesDiffer, goldenMismatch, not } from "./predicate.ts";
import { type Predicate, timelineDiffers } from "./predicate.ts";
import * as fence from "./predicate-fence.ts";
import * as report from "./predicate-report.ts";
import { Words } from "./predicate-words.ts";

/** What predicates may need from outside their text. */
export interface PredicateContext {
  /** The golden that `golden differs` means; null where there is none to mean. Throws. */
  readonly golden: () => { readonly golden: Golden; readonly path: string };
}

/** Reads a predicate. Throws `PredicateError` with the column. */
export function parsePredicate(text: string, context: PredicateContext): Predicate {
  const words = new Words(text);
  if (words.done) words.fail(`expected a predicate, such as ${examples}`);
  const anyOf: Predicate[] = [];
  do {
    const allOf: Predicate[] = [];
    do allOf.push(term(words, context));
    while (words.take("and"));
    anyOf.push(all(allOf));
  } while (words.take("or"));
  if (!words.done) words.fail("expected and, or, or the end");
  return any(anyOf);
}

const examples =
  '"timeline differs", "fence done:1 later than 30us after gpu done", "warning TEXT"';

type Term = (words: Words, context: PredicateContext) => Predicate;

const durationWord = (words: Words): number => words.one("a duration such as 30us", parseDuration);

const differs =
  (predicate: Predicate): Term =>
  (words) => {
    words.expect("differs");
    return predicate;
  };

const terms: Readonly<Record<string, Term>> = {
  not: (words, context) => not(term(words, context)),
  timeline: differs(timelineDiffers),
  entries: (words) => {
    words.expect("differ");
    return entriesDiffer;
  },
  golden: (words, context) => {
    words.expect("differs");
    const { golden, path } = context.golden();
    return goldenMismatch(golden, path);
  },
  fence: (words) => ofFence(words),
  warning: (words) => report.warningHas(words.patternOrAnything()),
  check: (words) =>
    report.checkViolated(words.atJoin() ? null : words.oneOf(report.checkNames, "a check:")),
  result: (words) => report.resultDiffers(words.patternOrAnything()),
  finding: (words) => report.findingHas(words.patternOrAnything()),
  deadlock: () => report.endsIn("deadlock"),
  budget: () => report.endsIn("budget"),
  defect: (words) => report.defectHas(words.patternOrAnything()),
  exit: (words) => report.exits(words.one("an exit code", parseInteger)),
  difference: (words) => ofDifference(words),
  call: (words) => ofCall(words, null),
};

function term(words: Words, context: PredicateContext): Predicate {
  for (const [name, parse] of Object.entries(terms)) {
    if (words.take(name)) return parse(words, context);
  }
  for (const name of eventNames) {
    const { ioctl } = specOf(name)!;
    if (ioctl === undefined) continue;
    if (words.take(name) || words.take(ioctl.toLowerCase())) return ofCall(words, ioctl);
  }
  const heads = Object.keys(terms);
  const near = nearest(words.peek, [...heads, ...eventNames]);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return words.fail(`expected one of ${heads.join(", ")}, or an event${hint}`);
}

const since: ReadonlyMap<string, fence.Since> = new Map<string, fence.Since>([
  ...stageNames
    .filter((name) => name !== "signalled")
    .map((name) => [name.replace("_", " "), name] as const),
  ["created", "init"],
  ["queued", "queued"],
  ["run", "run"],
]);

function ofFence(words: Words): Predicate {
  const verbs = ["later", "by", "pending", "fails"];
  const which = { name: words.one("which fence: any, a name or context:seqno", (w) => w) };
  switch (words.oneOf(verbs)) {
    case "later": {
      const ns = words.take("than") ? durationWord(words) : 0;
      if (!words.take("after")) return fence.fenceLater(ns, which);
      return fence.fenceLaterAfter(ns, words.phrase(since), which);
    }
    case "by": {
      const pattern = words.pattern();
      return pattern === null
        ? words.fail("expected a context, such as irq/66-panthor-job")
        : fence.fenceBy(pattern, which);
    }
    case "pending":
      return fence.fencePending(which);
    default:
      return fence.fenceFails(words.take("with") ? -returned(words) : null, which);
  }
}

const sections = ["fences", "registers", "log"] as const;

function ofDifference(words: Words): Predicate {
  const kind = differenceKinds.find((k) => words.take(...k.split(" "))) ?? null;
  const section = words.take("of") ? (words.oneOf(sections) as Section) : null;
  const pattern: Pattern = words.patternOrAnything();
  return report.differenceHas(kind, section, pattern);
}

function ofCall(words: Words, ioctl: string | null): Predicate {
  if (words.take("fails")) return report.callReturns(ioctl, null);
  words.expect("returns");
  return report.callReturns(ioctl, returned(words));
}

/** A return value: `0`, `-EINVAL`, `-22`. */
function returned(words: Words): number {
  return words.one("a return value, such as 0 or -EINVAL", (word) => {
    const negative = word.startsWith("-");
    const rest = negative ? word.slice(1) : word;
    const n = parseInteger(rest) ?? errnoByName(rest);
    return n === null ? null : negative ? -n : n;
  });
}
