// Two timelines side by side around the place where they part, as a waveform that fits a mail: a lane
// for each context or line, a column for each happening, time above. Lanes that are the same on both
// sides are drawn once; what only one side has is lettered and told below.

import { alignKeys } from "../diff/align.ts";
import type { Side } from "../diff/side.ts";
import { formatUs } from "../golden/print.ts";
import { goldenMarks, type Mark, signs, timelineMarks } from "./wave-marks.ts";
import type { Style } from "./text.ts";

export const waveColumns = 72;
const labelMax = 22;
/** Happenings shown before the first that differs. */
const leadMax = 16;
/** Happenings shown behind the divergence, at least. */
const tailMin = 8;
/** Repetitions of one happening in a row beyond this are drawn as one. */
const repeatedMax = 2;
/** How far around the divergence marks are looked for, ns: the first that holds enough. */
const reaches = [50_000, 500_000, 5_000_000, 50_000_000, 1e12];
const marksEnough = 40;
const marksMax = 4000;
const letters = "abcdefghijklmnopqrstuvwxyz";
const lettersMax = 14;

interface Column {
  readonly a: Mark | null;
  readonly b: Mark | null;
}

export interface WaveRequest {
  readonly a: Side;
  readonly b: Side;
  /** When the sides part, ns from the start of the comparison, on each side. */
  readonly atA: number;
  readonly atB: number;
}

/** The lines of the waveform, at most `waveColumns` wide; empty where there is nothing to draw. */
export function waveform(request: WaveRequest, style: Style): string[] {
  const columns = columnsOf(request);
  if (columns.length === 0) return [];
  const lanes = [...new Set(columns.flatMap((c) => [c.a?.lane ?? [], c.b?.lane ?? []].flat()))];
  const labels = lanes.map((l) => (l.length > labelMax ? `${l.slice(0, labelMax - 1)}~` : l));
  const labelWidth = Math.max(7, ...labels.map((l) => l.length));
  const prefix = labelWidth + 3;
  const room = waveColumns - prefix;
  const shown = crop(columns, room, request);
  const differs = letterRow(shown);
  const lines = timeLines(shown, labelWidth, room);
  lanes.forEach((lane, n) => {
    const [rowA, rowB] = [laneRow(shown, lane, "a"), laneRow(shown, lane, "b")];
    if (rowA.trim() === "" && rowB.trim() === "") return;
    const label = labels[n].padEnd(labelWidth);
    if (rowA === rowB) {
      lines.push(`${label}   ${rowA}`.trimEnd());
      return;
    }
    lines.push(style.red(`${label} A ${rowA}`.trimEnd()));
    lines.push(style.green(`${"".padEnd(labelWidth)} B ${rowB}`.trimEnd()));
  });
  if (differs.row.trim() !== "") {
    lines.push(`${"differs".padEnd(labelWidth)}   ${differs.row}`.trimEnd());
    lines.push(...differs.legend);
  }
  lines.push(...signLegend(shown));
  return lines;
}

/** Which happening is in which column: aligned where both sides have it. */
function columnsOf({ a, b, atA, atB }: WaveRequest): Column[] {
  const timelines = a.timeline !== null && b.timeline !== null;
  const marksOf = (side: Side, at: number, reach: number): Mark[] => {
    const of = timelines ? timelineMarks(side, at - reach, at + reach) : null;
    return collapse(of ?? goldenMarks(side.golden, at - reach, at + reach)).slice(0, marksMax);
  };
  let left: Mark[] = [];
  let right: Mark[] = [];
  for (const reach of reaches) {
    left = marksOf(a, atA, reach);
    right = marksOf(b, atB, reach);
    const behind = (marks: readonly Mark[], at: number): number =>
      marks.filter((m) => m.time >= at).length;
    if (behind(left, atA) >= marksEnough && behind(right, atB) >= marksEnough) break;
  }
  const pairs = alignKeys(
    left.map((m) => m.key),
    right.map((m) => m.key),
  );
  const out: Column[] = [];
  let j = 0;
  left.forEach((mark, i) => {
    const partner = pairs.left[i];
    if (partner < 0) {
      out.push({ a: mark, b: null });
      return;
    }
    while (j < partner) out.push({ a: null, b: right[j++] });
    out.push({ a: mark, b: right[j++] });
  });
  while (j < right.length) out.push({ a: null, b: right[j++] });
  return trimEnds(out);
}

/** Where the sides were cut off says nothing about them. */
function trimEnds(columns: Column[]): Column[] {
  const first = columns.findIndex((c) => !parts(c));
  if (first < 0) return columns;
  let last = columns.length - 1;
  while (parts(columns[last])) last--;
  // What one side has at the very beginning and end of a run is real, but the runs are longer.
  return columns.slice(first, last + 1).some((c) => parts(c) || elsewhere(c))
    ? columns.slice(first, last + 1)
    : columns;
}

/** A poll is drawn once or twice, not a hundred times. */
function collapse(marks: readonly Mark[]): Mark[] {
  let run = 0;
  return marks.filter((m, i) => {
    run = i > 0 && marks[i - 1].key === m.key ? run + 1 : 1;
    return run <= repeatedMax;
  });
}

const parts = (c: Column): boolean => c.a === null || c.b === null;
const elsewhere = (c: Column): boolean => !parts(c) && c.a!.lane !== c.b!.lane;

/** The columns around the first that differs, with the divergence itself in sight. */
function crop(columns: readonly Column[], room: number, { atA, atB }: WaveRequest): Column[] {
  const differs = (c: Column): boolean => parts(c) || elsewhere(c);
  let first = columns.findIndex(differs);
  if (first < 0) first = columns.findIndex((c, i) => i > 0 && shiftOf(c) !== shiftOf(columns[0]));
  if (first < 0) first = 0;
  const reached = (c: Column): boolean =>
    (c.a !== null && c.a.time >= atA) || (c.b !== null && c.b.time >= atB);
  const own = columns.findIndex((c) => differs(c) && reached(c));
  // The same cause may show earlier where goldens do not look: only if both fit.
  if (own - Math.max(0, first - leadMax) > room - tailMin) first = own;
  let start = Math.max(0, first - leadMax);
  start = Math.max(0, Math.min(start, columns.length - room));
  return columns.slice(start, start + room);
}

const shiftOf = (c: Column): number => (c.a === null || c.b === null ? 0 : c.b.time - c.a.time);

function laneRow(columns: readonly Column[], lane: string, side: "a" | "b"): string {
  return columns.map((c) => (c[side]?.lane === lane ? c[side].sign : " ")).join("");
}

/** Letters below the columns that only one side has, and what they are. */
function letterRow(columns: readonly Column[]): { row: string; legend: string[] } {
  const told: Record<"A" | "B", string[]> = { A: [], B: [] };
  const letterOf = new Map<string, string>();
  const row = columns.map((c) => {
    if (elsewhere(c)) return "^";
    if (!parts(c)) return " ";
    const side = c.a === null ? "B" : "A";
    const mark = (c.a ?? c.b)!;
    const key = `${side} ${mark.key}`;
    let letter = letterOf.get(key);
    if (letter === undefined) {
      letter = letterOf.size < lettersMax ? letters[letterOf.size] : "+";
      letterOf.set(key, letter);
      if (letter !== "+") told[side].push(`${letter} ${mark.text}`);
    }
    return letter;
  });
  const legend = [...listed("  only A: ", told.A), ...listed("  only B: ", told.B)];
  if (row.includes("^")) legend.push("  ^ in both, by somebody else");
  if (row.includes("+")) legend.push("  + and more that only one side has");
  return { row: row.join(""), legend };
}

/** Items behind a heading, wrapped. */
function listed(heading: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const lines: string[] = [];
  let line = heading;
  items.forEach((item, i) => {
    const word = i < items.length - 1 ? `${item},` : item;
    if (line.trim() !== "" && line !== heading && line.length + word.length > waveColumns) {
      lines.push(line.trimEnd());
      line = "".padEnd(heading.length);
    }
    line += `${word} `;
  });
  return [...lines, line.trimEnd()].map((l) => l.slice(0, waveColumns));
}

/** Times above the columns where they change: one line where both sides agree, else two. */
function timeLines(columns: readonly Column[], labelWidth: number, room: number): string[] {
  const origin = (side: "a" | "b"): number =>
    columns.find((c) => c[side] !== null)?.[side]?.time ?? 0;
  const [originA, originB] = [origin("a"), origin("b")];
  const line = (side: "a" | "b", from: number): string =>
    ticks(columns, room, (c) => c[side]?.time ?? null, from);
  const [timesA, timesB] = [line("a", originA), line("b", originB)];
  const label = (mark: string): string => `${"us".padEnd(labelWidth)} ${mark} `;
  const head =
    originA === originB
      ? `us from ${formatUs(originA)}`
      : `us from ${formatUs(originA)} (A) and ${formatUs(originB)} (B)`;
  if (timesA === timesB) return [head, `${label(" ")}${timesA}`.trimEnd()];
  return [head, `${label("A")}${timesA}`.trimEnd(), `${label("B")}${timesB}`.trimEnd()];
}

function ticks(
  columns: readonly Column[],
  room: number,
  timeOf: (c: Column) => number | null,
  origin: number,
): string {
  const out = new Array<string>(room).fill(" ");
  let last: number | null = null;
  let free = 0;
  columns.forEach((c, i) => {
    const time = timeOf(c);
    if (time === null || time === last) return;
    last = time;
    const label = `|${formatUs(time - origin).replace(/\.?0+$/, "") || "0"}`;
    if (i < free || i + label.length > room) {
      if (i >= free && i < room) out[i] = "|";
      return;
    }
    for (let n = 0; n < label.length; n++) out[i + n] = label[n];
    free = i + label.length + 1;
  });
  return out.join("");
}

/** What the signs that were drawn mean. */
function signLegend(columns: readonly Column[]): string[] {
  const used = new Set(columns.map((c) => (c.a ?? c.b)!.sign));
  const words = [...signs]
    .filter(([sign]) => used.has(sign))
    .map(([sign, what]) => `${sign} ${what}`);
  return listed("  ", words);
}
