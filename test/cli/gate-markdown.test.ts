// `check --format markdown`: fit for a comment on a pull request.

import { describe, expect, it } from "vitest";
import type { GateCase } from "../../src/report/gate.ts";
import { gateMarkdown, markdownMax } from "../../src/report/gate-markdown.ts";
import { gateProject, zeroCostGolden } from "./gate-project.ts";
import { cli } from "./run-cli.ts";

/** Every block and every detail that is opened is closed. */
function expectClosed(text: string): void {
  expect(text.match(/^`{3,}/gm)?.length ?? 0).toSatisfy((n: number) => n % 2 === 0);
  expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
}

describe("check as Markdown", () => {
  it("tells a difference with its sentence, waveform and causes, in a file and on the output", async () => {
    const p = gateProject();
    const good = await cli(["check", "--format", "markdown"], { cwd: p.dir });
    expect(good).toMatchObject({
      code: 0,
      out: "### Golden gate: passes\n\n1 case: 1 agrees\n",
    });
    p.edit(zeroCostGolden, (t) => t.replace(/^(7:1 .*) by=\S+/m, "$1 by=other_work"));
    const args = ["check", "--format", "markdown", "--output", "markdown=gate.md"];
    const { code, out } = await cli(args, { cwd: p.dir });
    expect(code).toBe(1);
    expect(out).toBe(p.read("gate.md"));
    expect(out).toMatch(/^### Golden gate: fails\n\n1 case: 1 differs\n/);
    expect(out).toMatch(/^\| differs \| `linux-7\.3\/zero-cost\/single-job` \| .*other\\_work/m);
    expect(out).toMatch(/^#### differs: `linux-7\.3\/zero-cost\/single-job`$/m);
    expect(out).toMatch(/<summary>First divergence at [\d.]+ us: other context<\/summary>/);
    // Why, from the replay's timeline.
    expect(out).toMatch(/^ +.*group_sync_upd_work/m);
    expect(out).toMatch(/^\| us \| kind \| what \|$/m);
    expectClosed(out);
  });
});

describe("the Markdown of many cases", () => {
  const of = (n: number, more: Partial<GateCase>): GateCase => ({
    ...{ name: `r/p/t${n}`, file: "t", golden: "g", verdict: "differs", summary: "a|b <c>" },
    lines: ["l"],
    ...more,
  });

  it("stays within a comment; what is left out is counted", () => {
    const long = Array.from({ length: 400 }, (_, i) => `line ${i} of a difference`);
    const cases = Array.from({ length: 300 }, (_, n) => of(n, { markdown: long }));
    const text = gateMarkdown([...cases, of(999, { markdown: ["short"] })]).join("\n");
    expect(text.length).toBeLessThan(markdownMax);
    expect(text.length).toBeGreaterThan(markdownMax / 2);
    const told = text.match(/^#### /gm)!.length;
    expect(text).toContain(`The details of ${301 - told} cases are left out for length.`);
    expect(text).toContain("and 201 more");
    // A short one finds room behind those that do not fit.
    expect(text).toContain("#### differs: `r/p/t999`\nshort");
  });

  it("escapes what cases say, and gives the report of what is no difference", () => {
    const lines = ["t:1:1: <b> ``` wrong", ...Array.from({ length: 60 }, (_, i) => `${i}`)];
    const text = gateMarkdown([
      of(1, {}),
      of(2, { verdict: "bad input", lines }),
      of(3, { verdict: "finding", findings: ["line 4: fence <x>\nsecond"] }),
    ]).join("\n");
    expect(text).toContain("| differs | `r/p/t1` | a\\|b &lt;c&gt; |");
    expect(text).toContain("````text\nt:1:1: <b> ``` wrong\n");
    expect(text).toContain("and 21 more lines\n````");
    expect(text).toContain("- line 4: fence &lt;x&gt;<br>second");
    expectClosed(text);
  });
});
