// Patterns of texts in a timeline, as traces have them: `*` stands for any characters, `?` for one.

/** Whether a whole text is what a pattern says. */
export function textMatcher(pattern: string): (text: string) => boolean {
  if (pattern === "*") return () => true;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  const regex = new RegExp(`^${source}$`, "s");
  return (text) => regex.test(text);
}
