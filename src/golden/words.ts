// The words of a golden's line: separated by spaces, quoted where they hold some.

/** Reports a problem at a column; does not return. */
export type FailAt = (column: number, reason: string) => never;

/** A word; of `key=value` words also key and value, which are empty of others. */
export interface GoldenWord {
  readonly text: string;
  /** 1-based. */
  readonly column: number;
  readonly key: string;
  readonly value: string;
}

/** Splits at spaces outside quotes. */
export function splitWords(text: string, fail: FailAt): GoldenWord[] {
  const out = [];
  let i = 0;
  while (i < text.length) {
    if (text[i] === " ") {
      i++;
      continue;
    }
    const start = i;
    let quoted = false;
    while (i < text.length && (quoted || text[i] !== " ")) {
      if (text[i] === "\\" && quoted) i++;
      else if (text[i] === '"') quoted = !quoted;
      i++;
    }
    if (quoted) fail(start + 1, "quote is not closed");
    const raw = text.slice(start, i);
    const eq = /^([a-z_]+)=/.exec(raw);
    const value = unquote(eq === null ? raw : raw.slice(eq[0].length), start + 1, fail);
    out.push({ text: eq === null ? value : raw, column: start + 1, key: eq?.[1] ?? "", value });
  }
  return out;
}

/** The text of a word that may be quoted. */
export function unquote(raw: string, column: number, fail: FailAt): string {
  if (!raw.startsWith('"')) return raw;
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value === "string") return value;
  } catch {
    // Falls through to the located error.
  }
  return fail(column, `${raw} is not a quoted text`);
}
