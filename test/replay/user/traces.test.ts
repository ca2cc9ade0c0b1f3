// Every trace of traces/ runs to its end on the base driver, and gets what it expects.

import * as Effect from "effect/Effect";
import { isRight } from "effect/Either";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { zeroCost } from "../../../src/device/profile/index.ts";
import { replay } from "../../../src/replay/replay.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision } from "../../../src/revision/revision.ts";
import { parseTrace } from "../../../src/trace/parse.ts";

const files = readdirSync("traces").filter((f) => f.endsWith(".yaml"));
const revision = Effect.runSync(parseRevision("linux-7.3", catalog));

describe("traces", () => {
  test.each(files)("%s", (file) => {
    const result = parseTrace(readFileSync(`traces/${file}`, "utf8"), file);
    if (!isRight(result)) throw result.left;
    const trace = result.right;
    expect(`${trace.name}.yaml`).toBe(file);
    if (trace.revision !== revision.id || trace.profile !== zeroCost.name) return;
    const { unmet, end, from, to } = replay({ trace, revision, profile: zeroCost });
    expect(unmet).toEqual([]);
    expect(end).toEqual({ kind: "finished" });
    expect(to).toBeGreaterThan(from);
  });
});
