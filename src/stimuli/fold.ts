// Event lines that repeat with counting names (`sync1:1`, `sync1:2`, …) as repetitions of the trace
// format, outer ones first.

import { repeatDepthMax } from "../trace/limits.ts";

/** A line cut at the numbers that may count: texts around them, and the numbers. */
interface Line {
  readonly kind: "line";
  readonly texts: readonly string[];
  readonly values: readonly Value[];
}

interface Loop {
  readonly kind: "loop";
  readonly count: number;
  readonly variable: string;
  readonly from: number;
  readonly items: readonly Item[];
}

type Item = Line | Loop;
/** A number, or one that a repetition has put a variable in for. */
type Value = number | string;

/** Longest sequence that is looked for as the body of a repetition. */
const bodyMax = 12;
/** Lines that a repetition has to save. */
const savedMin = 3;
const variables = ["i", "j", "k", "l"] as const;

/** The `- |` blocks and `- repeat:` items of a list of lines. */
export function foldLines(lines: readonly string[], indent: string): string[] {
  const items = foldItems(lines.map(cut), 0);
  return print(items, indent);
}

/** Numbers of names and points may count; those of times, sizes and addresses may not. */
const counting = /([=,][a-z_]+)(\d+)(?:(:)(\d+))?(?=[\s,}]|$)/g;

function cut(line: string): Line {
  const texts: string[] = [];
  const values: number[] = [];
  let at = 0;
  for (const m of line.matchAll(counting)) {
    const [, name, number, colon, point] = m;
    texts.push(line.slice(at, m.index + name.length));
    values.push(Number(number));
    at = m.index + name.length + number.length;
    if (colon === undefined) continue;
    texts.push(colon);
    values.push(Number(point));
    at += colon.length + point.length;
  }
  texts.push(line.slice(at));
  return { kind: "line", texts, values };
}

function foldItems(items: readonly Item[], depth: number): Item[] {
  if (depth === repeatDepthMax) return [...items];
  const variable = variables[depth];
  const out: Item[] = [];
  let i = 0;
  while (i < items.length) {
    let best: { readonly length: number; readonly loop: Loop; readonly saved: number } | null =
      null;
    for (let length = 1; length <= bodyMax && i + 2 * length <= items.length; length++) {
      const count = repetitions(items, i, length);
      const saved = (count - 1) * length;
      if (count < 2 || saved < savedMin || (best !== null && saved <= best.saved)) continue;
      best = { length: count * length, loop: loop(items, i, length, count, variable), saved };
    }
    if (best === null) out.push(items[i++]);
    else {
      out.push({ ...best.loop, items: foldItems(best.loop.items, depth + 1) });
      i += best.length;
    }
  }
  return out;
}

/** How often the `length` items at `start` come, each time with the same step. */
function repetitions(items: readonly Item[], start: number, length: number): number {
  let count = 1;
  let steps: readonly number[] | null = null;
  while (start + (count + 1) * length <= items.length) {
    const step: number[] = [];
    const at = start + (count - 1) * length;
    for (let n = 0; n < length; n++) {
      const s = stepOf(items[at + n], items[at + length + n]);
      if (s === null) return count;
      step.push(...s);
    }
    if (step.some((s) => s !== 0 && s !== 1)) return count;
    if (steps !== null && step.some((s, n) => s !== steps![n])) return count;
    steps = step;
    count++;
  }
  return count;
}

/** Differences of the numbers of two items of the same shape; null for another shape. */
function stepOf(a: Item, b: Item): number[] | null {
  if (a.kind === "loop" || b.kind === "loop") {
    if (a.kind !== "loop" || b.kind !== "loop") return null;
    if (a.count !== b.count || a.from !== b.from || a.items.length !== b.items.length) return null;
    const steps: number[] = [];
    for (let i = 0; i < a.items.length; i++) {
      const s = stepOf(a.items[i], b.items[i]);
      if (s === null) return null;
      steps.push(...s);
    }
    return steps;
  }
  if (a.texts.length !== b.texts.length || a.texts.some((t, i) => t !== b.texts[i])) return null;
  const steps: number[] = [];
  for (let i = 0; i < a.values.length; i++) {
    const [x, y] = [a.values[i], b.values[i]];
    if (typeof x === "number" && typeof y === "number") steps.push(y - x);
    else if (x === y) steps.push(0);
    else return null;
  }
  return steps;
}

function loop(
  items: readonly Item[],
  start: number,
  length: number,
  count: number,
  variable: string,
): Loop {
  const body = items.slice(start, start + length);
  const second = items.slice(start + length, start + 2 * length);
  const steps = body.flatMap((item, n) => stepOf(item, second[n])!);
  const values = body.flatMap(numbers);
  const first = values.find((_, n) => steps[n] === 1);
  const from = typeof first === "number" ? first : 0;
  const place = { n: 0 };
  const put = body.map((item) => withVariable(item, steps, from, variable, place));
  return { kind: "loop", count, variable, from, items: put };
}

function numbers(item: Item): Value[] {
  return item.kind === "line" ? [...item.values] : item.items.flatMap(numbers);
}

function withVariable(
  item: Item,
  steps: readonly number[],
  from: number,
  variable: string,
  place: { n: number },
): Item {
  if (item.kind === "loop") {
    return { ...item, items: item.items.map((i) => withVariable(i, steps, from, variable, place)) };
  }
  const values = item.values.map((value) => {
    if (steps[place.n++] !== 1) return value;
    const offset = (value as number) - from;
    if (offset === 0) return `$${variable}`;
    return `$(${variable}${offset > 0 ? "+" : "-"}${Math.abs(offset)})`;
  });
  return { ...item, values };
}

function print(items: readonly Item[], indent: string): string[] {
  const out: string[] = [];
  let open = false;
  for (const item of items) {
    if (item.kind === "line") {
      if (!open) out.push(`${indent}- |`);
      open = true;
      const text = item.texts.map((t, i) => t + String(item.values[i] ?? "")).join("");
      out.push(`${indent}  ${text}`);
      continue;
    }
    open = false;
    out.push(`${indent}- repeat:`, `${indent}    count: ${item.count}`);
    if (item.from !== 0) out.push(`${indent}    from: ${item.from}`);
    if (item.variable !== "i") out.push(`${indent}    var: ${item.variable}`);
    out.push(`${indent}    events:`, ...print(item.items, `${indent}      `));
  }
  return out;
}
