// Every trace of traces/ runs to its end on the base driver, gets what it expects, and violates no
// invariant.

import * as Effect from "effect/Effect";
import { isRight } from "effect/Either";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { zeroCost } from "../../../src/device/profile/index.ts";
import { replay } from "../../../src/replay/replay.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision } from "../../../src/revision/revision.ts";
import { parseTrace } from "../../../src/trace/parse.ts";

const folders = ["traces", "traces/irq", "traces/igt"];
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((f) => f.endsWith(".yaml"))
    .map((f) => `${folder}/${f}`),
);
const revision = Effect.runSync(parseRevision("linux-7.3", catalog));

describe("traces", () => {
  test.each(files)("%s", (file) => {
    const result = parseTrace(readFileSync(file, "utf8"), file);
    if (!isRight(result)) throw result.left;
    const trace = result.right;
    expect(`${trace.name}.yaml`).toBe(basename(file));
    if (trace.revision !== revision.id || trace.profile !== zeroCost.name) return;
    const { unmet, findings, end, from, to } = replay({ trace, revision, profile: zeroCost });
    expect(unmet).toEqual([]);
    expect(findings).toEqual([]);
    expect(end).toEqual({ kind: "finished" });
    expect(to).toBeGreaterThan(from);
  });

  test("docs/igt-coverage.md names every trace of traces/igt", () => {
    const text = readFileSync("docs/igt-coverage.md", "utf8");
    for (const file of files.filter((f) => f.startsWith("traces/igt/"))) {
      expect(text).toContain(`\`${basename(file, ".yaml")}\``);
    }
  });
});
