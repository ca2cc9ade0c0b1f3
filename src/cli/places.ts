// Where a difference is, for editors and code hosts: the line of the golden, and the line of the
// trace whose event led to the entry.

import type { Difference } from "../diff/typed.ts";
import type { BuiltGolden } from "../golden/build.ts";
import type { Golden } from "../golden/model.ts";
import { goldenLines } from "../golden/lines.ts";
import type { EventLog } from "../replay/user/event-log.ts";
import { causeChain } from "../timeline/causality.ts";
import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";

export interface Place {
  /** 1-based line of the golden's row, null where the golden has none. */
  readonly golden: number | null;
  /** 1-based line of the event in the trace, null where no event led there. */
  readonly trace: number | null;
}

export interface PlacesRequest {
  readonly differences: readonly Difference[];
  /** The golden file's text. */
  readonly text: string;
  /** Its index is the place of each row among the rows of the text. */
  readonly expected: BuiltGolden;
  readonly actual: BuiltGolden;
  readonly rec: Recorder;
  readonly log: EventLog;
}

/** The place of each difference. */
export function placesOf({
  differences,
  text,
  actual,
  expected,
  rec,
  log,
}: PlacesRequest): Place[] {
  const lines = goldenLines(text);
  return differences.map((d): Place => {
    const row = d.section === "log" ? d.expected : expected.index[d.section][d.expected];
    const golden = d.expected < 0 ? null : (lines[d.section][row] ?? null);
    return { golden, trace: traceLine(d, expected, actual, rec, log) };
  });
}

function traceLine(
  d: Difference,
  expected: Golden,
  actual: BuiltGolden,
  rec: Recorder,
  log: EventLog,
): number | null {
  if (d.section === "fences") {
    const row = d.actual >= 0 ? actual.fences[d.actual] : expected.fences[d.expected];
    const made = log.madeAt.get(row.fence);
    if (made !== undefined) return made;
  }
  if (d.actual < 0 || d.section === "log") return null;
  const entry = actual.index[d.section][d.actual];
  const asked = causeChain(rec, entry).find((i) => rec.kind(i) === K.ioctl_begin) ?? entry;
  const { pid } = rec.contexts[rec.ctx(asked)];
  return log.lineOf(asked, pid);
}
