// The corrected variant is quiet for the right reason: without the corrections that name a finding,
// and with all the others, the finding's trace is caught again.

import { Effect } from "effect";
import { describe, expect, it } from "vitest";
import { Evidence } from "../../../src/corpus/judge.ts";
import { loadTrace, runRevision } from "../../../src/corpus/run.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision } from "../../../src/revision/revision.ts";
import { findings } from "../../../src/revision/user-submission/findings.ts";

const shown = findings.flatMap(({ id, exposure, others = [] }) =>
  [exposure, ...others].flatMap((e) => (e.kind === "shown" ? [[id, e] as const] : [])),
);

describe("a finding that is not corrected", () => {
  it.each(shown)("%s is caught", (id, { trace, hasNot, profile, catches }) => {
    const corrected = Effect.runSync(parseRevision(hasNot, catalog));
    const names = new RegExp(`^corrects.*\\b${id}\\b`);
    const patches = corrected.patches.filter(({ source }) => !names.test(source));
    expect(patches.length).toBeLessThan(corrected.patches.length);

    const script = loadTrace(`traces/${trace}.yaml`);
    const evidence = new Evidence(
      runRevision(script, corrected, profile),
      runRevision(script, { ...corrected, patches }, profile),
    );
    expect(catches.map((c) => evidence.find(c))).not.toContain(null);
  });
});
