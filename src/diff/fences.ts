// Differences of fences, aligned by context:seqno.

import type { FenceRow } from "../golden/model.ts";
import { align, internKeys } from "./align.ts";
import { type Difference, type DifferenceKind, us } from "./difference.ts";
import { diffFenceTimes } from "./fence-times.ts";

export function diffFences(
  expected: readonly FenceRow[],
  actual: readonly FenceRow[],
): Difference[] {
  const out: Difference[] = [];
  const byName = new Map(actual.map((f, i) => [f.fence, i]));
  const add = (kind: DifferenceKind, e: number, a: number, time: number, detail: string): void => {
    out.push({ kind, section: "fences", expected: e, actual: a, time, detail, byNs: 0 });
  };
  const matched = new Set<number>();
  for (let e = 0; e < expected.length; e++) {
    const x = expected[e];
    const a = byName.get(x.fence);
    if (a === undefined) {
      add("missing", e, -1, x.init, `fence ${x.fence} ${x.timeline} is not created`);
      continue;
    }
    matched.add(a);
    const y = actual[a];
    if (x.driver !== y.driver || x.timeline !== y.timeline) {
      add(
        "other value",
        e,
        a,
        y.init,
        `fence ${x.fence} belongs to ${y.driver} ${y.timeline}, expected ${x.driver} ${x.timeline}`,
      );
    }
    for (const what of ["queued", "run"] as const) {
      if (x[what] >= 0 === y[what] >= 0) continue;
      const lost = x[what] >= 0;
      const time = lost ? x[what] : y[what];
      const detail = `fence ${x.fence} is ${lost ? `never ${what}` : `${what}, never expected`}`;
      add(lost ? "missing" : "extra", e, a, time, detail);
    }
    if (x.signalled >= 0 && y.signalled < 0) {
      add("missing", e, a, x.signalled, `fence ${x.fence} is never signalled`);
      continue;
    }
    if (x.signalled < 0 && y.signalled >= 0) {
      add("extra", e, a, y.signalled, `fence ${x.fence} is signalled, expected to stay pending`);
      continue;
    }
    if (x.signalled < 0) continue;
    if (x.error !== y.error) {
      add(
        "other error",
        e,
        a,
        y.signalled,
        `fence ${x.fence} has error ${y.error}, expected ${x.error}`,
      );
    }
    if (x.by !== y.by || x.path.join() !== y.path.join()) {
      add(
        "other context",
        e,
        a,
        y.signalled,
        `fence ${x.fence} is signalled by ${whoDiffers(y, x)}, expected ${whoDiffers(x, y)}`,
      );
    }
  }
  for (let a = 0; a < actual.length; a++) {
    if (matched.has(a)) continue;
    const y = actual[a];
    add("extra", -1, a, y.init, `fence ${y.fence} ${y.timeline} is created, none expected`);
  }
  const moved = diffSignalOrder(expected, actual, byName, out);
  const pairs = expected.flatMap((x, e) => {
    const a = byName.get(x.fence);
    return a === undefined ? [] : [{ expected: e, actual: a, moved: moved.has(e) }];
  });
  out.push(...diffFenceTimes(expected, actual, pairs));
  return out;
}

/** Who signalled a fence and led there, nearest first. */
function who(f: FenceRow): string[] {
  return [f.by, ...f.path.filter((p, i) => i > 0 || p !== f.by)];
}

/** The part of `f`'s path up to where it joins that of `other`. */
function whoDiffers(f: FenceRow, other: FenceRow): string {
  const path = who(f);
  const rest = who(other);
  while (path.length > 1 && rest.length > 1 && path.at(-1) === rest.at(-1)) {
    path.pop();
    rest.pop();
  }
  return path.join(" < ");
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
  const [ka, kb] = internKeys(
    eOrder.map((e) => expected[e].fence),
    aOrder.map((a) => actual[a].fence),
  );
  const { left } = align(ka, kb);
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
    });
  }
  return moved;
}
