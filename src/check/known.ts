// Violations that are known of a trace: a check, and a pattern for its text.

export interface KnownViolation {
  readonly check: string;
  /** `*` stands for any characters, `?` for one. */
  readonly text: string;
}

/** Whether a violation is one of those. */
export function knownMatcher(
  known: readonly KnownViolation[],
): (check: string, text: string) => boolean {
  const patterns = known.map(({ check, text }) => ({ check, pattern: patternOf(text) }));
  return (check, text) => patterns.some((k) => k.check === check && k.pattern.test(text));
}

function patternOf(text: string): RegExp {
  const source = text.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${source.replaceAll("?", ".")}$`, "s");
}
