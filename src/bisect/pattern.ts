// Patterns of predicates: text that has to be contained, or `/regular expression/`.

export interface Pattern {
  /** As it was written, in quotes where it is text. */
  readonly text: string;
  readonly matches: (line: string) => boolean;
}

export const anything: Pattern = { text: "anything", matches: () => true };

/** Contained anywhere. */
export function containing(text: string): Pattern {
  return { text: JSON.stringify(text), matches: (line) => line.includes(text) };
}

/** A regular expression without slashes. Throws `SyntaxError`. */
export function regular(source: string, flags = ""): Pattern {
  const expression = new RegExp(source, flags);
  return { text: `/${source}/${flags}`, matches: (line) => expression.test(line) };
}
