import { Effect, Either } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { patch } from "../../src/revision/patch.ts";
import { overlaysOf, parseRevision, revisionNames } from "../../src/revision/revision.ts";
import { type Catalog, linux73, type Series } from "../../src/revision/series.ts";

const makeSeries = (id: string, count: number): Series => ({
  id,
  title: id,
  base: "linux-7.3",
  patches: Array.from({ length: count }, (_, i) =>
    patch({
      id: `${id}/${String(i + 1).padStart(2, "0")}`,
      title: `patch ${i + 1}`,
      source: "test",
      overlay: () => ({}),
    }),
  ),
});
const irq = makeSeries("irq-latency", 9);
const catalog: Catalog = { bases: [linux73], series: [irq, makeSeries("atomic-pt", 1)] };

const parse = (name: string) => Effect.runSync(parseRevision(name, catalog));
const problem = (name: string) => {
  const result = Effect.runSync(Effect.either(parseRevision(name, catalog)));
  return Either.isLeft(result) ? result.left.message : "none";
};
const numbers = (name: string) => parse(name).patches.map((p) => Number(p.id.slice(-2)));

describe("revision names", () => {
  it.each([
    ["a base has no patches", "linux-7.3", []],
    ["a series is all of it", "atomic-pt", [1]],
    ["@0 is the base", "irq-latency@0", []],
    ["@N is a prefix", "irq-latency@3", [1, 2, 3]],
    ["~N leaves one out", "irq-latency~4", [1, 2, 3, 5, 6, 7, 8, 9]],
  ])("%s", (_, name, expected) => {
    expect(numbers(name)).toEqual(expected);
  });

  it.each([
    ["misspelled series", "irq-latncy@3", /no such base or series.*did you mean irq-latency/],
    ["beyond the end", "irq-latency@10", /has 9 patches.*irq-latency@9/],
    ["left out what is not there", "irq-latency~0", /patches 1 to 9/],
    ["a base with a number", "linux-7.3@1", /is a base/],
    ["not a name", "irq latency", /expected a base/],
  ])("refuses: %s", (_, name, expected) => {
    expect(problem(name)).toMatch(expected);
  });

  it("parses its own names back to the same patches", () => {
    fc.assert(
      fc.property(fc.constantFrom(...revisionNames(irq)), (name) => {
        const revision = parse(name);
        expect(parse(revision.id).patches).toEqual(revision.patches);
        expect(revision.patches.length).toBe(overlaysOf(revision).length);
      }),
    );
  });

  it("lists base, prefixes and leave-one-outs", () => {
    expect(revisionNames(irq)).toHaveLength(1 + 9 + 9);
  });
});
