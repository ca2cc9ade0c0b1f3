// What a trace declares not to be promised: it is out of the comparison, it stands in the golden, and
// nothing else goes with it.

import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { diffByGolden, diffPromised } from "../../src/diff/promised.ts";
import {
  type Declarations,
  declarationsOf,
  type IncidentalDeclaration,
  maskGolden,
  registerMatcher,
} from "../../src/golden/incidental.ts";
import type { FenceRow, Golden, RegisterRow } from "../../src/golden/model.ts";
import { parseGolden } from "../../src/golden/parse.ts";
import { printGolden } from "../../src/golden/print.ts";
import { notPromised, unusedDeclarations } from "../../src/report/declared.ts";

const accepted = parseGolden(
  readFileSync("golden/linux-7.3/zero-cost/single-job.golden", "utf8"),
  "g",
);

const incidental = (
  section: IncidentalDeclaration["section"],
  pattern: string,
  ...what: IncidentalDeclaration["what"]
): Declarations => ({
  incidental: [{ section, pattern, what, reason: "why", line: 5 }],
  unordered: [],
});

const unordered = (section: "registers" | "fences", ...patterns: string[]): Declarations => ({
  incidental: [],
  unordered: [{ section, patterns, reason: "why", line: 7 }],
});

/** Kinds of the differences that are left. */
function left(expected: Golden, actual: Golden, declarations: Declarations): string[] {
  const e = maskGolden(expected, declarations).golden;
  const a = maskGolden(actual, declarations).golden;
  return diffPromised(e, a, declarations).diff.differences.map((d) => `${d.section} ${d.kind}`);
}

const none: Declarations = { incidental: [], unordered: [] };
const registers = (g: Golden, edit: (row: RegisterRow, i: number) => RegisterRow): Golden => ({
  ...g,
  registers: g.registers.map(edit),
});
const fences = (g: Golden, edit: (row: FenceRow) => FenceRow): Golden => ({
  ...g,
  fences: g.fences.map(edit),
});

describe("incidental", () => {
  const isId = registerMatcher("R GPU.GPU_ID");

  it("takes a value, a time, a context or an entry out of the comparison, and only that", () => {
    const id = "R GPU.GPU_ID";
    const value = registers(accepted, (r) => (isId(r) ? { ...r, value: "00000007" } : r));
    const late = registers(accepted, (r) => (isId(r) ? { ...r, time: r.time + 5 } : r));
    const by = registers(accepted, (r) => (isId(r) ? { ...r, context: "other" } : r));
    const gone = { ...accepted, registers: accepted.registers.filter((r) => !isId(r)) };
    const cases = { value, time: late, context: by, entry: gone };
    for (const [what, actual] of Object.entries(cases)) {
      expect(left(accepted, actual, none)).not.toEqual([]);
      for (const other of ["value", "time", "context", "entry"] as const) {
        const hidden = other === what || other === "entry";
        expect([
          what,
          other,
          left(accepted, actual, incidental("registers", id, other)).length > 0,
        ]).toEqual([what, other, !hidden]);
      }
    }
  });

  it("of fences: times, who signals, or the fence", () => {
    const late = fences(accepted, (f) =>
      f.fence === "7:1" ? { ...f, signalled: f.signalled + 31_000 } : f,
    );
    expect(left(accepted, late, none)).not.toEqual([]);
    expect(left(accepted, late, incidental("fences", "7:*", "time"))).toEqual([]);
    expect(left(accepted, late, incidental("fences", "8:*", "time"))).not.toEqual([]);
    const by = fences(accepted, (f) => (f.fence === "7:1" ? { ...f, by: "app" } : f));
    expect(left(accepted, by, none)).toEqual(["fences other context"]);
    expect(left(accepted, by, incidental("fences", "7:1", "context"))).toEqual([]);
    // An error is never incidental.
    const failed = fences(by, (f) => (f.fence === "7:1" ? { ...f, error: -5 } : f));
    expect(left(accepted, failed, incidental("fences", "*:*", "time", "context"))).toEqual([
      "fences other error",
    ]);
  });

  it("of the log: by its text", () => {
    const quiet = { ...accepted, log: [] };
    expect(left(accepted, quiet, none)).toEqual(["log missing"]);
    expect(left(accepted, quiet, incidental("log", "*no regulator*", "entry"))).toEqual([]);
    expect(left(accepted, quiet, incidental("log", "no regulator", "entry"))).toEqual([
      "log missing",
    ]);
  });

  it("a shift that the masked entry would have begun is told at the next promised one", () => {
    const from = accepted.registers.findIndex(isId);
    const late = registers(accepted, (r, i) => (i >= from ? { ...r, time: r.time + 5 } : r));
    const e = maskGolden(accepted, incidental("registers", "R GPU.GPU_ID", "time")).golden;
    const { diff } = diffPromised(e, maskGolden(late, none).golden, none);
    expect(diff.differences.map((d) => [d.kind, d.expected])).toEqual([["delayed", from + 1]]);
  });

  it("stands in the golden as ~ with its reason, and reads back", () => {
    const declarations: Declarations = {
      incidental: [
        ...incidental("registers", "R GPU.*", "value", "time").incidental,
        ...incidental("fences", "7:*", "time", "context").incidental,
      ],
      unordered: unordered("fences", "7:*", "8:*").unordered,
    };
    const { golden, counts } = maskGolden(accepted, declarations);
    const text = printGolden(golden);
    expect(text).toContain('[incidental]\nvalue, time of registers "R GPU.*": why\n');
    expect(text).toContain('order of fences "7:*", "8:*": why\n');
    expect(text).toContain("\n~ 0 app R GPU.GPU_ID ~\n");
    expect(text).toMatch(/\n7:1 .* init=~ queued=~ run=~ signalled=~ error=0 by=~\n/);
    const again = parseGolden(text, "g");
    expect(printGolden(again)).toBe(text);
    expect(left(again, accepted, declarations)).toEqual([]);
    // Taken back, the golden has nothing to compare with: that is a difference, not an agreement.
    expect(left(again, accepted, none)).toContain("registers other value");
    expect(counts[0]).toBe(accepted.registers.filter(registerMatcher("R GPU.*")).length);
    expect(notPromised(declarations, counts, [0])).toEqual([
      `not promised: value, time of registers "R GPU.*" (${counts[0]} entries): why`,
      'not promised: time, context of fences "7:*" (1 entry): why',
    ]);
    expect(unusedDeclarations(declarations, counts, [0])).toEqual([
      '7:1: order of fences "7:*", "8:*"',
    ]);
  });
});

describe("a golden's own declarations", () => {
  it("read back from its text, and hold for whoever compares with it", () => {
    const declarations: Declarations = {
      incidental: [
        ...incidental("registers", 'R GPU.* by "x", y', "value", "time").incidental,
        ...incidental("log", "*regulator*", "entry").incidental,
        ...incidental("registers", "R GPU.GPU_ID", "value").incidental,
      ],
      unordered: unordered("fences", "7:*", "8:*").unordered,
    };
    const masked = maskGolden(accepted, declarations).golden;
    const again = parseGolden(printGolden(masked), "g");
    const withoutLines = (d: Declarations): unknown =>
      JSON.parse(JSON.stringify(d, (key, value: unknown) => (key === "line" ? 0 : value)));
    expect(withoutLines(declarationsOf(again))).toEqual(withoutLines(declarations));
    expect(diffByGolden(again, accepted).differences).toEqual([]);
    expect(diffByGolden(accepted, again).differences).toEqual([]);
    const other = { ...accepted, registers: accepted.registers.slice(0, -1) };
    const { first } = diffByGolden(again, other);
    expect([first?.kind, first?.expected]).toEqual(["missing", other.registers.length]);
    const odd = { ...accepted, declared: [{ what: "value of x", reason: "" }] };
    expect(declarationsOf(odd)).toEqual({ incidental: [], unordered: [] });
  });
});

describe("unordered", () => {
  const row = (register: string, time: number): RegisterRow => ({
    time,
    cpu: 0,
    context: "app",
    direction: "W",
    register: `X.${register}`,
    value: "00000001",
    fields: "",
  });
  const golden = (names: readonly string[]): Golden => ({
    ...accepted,
    fences: [],
    log: [],
    registers: names.map((name, i) => row(name, i)),
  });
  const ab = unordered("registers", "X.A*", "X.B*");

  it("leaves the order of strands open, but not the order within one, nor past others", () => {
    const expected = golden(["A1", "A2", "B1", "B2", "C", "A3"]);
    expect(left(expected, golden(["B1", "A1", "B2", "A2", "C", "A3"]), ab)).toEqual([]);
    expect(left(expected, golden(["A2", "A1", "B1", "B2", "C", "A3"]), ab)).not.toEqual([]);
    expect(left(expected, golden(["A1", "A2", "B1", "C", "B2", "A3"]), ab)).not.toEqual([]);
    expect(left(expected, golden(["A1", "A2", "B1", "B2", "C"]), ab)).toEqual([
      "registers missing",
    ]);
    expect(left(expected, golden(["B1", "A1", "B2", "A2", "C", "A3"]), none)).not.toEqual([]);
  });

  it("any interleaving of strands agrees; a lost entry is told with its row", () => {
    const strands = fc.array(fc.constantFrom("A", "B", "C"), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(strands, fc.infiniteStream(fc.boolean()), fc.nat(), (list, coin, lose) => {
        const names = list.map((s, i) => `${s}${i}`);
        const expected = golden(names);
        // Swaps neighbours of different strands again and again.
        const mixed = [...names];
        for (let i = 1; i < mixed.length; i++) {
          const [p, q] = [mixed[i - 1], mixed[i]];
          const swappable = p[0] !== q[0] && p[0] !== "C" && q[0] !== "C";
          if (swappable && coin.next().value) [mixed[i - 1], mixed[i]] = [q, p];
        }
        expect(left(expected, golden(mixed), ab)).toEqual([]);
        const lost = mixed[lose % mixed.length];
        const e = diffPromised(expected, golden(mixed.filter((n) => n !== lost)), ab).diff;
        const missing = e.differences.filter((d) => d.kind === "missing");
        expect(missing.map((d) => names[d.expected])).toEqual([lost]);
      }),
    );
  });

  it("of fences: signals of different patterns may change places", () => {
    const fence = (name: string, signalled: number): FenceRow => ({
      ...accepted.fences[0],
      fence: name,
      init: 0,
      queued: -1,
      run: -1,
      signalled,
      stages: [],
    });
    const of = (...list: FenceRow[]): Golden => ({ ...golden([]), fences: list });
    const expected = of(fence("1:1", 10), fence("2:1", 20), fence("3:1", 30));
    const actual = of(fence("1:1", 20), fence("2:1", 10), fence("3:1", 30));
    expect(left(expected, actual, none)).not.toEqual([]);
    expect(left(expected, actual, unordered("fences", "1:*", "2:*"))).toEqual([]);
    expect(left(expected, actual, unordered("fences", "1:*", "3:*"))).not.toEqual([]);
    const past = of(fence("1:1", 40), fence("2:1", 20), fence("3:1", 30));
    expect(left(expected, past, unordered("fences", "1:*", "2:*"))).not.toEqual([]);
  });
});
