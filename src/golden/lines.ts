// Where the rows of a golden are in its file.

export interface GoldenLines {
  /** 1-based line of each row. */
  readonly fences: readonly number[];
  readonly registers: readonly number[];
  readonly log: readonly number[];
}

/** Lines of the rows of a golden's text, which parses. */
export function goldenLines(text: string): GoldenLines {
  const out = { incidental: [] as number[], fences: [] as number[], registers: [] as number[] };
  const sections: Record<string, number[]> = { ...out, log: [] };
  let rows: number[] | undefined;
  text.split(/\r?\n/).forEach((line, i) => {
    if (line === "" || line.startsWith("#")) return;
    if (line.startsWith("[")) rows = sections[line.slice(1, -1)];
    else rows?.push(i + 1);
  });
  return { fences: sections["fences"], registers: sections["registers"], log: sections["log"] };
}
