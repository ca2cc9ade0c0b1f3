// Repetitions: found, nested, and the same events when written out again.

import fc from "fast-check";
import * as Either from "effect/Either";
import { describe, expect, it } from "vitest";
import { foldLines } from "../../src/stimuli/fold.ts";
import { printAction } from "../../src/trace/print-event.ts";
import { parseTrace } from "../../src/trace/parse.ts";
import { expandItems } from "../../src/trace/expand.ts";

const header = "version: 1\nname: t\ndescription: d\n";

/** The events of folded lines, one by one, as lines again. */
function unfolded(lines: readonly string[]): string[] {
  const text = [`${header}events:`, ...foldLines(lines, "  "), ""].join("\n");
  const trace = Either.getOrThrowWith(parseTrace(text), (e) => new Error(`${e.message}\n${text}`));
  return [...expandItems(trace.events)].map((e) => printAction(e.action));
}

const bare = (line: string): string => line.replace(/^app-1 \+0: /, "");
const app = (text: string): string => `app-1 +0: ${text}`;

describe("repetitions", () => {
  it("counts names and points", () => {
    const lines = [1, 2, 3, 4, 5].map((i) => app(`syncobj_create: sync=sync${i}`));
    expect(foldLines(lines, "")).toEqual([
      "- repeat:",
      "    count: 5",
      "    from: 1",
      "    events:",
      "      - |",
      "        app-1 +0: syncobj_create: sync=sync$i",
    ]);
  });

  it("nests", () => {
    const lines = [1, 2, 3].flatMap((s) => [1, 2, 3, 4].map((n) => app(`mark: text=s${s}:${n}`)));
    const folded = foldLines(lines, "");
    expect(folded.filter((l) => l.includes("repeat:"))).toHaveLength(2);
    expect(folded.at(-1)).toContain("text=s$i:$j");
  });

  it("leaves numbers alone that do not count: times, sizes, addresses", () => {
    const lines = [1, 2, 3, 4, 5].map((i) => app(`sleep: for=${i}ms`));
    expect(foldLines(lines, "").join("\n")).not.toContain("repeat");
  });

  it("writes the same events, whatever repeats", () => {
    const line = fc
      .tuple(fc.constantFrom("sync", "g"), fc.integer({ min: 1, max: 4 }))
      .map(([name, n]) => `mark: text=${name}${n}`);
    const part = fc
      .tuple(fc.array(line, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 6 }))
      .chain(([body, times]) =>
        fc
          .boolean()
          .map((counts) =>
            Array.from({ length: times }, (_, i) =>
              body.map((l) => (counts ? l.replace(/\d+$/, (d) => String(Number(d) + i)) : l)),
            ).flat(),
          ),
      );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const lines = parts.flat().map(app);
        if (lines.length > 0) expect(unfolded(lines)).toEqual(lines.map(bare));
      }),
      { numRuns: 300 },
    );
  });
});
