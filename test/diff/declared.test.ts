// What a trace does not promise counts wherever its replays are compared: trace against trace,
// golden against trace, and in a reduction, whose candidates may have lost the declarations.

import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as Either from "effect/Either";
import { describe, expect, it } from "vitest";
import { timelineDiffers } from "../../src/bisect/predicate.ts";
import { stackRevision } from "../../src/bisect/stack.ts";
import { replayOperand, withTimeline } from "../../src/cli/side.ts";
import { compareSides } from "../../src/diff/compare.ts";
import { goldenSide, type Side } from "../../src/diff/side.ts";
import { profiles } from "../../src/device/profile/index.ts";
import { declarationsOf, declaredRows, maskGolden } from "../../src/golden/incidental.ts";
import type { Golden } from "../../src/golden/model.ts";
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
