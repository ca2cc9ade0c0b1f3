// Arbitrary goldens for property tests: small alphabets, so that rows repeat, move and collide.

import fc from "fast-check";
import {
  type FenceRow,
  type Golden,
  type GoldenHeader,
  goldenFormat,
  type LogRow,
  type RegisterRow,
} from "../../src/golden/model.ts";
import { stageNames } from "../../src/timeline/completion.ts";

export const header: GoldenHeader = {
  format: goldenFormat,
  trace: "t",
  traceDigest: "00",
  revision: "r",
  profile: "p",
  seed: 0,
};

const time = fc.integer({ min: 0, max: 20 });
const context = fc.constantFrom("tick_work", "group_sync_upd_work", "hardirq job");
const stages = fc
  .subarray([...stageNames.slice(1)])
  .chain((names) =>
    fc.tuple(...names.map((name) => time.map((ns) => [name, ns] as const))),
  ) as fc.Arbitrary<FenceRow["stages"]>;

const pending = { signalled: -1, error: 0, by: "", path: [], stages: [] };
const signal = fc.record({
  signalled: time,
  error: fc.constantFrom(0, 0, -125),
  by: context,
  path: fc.array(context, { maxLength: 2 }),
  stages,
});

const fence: fc.Arbitrary<FenceRow> = fc
  .record({
    fence: fc.integer({ min: 1, max: 9 }).map((n) => `7:${n}`),
    driver: fc.constantFrom("drm_sched", "panthor"),
    timeline: fc.constantFrom("q0", "q1"),
    init: fc.oneof(time, fc.constant(-1)),
    queued: fc.oneof(time, fc.constant(-1)),
    run: fc.oneof(time, fc.constant(-1)),
    end: fc.oneof(signal, fc.constant(pending)),
  })
  .map(({ end, ...f }) => ({ ...f, ...end }));

const register: fc.Arbitrary<RegisterRow> = fc
  .record({
    time,
    cpu: fc.constant(0),
    context,
    direction: fc.constantFrom("R" as const, "W" as const),
    register: fc.constantFrom("JOB.JOB_INT_CLEAR", "DOORBELL.DOORBELL_1"),
    value: fc.constantFrom("00000000", "00000001", "-"),
  })
  // What a value decodes to follows from it.
  .map((r) => ({ ...r, fields: r.value === "00000001" ? "CSG0" : "" }));

const log: fc.Arbitrary<LogRow> = fc.record({
  time,
  level: fc.constantFrom("warn", "err"),
  text: fc.constantFrom("one", "two"),
});

export const arbitraryGolden: fc.Arbitrary<Golden> = fc.record({
  header: fc.constant(header),
  fences: fc.uniqueArray(fence, { maxLength: 7, selector: (f) => f.fence }),
  registers: fc.array(register, { maxLength: 24 }),
  log: fc.array(log, { maxLength: 5 }),
});

/** Two goldens that have much in common: the second is the first, edited here and there. */
export const relatedGoldens: fc.Arbitrary<readonly [Golden, Golden]> = fc
  .record({
    base: arbitraryGolden,
    other: arbitraryGolden,
    shift: fc.integer({ min: -3, max: 3 }),
    keep: fc.infiniteStream(fc.integer({ min: 0, max: 4 })),
  })
  .map(({ base, other, shift, keep }) => {
    const pick = (): number => keep.next().value ?? 0;
    const mix = <R>(rows: readonly R[], rest: readonly R[], change: (r: R) => R): R[] =>
      rows.flatMap((row, i) => {
        const n = pick();
        if (n === 0) return [];
        if (n === 1 && i < rest.length) return [row, rest[i]];
        return [n === 2 ? change(row) : row];
      });
    const later = (ns: number): number => (ns < 0 ? ns : Math.max(0, ns + shift));
    const fences = mix(base.fences, other.fences, (f) => ({
      ...f,
      run: later(f.run),
      signalled: later(f.signalled),
    }));
    const names = new Set<string>();
    return [
      base,
      {
        header,
        fences: fences.filter((f) => !names.has(f.fence) && names.add(f.fence)),
        registers: mix(base.registers, other.registers, (r) => ({ ...r, time: later(r.time) })),
        log: mix(base.log, other.log, (l) => ({ ...l, time: later(l.time) })),
      },
    ] as const;
  });
