// One side of a comparison: the rows that are compared and, where the side was replayed or recorded,
// the timeline that they come from.

import { type BuiltGolden, buildGolden, type RegisterNames } from "../golden/build.ts";
import { type Golden, goldenFormat, type GoldenHeader } from "../golden/model.ts";
import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";

/** The timeline of a side. */
export interface SideTimeline {
  readonly rec: Recorder;
  /** Entries that are compared: [from, to). */
  readonly from: number;
  readonly to: number;
  /** Entry of each golden row. */
  readonly index: BuiltGolden["index"];
}

export interface Side {
  /** How reports name it: `single-job at linux-7.3`, a file. */
  readonly title: string;
  readonly kind: "golden" | "replay" | "recording";
  readonly golden: Golden;
  readonly timeline: SideTimeline | null;
  /** What fences are called here by the timeline's names, where that differs. */
  readonly fenceNames?: ReadonlyMap<string, string>;
  /** How much later the rows are than the timeline's entries, ns. */
  readonly laterNs?: number;
}

/** A side without a timeline: a golden file. */
export function goldenSide(golden: Golden, title: string): Side {
  return { title, kind: "golden", golden, timeline: null };
}

/** A replayed side whose golden is built already. */
export function replaySide(built: BuiltGolden, rec: Recorder, title: string, range?: Range): Side {
  const { from, to } = range ?? { from: beginning(built, rec), to: rec.length };
  return { title, kind: "replay", golden: built, timeline: { rec, from, to, index: built.index } };
}

/** The entry from which a golden's times count. */
function beginning({ index, registers, fences }: BuiltGolden, rec: Recorder): number {
  let origin = 0;
  if (registers.length > 0) origin = rec.time(index.registers[0]) - registers[0].time;
  else if (fences.length > 0) {
    const { signalled, init } = fences[0];
    origin = rec.time(index.fences[0]) - (signalled < 0 ? init : signalled);
  }
  let low = rec.first;
  let high = rec.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (rec.time(mid) < origin) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** The time of entry `i` as rows count it. */
export function entryTime(side: Side, i: number): number {
  const { rec, from } = side.timeline!;
  return rec.time(i) - rec.time(Math.min(from, rec.length - 1)) + (side.laterNs ?? 0);
}

/** The name of a fence of the timeline as rows have it. */
export function fenceName(side: Side, context: number, seqno: number): string {
  const name = `${context % 2 ** 32}:${seqno % 2 ** 32}`;
  return side.fenceNames?.get(name) ?? name;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A recorded side. */
export function recordingSide(
  rec: Recorder,
  { from, to }: Range,
  names: RegisterNames,
  title: string,
): Side {
  const built = buildGolden(rec, headerOf(title), names, from, to, true);
  return {
    title,
    kind: "recording",
    golden: built,
    timeline: { rec, from, to, index: built.index },
  };
}

function headerOf(title: string): GoldenHeader {
  const nothing = { traceDigest: "", revision: "", profile: "", seed: 0 };
  return { format: goldenFormat, trace: title, ...nothing };
}

/** How often each work function ran; null where the side does not tell. */
export function workRuns(side: Side): ReadonlyMap<string, number> | null {
  const { timeline } = side;
  if (timeline === null) return null;
  const { rec, from, to } = timeline;
  const counts = new Map<string, number>();
  for (let i = from; i < to; i++) {
    if (rec.kind(i) !== K.workqueue_execute_start) continue;
    const name = rec.field(i, "function") as string;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
