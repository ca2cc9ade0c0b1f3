// Violations that are known of a trace: a check, and a pattern for its text.

import { textMatcher } from "../timeline/text-pattern.ts";

export interface KnownViolation {
  readonly check: string;
  /** `*` stands for any characters, `?` for one. */
  readonly text: string;
}

/** Whether a violation is one of those. */
export function knownMatcher(
  known: readonly KnownViolation[],
): (check: string, text: string) => boolean {
  const patterns = known.map(({ check, text }) => ({ check, matches: textMatcher(text) }));
  return (check, text) => patterns.some((k) => k.check === check && k.matches(text));
}
