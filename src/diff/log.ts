// Differences of the kernel log, aligned by level and text.

import type { LogRow } from "../golden/model.ts";
import { alignKeys } from "./align.ts";
import { type Difference, Drift } from "./difference.ts";

const key = (l: LogRow): string => `${l.level} ${l.text}`;

export function diffLog(expected: readonly LogRow[], actual: readonly LogRow[]): Difference[] {
  const { left, right } = alignKeys(expected.map(key), actual.map(key));
  const out: Difference[] = [];
  const drift = new Drift("log", out);
  for (let e = 0; e < left.length; e++) {
    const { time, text } = expected[e];
    const a = left[e];
    if (a >= 0) {
      drift.at(e, a, time, actual[a].time, () => `the kernel logs "${text}"`);
      continue;
    }
    const detail = `the kernel does not log: ${text}`;
    const edit = { op: "remove" } as const;
    out.push({
      kind: "missing",
      section: "log",
      expected: e,
      actual: -1,
      time,
      detail,
      byNs: 0,
      edit,
    });
  }
  for (let a = 0; a < right.length; a++) {
    if (right[a] >= 0) continue;
    const row = actual[a];
    const detail = `the kernel logs: ${row.text}`;
    const edit = { op: "insert", row } as const;
    const { time } = row;
    out.push({
      kind: "extra",
      section: "log",
      expected: -1,
      actual: a,
      time,
      detail,
      byNs: 0,
      edit,
    });
  }
  return out;
}
