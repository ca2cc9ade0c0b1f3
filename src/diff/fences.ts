// Differences of fences, aligned by context:seqno.

import type { FenceRow } from "../golden/model.ts";
import { alignKeys } from "./align.ts";
import { type Difference, type DifferenceKind, type Edit, us } from "./difference.ts";
import { diffFenceTimes, otherRoute, otherWay } from "./fence-times.ts";

export function diffFences(
  expected: readonly FenceRow[],
  actual: readonly FenceRow[],
): Difference[] {
  const out: Difference[] = [];
  const byName = new Map(actual.map((f, i) => [f.fence, i]));
  const add: Add = (kind, e, a, time, detail, edit) => {
    out.push({ kind, section: "fences", expected: e, actual: a, time, detail, byNs: 0, edit });
  };
  const matched = new Set<number>();
  for (let e = 0; e < expected.length; e++) {
    const x = expected[e];
    const a = byName.get(x.fence);
    if (a === undefined) {
      const detail = `fence ${x.fence} ${x.timeline} is not created`;
      add("missing", e, -1, Math.max(x.init, 0), detail, { op: "remove" });
      continue;
    }
    matched.add(a);
    diffPair(x, actual[a], e, a, add);
  }
  for (let a = 0; a < actual.length; a++) {
    if (matched.has(a)) continue;
    const y = actual[a];
    const detail = `fence ${y.fence} ${y.timeline} is created, none expected`;
    add("extra", -1, a, Math.max(y.init, 0), detail, { op: "insert", row: y });
  }
  diffCreationOrder(expected, actual, byName, add);
  const moved = diffSignalOrder(expected, actual, byName, out);
  const pairs = expected.flatMap((x, e) => {
    const a = byName.get(x.fence);
    return a === undefined ? [] : [{ expected: e, actual: a, moved: moved.has(e) }];
  });
  for (const d of diffFenceTimes(expected, actual, pairs)) out.push(d);
  return out;
}

type Add = (
  kind: DifferenceKind,
  e: number,
  a: number,
  time: number,
  detail: string,
  edit: Edit,
) => void;

const set = (fields: Partial<FenceRow>): Edit => ({ op: "set", fields });

/** How a fence's signal came about. */
const completion = ({ signalled, error, by, path, stages }: FenceRow): Partial<FenceRow> => ({
  signalled,
  error,
  by,
  path,
  stages,
});

/** What differs between two fences of one name, times apart. */
function diffPair(x: FenceRow, y: FenceRow, e: number, a: number, add: Add): void {
  const name = `fence ${x.fence}`;
  if (x.driver !== y.driver || x.timeline !== y.timeline) {
    const detail = `${name} belongs to ${y.driver} ${y.timeline}, expected ${x.driver} ${x.timeline}`;
    const edit = set({ driver: y.driver, timeline: y.timeline });
    add("other value", e, a, Math.max(y.init, 0), detail, edit);
  }
  for (const what of ["init", "queued", "run"] as const) {
    if (x[what] >= 0 === y[what] >= 0) continue;
    const lost = x[what] >= 0;
    const word = what === "init" ? "created" : what;
    const detail = `${name} is ${lost ? `never ${word}` : `${word}, never expected`}`;
    const edit = set({ [what]: y[what] });
    add(lost ? "missing" : "extra", e, a, lost ? x[what] : y[what], detail, edit);
  }
  if (x.signalled >= 0 && y.signalled < 0) {
    const edit = set(completion(y));
    add("missing", e, a, x.signalled, `${name} is never signalled`, edit);
    return;
  }
  if (x.signalled < 0 && y.signalled >= 0) {
    const edit = set(completion(y));
    add("extra", e, a, y.signalled, `${name} is signalled, expected to stay pending`, edit);
    return;
  }
  if (x.signalled < 0) return;
  if (x.error !== y.error) {
    const detail = `${name} has error ${y.error}, expected ${x.error}`;
    add("other error", e, a, y.signalled, detail, set({ error: y.error }));
  }
  if (otherRoute(x, y)) {
    const detail = `${name} is signalled by ${whoDiffers(y, x)}, expected ${whoDiffers(x, y)}`;
    // Another way has other stages.
    const stages = otherWay(x, y) ? { stages: y.stages } : {};
    add("other context", e, a, y.signalled, detail, set({ by: y.by, path: y.path, ...stages }));
  }
}

/** Who signalled a fence and led there, nearest first. */
export function who(f: FenceRow): string[] {
  return [f.by, ...f.path.filter((p, i) => i > 0 || p !== f.by)];
}

/** The part of `f`'s path up to where it joins that of `other`. */
export function whoDiffers(f: FenceRow, other: FenceRow): string {
  const path = who(f);
  const rest = who(other);
  while (path.length > 1 && rest.length > 1 && path.at(-1) === rest.at(-1)) {
    path.pop();
    rest.pop();
  }
  return path.join(" < ");
}

/** Fences created in another order are moved. */
function diffCreationOrder(
  expected: readonly FenceRow[],
  actual: readonly FenceRow[],
  byName: ReadonlyMap<string, number>,
  add: Add,
): void {
  const eOrder = expected.map((_, e) => e).filter((e) => byName.has(expected[e].fence));
  const names = eOrder.map((e) => expected[e].fence);
  const common = new Set(names);
  const { left } = alignKeys(
    names,
    actual.filter((f) => common.has(f.fence)).map((f) => f.fence),
  );
  for (let i = 0; i < eOrder.length; i++) {
    if (left[i] >= 0) continue;
    const e = eOrder[i];
    const a = byName.get(names[i])!;
    const detail = `fence ${names[i]} is created in another order`;
    // Its place is the actual row; when, is told as a time.
    add("moved", e, a, Math.max(actual[a].init, 0), detail, { op: "move", row: expected[e] });
  }
}

/** Fences signalled in another order are moved; returns their expected rows. */
function diffSignalOrder(
  expected: readonly FenceRow[],
  actual: readonly FenceRow[],
  byName: ReadonlyMap<string, number>,
  out: Difference[],
): ReadonlySet<number> {
  const moved = new Set<number>();
  const bySignal = (rows: readonly FenceRow[]): number[] =>
    rows
      .map((_, i) => i)
      .filter((i) => rows[i].signalled >= 0)
      .sort((p, q) => rows[p].signalled - rows[q].signalled || p - q);
  const eOrder = bySignal(expected).filter((e) => {
    const a = byName.get(expected[e].fence);
    return a !== undefined && actual[a].signalled >= 0;
  });
  const names = new Set(eOrder.map((e) => expected[e].fence));
  const aOrder = bySignal(actual).filter((a) => names.has(actual[a].fence));
  const { left } = alignKeys(
    eOrder.map((e) => expected[e].fence),
    aOrder.map((a) => actual[a].fence),
  );
  for (let i = 0; i < eOrder.length; i++) {
    const e = eOrder[i];
    const a = byName.get(expected[e].fence)!;
    const x = expected[e];
    const y = actual[a];
    if (left[i] >= 0) continue;
    moved.add(e);
    const by = y.signalled - x.signalled;
    out.push({
      kind: "moved",
      section: "fences",
      expected: e,
      actual: a,
      time: y.signalled,
      detail: `fence ${x.fence} is signalled in another order (${us(by)})`,
      byNs: by,
      edit: set({ signalled: y.signalled, stages: y.stages }),
    });
  }
  return moved;
}
