// Failures of the corpus and of a mutant, planted into larger traces by seeded noise: each comes down
// to what was planted. That nothing smaller shows them is shown without reducing: no part of what
// was planted does.

import * as Either from "effect/Either";
import { describe, expect, it } from "vitest";
import { parsePredicate } from "../../src/bisect/predicate-parse.ts";
import { stackRevision } from "../../src/bisect/stack.ts";
import { profiles } from "../../src/device/profile/index.ts";
import { canonical } from "../../src/reduce/engine.ts";
import { linesOf, mapLines } from "../../src/reduce/items.ts";
import { evidenceIn, type Sought } from "../../src/reduce/judge.ts";
import { prune } from "../../src/reduce/prune.ts";
import { reduceTrace } from "../../src/reduce/reduce.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { noisy } from "./noise.ts";
import { planted, textOf } from "./planted.ts";
import { events, names, read } from "./traces.ts";

const none = {
  golden: () => {
    throw new Error("no golden");
  },
};

const soughtOf = (bad: string, predicate: string): Sought => ({
  predicate: parsePredicate(predicate, none),
  bad: Either.getOrThrow(stackRevision(bad)),
  good: Either.getOrThrow(stackRevision("linux-7.3")),
  profileName: "zero-cost",
  profile: profiles["zero-cost"],
  entriesMax: 100_000,
  declared: [],
});

/** Every trace that has only some of the events and faults of a trace, each once. */
function* partsOf(trace: Trace): Generator<Trace> {
  const lines = linesOf(trace);
  const things = [...lines, ...trace.faults];
  const seen = new Set<string>();
  for (let mask = 0; mask < 2 ** things.length - 1; mask++) {
    const kept = new Set<unknown>(things.filter((_, i) => (mask & (1 << i)) !== 0));
    const some = mapLines(trace, (line) => (kept.has(line) ? line : null));
    // What has lost what it needs goes too: it would not be a trace.
    const part = canonical(prune({ ...some, faults: trace.faults.filter((f) => kept.has(f)) }));
    if (part === null || seen.has(part.text)) continue;
    seen.add(part.text);
    yield part.trace;
  }
}

describe("failures in noise", () => {
  it("are ten", () => {
    expect(planted.length).toBe(10);
  });

  it.each(planted)("$bad: of what is planted nothing can be left out", (failure) => {
    const trace = read(textOf(failure));
    const sought = soughtOf(failure.bad, failure.predicate);
    expect(evidenceIn(trace, sought)).not.toBeNull();
    let parts = 0;
    for (const part of partsOf(trace)) {
      parts++;
      expect([names(part), evidenceIn(part, sought)]).toEqual([names(part), null]);
    }
    // A trace is left for each event that goes alone or with what needs it.
    expect(parts).toBeGreaterThanOrEqual(events(trace).length);
  });

  it.each(planted)("$bad: comes down to what is planted", async (failure) => {
    const own = read(textOf(failure));
    const sought = soughtOf(failure.bad, failure.predicate);
    const trace = noisy(own, failure.bad.length, failure.programs);
    const result = await reduceTrace(trace, { judge: (t) => evidenceIn(t, sought) !== null });
    expect(events(trace).length).toBeGreaterThan(events(own).length + 10 * (failure.programs ?? 2));
    expect(result.holds).toBe(true);
    expect(events(result.trace).length).toBe(failure.events.length);
    expect(names(result.trace)).toEqual(names(own));
    expect(result.trace.faults.length).toBe(own.faults.length);
    expect(evidenceIn(result.trace, sought)).not.toBeNull();
  });
});
