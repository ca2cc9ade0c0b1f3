// The generated tables of the README and the docs are those of the code and of the last measured
// agreement with the recordings.

import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

const check = (script: string): string =>
  execFileSync(process.execPath, [`scripts/${script}`, "--check"], { encoding: "utf8" });

describe("generated tables are current", () => {
  it("driver coverage", () => {
    expect(check("coverage-table.mjs")).toBe("");
  });

  it("conformance", () => {
    expect(check("conformance-table.mjs")).toBe("");
  });
});
