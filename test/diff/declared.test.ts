// What a trace does not promise counts wherever its replays are compared: trace against trace,
// golden against trace, and in a reduction, whose candidates may have lost the declarations.

import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as Either from "effect/Either";
import { describe, expect, it } from "vitest";
import {
  builtGolden,
  observe,
  project,
  type ReplayObservation,
  type Scene,
} from "../../src/bisect/observe.ts";
import { entriesDiffer, timelineDiffers } from "../../src/bisect/predicate.ts";
import { stackRevision } from "../../src/bisect/stack.ts";
import { replayOperand, withTimeline } from "../../src/cli/side.ts";
import { compareSides } from "../../src/diff/compare.ts";
import { type Effect, effectOf } from "../../src/diff/effect.ts";
import { goldenSide, type Side } from "../../src/diff/side.ts";
import { profiles } from "../../src/device/profile/index.ts";
import { declarationsOf, declaredRows, maskGolden } from "../../src/golden/incidental.ts";
import type { Golden } from "../../src/golden/model.ts";
import { replay } from "../../src/replay/replay.ts";
import type { Chunk, Recorder } from "../../src/timeline/recorder.ts";
import { evidenceIn, type Sought } from "../../src/reduce/judge.ts";
import { root, temporaryFolder } from "../cli/run-cli.ts";
import { read } from "../reduce/traces.ts";

const plain = readFileSync(join(root, "traces/single-job.yaml"), "utf8");
const declaring = (lines: string): string => plain.replace("streams:\n", `${lines}streams:\n`);
const reason = "reason: not under test";
/** All that irq-latency-v3 changes: who signals, when, and which work does what. */
const masked = declaring(
  `incidental:\n  - fences: "*:*"\n    what: [time, context]\n    ${reason}\n` +
    `  - registers: "*"\n    what: entry\n    ${reason}\n`,
);
const fencesOnly = declaring(
  `incidental:\n  - fences: "*:*"\n    what: [time, context]\n    ${reason}\n`,
);

const sceneOf = (text: string): Scene => ({
  trace: read(text),
  profileName: "zero-cost",
  profile: profiles["zero-cost"],
});

/** Where an entry of a timeline is held. */
function placeOf(rec: Recorder, entry: number): { readonly chunk: Chunk; readonly at: number } {
  let at = entry - rec.first;
  for (const chunk of rec.heldChunks()) {
    if (at < chunk.length) return { chunk, at };
    at -= chunk.length;
  }
  throw new RangeError(`no entry ${entry}`);
}

function folder(text: string): string {
  const dir = temporaryFolder();
  writeFileSync(join(dir, "single-job.yaml"), text);
  return dir;
}

function side(text: string, revision: string): Side {
  const path = join(folder(text), "single-job.yaml");
  return replayOperand({ argument: path, path, kind: "trace", revision, profile: null }).side;
}

const differences = (text: string): readonly string[] =>
  compareSides(side(text, "linux-7.3"), side(text, "irq-latency-v3")).diff.differences.map(
    (d) => d.section,
  );

describe("a comparison of replays", () => {
  it("leaves out what their trace does not promise", () => {
    expect(differences(plain)).toContain("fences");
    expect(differences(fencesOnly)).not.toContain("fences");
    expect(differences(fencesOnly)).toContain("registers");
    expect(differences(masked)).toEqual([]);
  });
});

describe("a golden with masks", () => {
  const accepted = (): Golden => {
    const { golden } = side(fencesOnly, "linux-7.3");
    return maskGolden(golden, declarationsOf(golden)).golden;
  };

  it("gets the timeline of its trace, and keeps what it was accepted with", () => {
    const golden = accepted();
    const got = withTimeline(goldenSide(golden, "g"), folder(plain));
    expect(got.timeline).not.toBeNull();
    expect(got.golden.declared).toEqual(golden.declared);
    expect(compareSides(got, side(plain, "irq-latency-v3")).diff.differences).not.toContainEqual(
      expect.objectContaining({ section: "fences" }),
    );
  });

  it("gets none that differs in what is promised", () => {
    const golden = accepted();
    const [first, ...rest] = golden.registers;
    const other = { ...golden, registers: [{ ...first, value: "12345678" }, ...rest] };
    expect(withTimeline(goldenSide(other, "g"), folder(plain)).timeline).toBeNull();
  });
});

describe("a reduction", () => {
  const sought: Sought = {
    predicate: timelineDiffers,
    bad: Either.getOrThrow(stackRevision("irq-latency-v3")),
    good: Either.getOrThrow(stackRevision("linux-7.3")),
    profileName: "zero-cost",
    profile: profiles["zero-cost"],
    entriesMax: 100_000,
    declared: [],
  };

  it("does not take what is incidental for what it looks for, declared in a candidate or not", () => {
    expect(evidenceIn(read(plain), sought)).not.toBeNull();
    expect(evidenceIn(read(masked), sought)).toBeNull();
    const declared = declaredRows(read(masked));
    expect(evidenceIn(read(plain), { ...sought, declared })).toBeNull();
    // A difference in what is promised is one still.
    const some = { ...sought, declared: declaredRows(read(fencesOnly)) };
    expect(evidenceIn(read(plain), some)).not.toMatch(/^fence/);
    expect(evidenceIn(read(plain), some)).not.toBeNull();
  });
});

describe("what a patch does", () => {
  const v3 = Either.getOrThrow(stackRevision("irq-latency-v3@5"));
  const base = Either.getOrThrow(stackRevision("linux-7.3"));
  const seen = (text: string, revision: typeof v3): ReplayObservation => {
    const observed = observe(sceneOf(text), revision);
    if (!observed.ok) throw new Error(observed.reason);
    return observed.observation;
  };
  const effect = (text: string): Effect => effectOf(seen(text, base), seen(text, v3));

  it("is told without what the trace does not promise", () => {
    const all = effect(plain);
    expect(all.unchanged).toBe(false);
    expect(all.fences.earlier ?? all.fences.later).not.toBeNull();
    const none = effect(masked);
    expect(none).toMatchObject({
      unchanged: true,
      fences: { earlier: null, later: null, contexts: [], other: [], latency: null },
      registers: { added: [], removed: [], moved: [], otherValue: [], otherContext: [] },
      times: [],
      timesOnly: null,
    });
    const registers = effect(fencesOnly);
    expect([registers.fences.earlier, registers.fences.later]).toEqual([null, null]);
    expect(registers.registers.moved).toEqual(all.registers.moved);
  });

  it("is told without the order that is open", () => {
    const order = declaring(
      `unordered:\n  - registers: ["* by group_release_work", "* by *"]\n    ${reason}\n`,
    );
    const moved = (text: string): number =>
      effect(text).registers.moved.reduce((n, { count }) => n + count, 0);
    expect(moved(plain)).toBeGreaterThan(0);
    expect(moved(order)).toBeLessThan(moved(plain));
  });

  it("is no change of an entry where only entries differ that nobody promises", () => {
    const value = declaring(
      `incidental:\n  - registers: R GPU.GPU_ID\n    what: value\n    ${reason}\n` +
        `  - fences: "7:1"\n    what: time\n    ${reason}\n`,
    );
    const [good, bad] = [seen(value, base), seen(value, v3)];
    expect(entriesDiffer.evidence(good, good)).toBeNull();
    expect(entriesDiffer.evidence(good, bad)).not.toBeNull();
    // The same replay, but for an access and a fence that are declared.
    const replayed = replay({ ...sceneOf(value), revision: base });
    const again = project(sceneOf(value), base, replayed);
    const { rec } = replayed;
    const built = builtGolden(sceneOf(value), base, replayed);
    const access = built.registers.findIndex((r) => r.register === "GPU.GPU_ID");
    const fence = built.fences.findIndex((f) => f.fence === "7:1");
    const other = built.registers.findIndex((r) => r.register !== "GPU.GPU_ID");
    const changedAt = (entry: number): ReplayObservation => {
      const { chunk, at } = placeOf(rec, entry);
      chunk.time[at] += 7;
      const changed = project(sceneOf(value), base, replayed);
      chunk.time[at] -= 7;
      return changed;
    };
    expect(again.digest).toBe(good.digest);
    const byFence = changedAt(built.index.fences[fence]);
    expect(byFence.digest).not.toBe(good.digest);
    expect(entriesDiffer.evidence(good, byFence)).toBeNull();
    // Its value is not promised; its time is, as all of another access.
    for (const row of [access, other]) {
      const changed = changedAt(built.index.registers[row]);
      expect(entriesDiffer.evidence(good, changed)).not.toBeNull();
    }
  });
});
