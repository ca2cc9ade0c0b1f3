import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FenceMap } from "../../src/check/fence-map.ts";

type Step = {
  readonly op: "set" | "delete" | "get";
  readonly context: number;
  readonly seqno: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom("set", "set", "delete", "get"),
  context: fc.integer({ min: 1, max: 3 }),
  seqno: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 5000 })),
});

const key = (context: number, seqno: number): string => `${context}:${seqno}`;

/** The same on a Map, and the lowest of each context by search. */
function check(steps: readonly Step[]): void {
  const fences = new FenceMap<number>();
  const naive = new Map<string, number>();
  steps.forEach(({ op, context, seqno }, i) => {
    const k = key(context, seqno);
    if (op === "set") {
      fences.set(context, seqno, i);
      naive.set(k, i);
    } else if (op === "delete") expect(fences.delete(context, seqno)).toBe(naive.delete(k));
    else expect(fences.get(context, seqno)).toBe(naive.get(k));
    for (const c of [1, 2, 3]) {
      const seqnos = [...naive.keys()].filter((x) => x.startsWith(`${c}:`)).map((x) => +x.slice(2));
      const lowest = seqnos.length === 0 ? undefined : naive.get(key(c, Math.min(...seqnos)));
      expect(fences.first(c)).toBe(lowest);
    }
  });
  const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);
  expect(sorted(fences.values())).toEqual(sorted(naive.values()));
}

test("is a map by context and sequence number", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check));
});

test("moves along with its fences", () => {
  const steps: Step[] = [];
  for (let seqno = 1; seqno < 1500; seqno++) {
    steps.push({ op: "set", context: 1, seqno });
    if (seqno > 3) steps.push({ op: "delete", context: 1, seqno: seqno - 3 });
    if (seqno % 100 === 0) steps.push({ op: "set", context: 1, seqno: seqno - 90 });
  }
  check(steps);
});

test("goes through the fences of a context in order", () => {
  const fences = new FenceMap<string>();
  for (const seqno of [5, 6, 9]) fences.set(7, seqno, `7:${seqno}`);
  fences.set(2, 1, "2:1");
  expect([...fences.values()]).toEqual(["7:5", "7:6", "7:9", "2:1"]);
});
