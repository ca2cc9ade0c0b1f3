// Polls in the text of a golden: an access that comes again and again at one distance is written once,
// with a line behind it that says how often more. A device that is polled for 100 ms would be 10 000
// lines otherwise, of which each says nothing that the first one did not.

import type { RegisterRow } from "./model.ts";

/** Fewer than these are written out. */
const foldFrom = 16;

/** The register lines of `rows`, with those of a poll folded. */
export function printRegisters(
  rows: readonly RegisterRow[],
  print: (row: RegisterRow) => string,
  formatUs: (ns: number) => string,
): string[] {
  const lines: string[] = [];
  for (let at = 0; at < rows.length;) {
    const more = repeatsOf(rows, at);
    lines.push(print(rows[at]));
    if (more >= foldFrom) {
      const step = rows[at + 1].time - rows[at].time;
      lines.push(`... and ${more} times more, each ${formatUs(step)} later`);
      at += more + 1;
    } else at++;
  }
  return lines;
}

/** How many rows behind `at` are the same access again, as far apart as the first two. */
function repeatsOf(rows: readonly RegisterRow[], at: number): number {
  const first = rows[at];
  if (first.untimed === true || at + 1 >= rows.length) return 0;
  const step = rows[at + 1].time - first.time;
  let n = 0;
  while (at + n + 1 < rows.length) {
    const next = rows[at + n + 1];
    if (!isSame(first, next) || next.time - rows[at + n].time !== step) break;
    n++;
  }
  return step < 0 ? 0 : n;
}

function isSame(a: RegisterRow, b: RegisterRow): boolean {
  return (
    b.untimed !== true &&
    a.register === b.register &&
    a.value === b.value &&
    a.context === b.context &&
    a.cpu === b.cpu &&
    a.direction === b.direction &&
    a.fields === b.fields
  );
}

/** What a line behind a register line asks for; null where it is no such line. */
export function parseRepeat(
  text: string,
): { readonly count: number; readonly step: string } | null {
  const m = /^\.\.\. and (\d{1,9}) times more, each (\S+) later$/.exec(text);
  if (m === null) return null;
  const count = Number(m[1]);
  return count > 0 ? { count, step: m[2] } : null;
}
