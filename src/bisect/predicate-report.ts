// Predicates about what a replay reports: kernel warnings, violated invariants, expectations that
// are not met, results of calls, how it ended, typed differences.

import { allChecks } from "../check/checks.ts";
import type { DifferenceKind, Section } from "../diff/difference.ts";
import { diffByGolden } from "../diff/promised.ts";
import { printErrno } from "../trace/errno-name.ts";
import { anything, type Pattern } from "./pattern.ts";
import type { Predicate } from "./predicate.ts";

const alone = (text: string, evidence: Predicate["evidence"]): Predicate => ({
  text,
  compares: false,
  byMany: false,
  evidence,
});

const some = (pattern: Pattern, what: string): string =>
  pattern === anything ? what : pattern.text;
const about = (pattern: Pattern): string => (pattern === anything ? "" : `: ${pattern.text}`);

/** The kernel log (warnings and errors) has a line. */
export function warningHas(pattern: Pattern): Predicate {
  return alone(
    `brings ${some(pattern, "a warning")} into the kernel log`,
    (_, { golden }) => golden.log.find((l) => pattern.matches(l.text))?.text ?? null,
  );
}

/** Names of the invariants. */
export const checkNames: readonly string[] = allChecks.map((c) => c.name);

/** An invariant is violated: one, or any (null). */
export function checkViolated(name: string | null): Predicate {
  return alone(name === null ? "violates a check" : `violates the check ${name}`, (_, at) => {
    if (name !== null && !at.checks.includes(name)) return null;
    const prefix = name === null ? "check " : `check ${name}:`;
    return at.findings.find((f) => f.startsWith(prefix)) ?? null;
  });
}

/** An expectation of the trace is not met: a return value, a state, a value read. */
export function resultDiffers(pattern: Pattern): Predicate {
  return alone(
    `breaks an expectation of the trace${about(pattern)}`,
    (_, { unmet }) => unmet.find(pattern.matches) ?? null,
  );
}

/** Anything that the replay would be reported for. */
export function findingHas(pattern: Pattern): Predicate {
  return alone(
    pattern === anything ? "has a finding" : `has the finding ${pattern.text}`,
    (_, { findings }) => findings.find(pattern.matches) ?? null,
  );
}

/** A call returns a value, or any error (null). `name` null: any call. */
export function callReturns(name: string | null, ret: number | null): Predicate {
  const value = ret === null ? "an error" : describe(ret);
  return alone(`makes ${name ?? "a call"} return ${value}`, (_, { calls }) => {
    const call = calls.find(
      (c) => (name === null || c.name === name) && (ret === null ? c.ret < 0 : c.ret === ret),
    );
    return call === undefined ? null : `${call.name} of ${call.task} returns ${describe(call.ret)}`;
  });
}

const describe = (ret: number): string => (ret < 0 ? `-${printErrno(-ret)}` : String(ret));

/** Nothing can run any more, or the trace's budget is used up. */
export function endsIn(end: "deadlock" | "budget"): Predicate {
  const text = end === "deadlock" ? "ends in a deadlock" : "uses up the budget";
  return alone(text, (_, at) => (at.end === end ? (at.findings.at(-1) ?? text) : null));
}

/** The exit code that `replay --no-golden` would have. */
export function exits(code: number): Predicate {
  return {
    ...alone(`makes the replay exit with ${code}`, (_, { findings }) =>
      code === (findings.length > 0 ? 1 : 0) ? (findings[0] ?? "nothing is found") : null,
    ),
    ofDefect: ({ reason }) => (code === 150 ? reason : null),
  };
}

/** The replay ends in a defect of the model. */
export function defectHas(pattern: Pattern): Predicate {
  return {
    ...alone(`ends in a defect of the model${about(pattern)}`, () => null),
    ofDefect: ({ reason }) => (pattern.matches(reason) ? reason : null),
  };
}

/** A typed difference from the good end. */
export function differenceHas(
  kind: DifferenceKind | null,
  section: Section | null,
  pattern: Pattern,
): Predicate {
  const what = [kind ?? "", "difference", section === null ? "" : `of ${section}`];
  return {
    text: `shows a ${what.filter((w) => w !== "").join(" ")}${about(pattern)}`,
    compares: true,
    byMany: true,
    evidence: (good, at) =>
      diffByGolden(good!.golden, at.golden).differences.find(
        (d) =>
          (kind === null || d.kind === kind) &&
          (section === null || d.section === section) &&
          pattern.matches(d.detail),
      )?.detail ?? null,
  };
}
