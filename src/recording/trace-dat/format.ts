// Event formats, as the files events/<system>/<event>/format of tracefs describe them: fields with
// offset and size, and the names that the print format gives to numbers.

/** One field of an event's record. */
export interface FormatField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  readonly kind: "number" | "string" | "dynamic" | "relative" | "array";
}

export interface EventFormat {
  readonly system: string;
  readonly name: string;
  readonly id: number;
  readonly fields: readonly FormatField[];
  readonly print: string;
}

const fieldPattern =
  /^\s*field(?: special)?:\s*(.*?);\s*offset:\s*(\d+);\s*size:\s*(\d+);(?:\s*signed:\s*(-?\d+);)?/;

/** Parses one format file; null when it is none. */
export function parseFormat(text: string, system: string): EventFormat | null {
  const name = /^name:\s*(\S+)/m.exec(text)?.[1];
  const id = /^ID:\s*(\d+)/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return null;
  const fields: FormatField[] = [];
  for (const line of text.split("\n")) {
    const field = parseField(line);
    if (field !== null) fields.push(field);
  }
  const print = /^print fmt:\s*(.*)$/ms.exec(text)?.[1] ?? "";
  return { system, name, id: Number(id), fields, print };
}

/** Parses a `field:` line; null when it is none. */
export function parseField(line: string): FormatField | null {
  const m = fieldPattern.exec(line);
  if (m === null) return null;
  const declaration = m[1].trim();
  const name = /([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*$/.exec(declaration)?.[1];
  if (name === undefined) return null;
  const size = Number(m[3]);
  const array = declaration.endsWith("]");
  const chars = /\bchar\b/.test(declaration);
  const kind = declaration.includes("__rel_loc")
    ? "relative"
    : declaration.includes("__data_loc")
      ? "dynamic"
      : array && chars
        ? "string"
        : array || size > 8
          ? "array"
          : "number";
  return { name, offset: Number(m[2]), size, signed: m[4] === "1" || m[4] === "-1", kind };
}

/** The number-to-name pairs of a print format, `{ 0x1, "S" }`. */
export function printPairs(print: string, call: string): (readonly [number, string])[] {
  const start = print.indexOf(call);
  if (start < 0) return [];
  const pattern = /\{\s*([^,{}]+?)\s*,\s*"([^"]*)"\s*\}/g;
  const pairs: (readonly [number, string])[] = [];
  for (const m of print.slice(start).matchAll(pattern)) {
    const value = constant(m[1]);
    if (value !== null) pairs.push([value, m[2]]);
  }
  return pairs;
}

function constant(text: string): number | null {
  const plain = /^\(?\s*(-?0x[0-9a-fA-F]+|-?\d+)\s*\)?$/.exec(text);
  if (plain !== null) return Number(plain[1]);
  const shift = /^\(*\s*(\d+)\s*<<\s*(\d+)\s*\)*$/.exec(text);
  return shift === null ? null : Number(shift[1]) * 2 ** Number(shift[2]);
}
