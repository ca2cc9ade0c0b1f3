import * as Effect from "effect/Effect";
import * as Either from "effect/Either";
import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { profiles } from "../../src/device/profile/index.ts";
import { replay } from "../../src/replay/replay.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { parseRevision } from "../../src/revision/revision.ts";
import { timelineDigest, TimelineDigest } from "../../src/timeline/digest.ts";
import { K, kindFields } from "../../src/timeline/kinds.ts";
import { Recorder } from "../../src/timeline/recorder.ts";
import { parseTrace } from "../../src/trace/parse.ts";

const kinds = Object.values(K);

/** The numbers of entry `i`, which differ from those of its neighbours. */
const argsOf = (kind: number, i: number): number[] => kindFields[kind].map((_, n) => i * 8 + n + 1);

const record = (rec: Recorder, sequence: readonly number[], count: number): void => {
  for (let i = 0; i < count; i++) {
    const kind = sequence[i % sequence.length];
    rec.at.now = i;
    const args = argsOf(kind, i);
    if (args.length > 4) rec.emitLong(kind, ...(args as [number, number, number, number, number]));
    else rec.emit(kind, ...args);
  }
};

const sequences = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 9 });

test("an entry has the numbers that were recorded", () => {
  fc.assert(
    fc.property(sequences, fc.integer({ min: 1, max: 40_000 }), (sequence, count) => {
      const rec = new Recorder();
      record(rec, sequence, count);
      expect(rec.length).toBe(count);
      let wrong = 0;
      for (let i = 0; i < count; i++) {
        const kind = sequence[i % sequence.length];
        if (rec.kind(i) !== kind || rec.time(i) !== i) wrong++;
        argsOf(kind, i).forEach((value, n) => {
          if (rec.arg(i, n) !== value) wrong++;
        });
      }
      expect(wrong).toBe(0);
    }),
    { numRuns: 20 },
  );
});

test("a streamed timeline has the digest of one that is held", () => {
  fc.assert(
    fc.property(sequences, fc.integer({ min: 30_000, max: 90_000 }), (sequence, count) => {
      const held = new Recorder();
      record(held, sequence, count);
      const digest = new TimelineDigest();
      const streamed = new Recorder({ onChunk: (chunk) => digest.add(chunk) });
      record(streamed, sequence, count);
      streamed.flush();
      expect(digest.finish(streamed)).toBe(timelineDigest(held));
    }),
    { numRuns: 10 },
  );
});

test("nobody records more numbers than the kind has", () => {
  const emit = vi.spyOn(Recorder.prototype, "emit");
  for (const name of ["02-single-job", "07b-mmu-fault", "04a-vm-bind"]) {
    const file = `traces/${name}.yaml`;
    const trace = Either.getOrThrow(parseTrace(readFileSync(file, "utf8"), file));
    const revision = Effect.runSync(parseRevision(trace.revision, catalog));
    replay({ trace, revision, profile: profiles["zero-cost"] });
  }
  const more = emit.mock.calls.filter(([kind, ...args]) => args.length > kindFields[kind].length);
  emit.mockRestore();
  expect(more).toEqual([]);
});
