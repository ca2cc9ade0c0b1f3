// `key=value` texts without a template: unknown events, `fields` output, `trace-cmd report -R`.
// Slow, for strings, and lenient.

/** Pairs of a text. A value goes on to the next ` key=` or `, key=` (names may hold blanks). */
export function pairs(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const pattern = /(^|[\s,(])([A-Za-z_][\w.]*)(?:=|: )/g;
  let key: string | null = null;
  let from = 0;
  for (let m = pattern.exec(text); m !== null; m = pattern.exec(text)) {
    if (key !== null) put(found, key, text.slice(from, m.index));
    key = m[2];
    from = pattern.lastIndex;
  }
  if (key !== null) put(found, key, text.slice(from));
  return found;
}

function put(found: Map<string, string>, key: string, value: string): void {
  if (!found.has(key)) found.set(key, value.replace(/[,\s]+$/, ""));
}

/** A number as tracefs prints it with `fields` (`0x7 (7)`, `(0)`), decimal or hexadecimal. */
export function pairNumber(value: string): number {
  const m = /^\(?(-?\d+)\)?$|^(0x[0-9a-fA-F]+)(?: \((-?\d+)\))?$/.exec(value);
  if (m === null) return Number.NaN;
  const decimal = m[1] ?? m[3];
  return decimal === undefined ? Number(m[2]) : Number(decimal);
}

/** A number or the text of a field of an event that no dialect knows. */
export function pairField(body: string, field: string): number | string | undefined {
  if (field === "text") return body;
  const value = pairs(body).get(field);
  if (value === undefined) return undefined;
  const n = pairNumber(value);
  return Number.isNaN(n) ? value : n;
}
