// Every fixture of test/fixtures/malformed is rejected with exactly the problems of expected.txt:
// reason, place, what was expected, suggestion.

import { isLeft } from "effect/Either";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseTrace } from "../../src/trace/parse.ts";
import { traceReasons } from "../../src/trace/problem.ts";

const folder = "test/fixtures/malformed";
const fixtures = readdirSync(folder).filter((f) => f.endsWith(".yaml"));
const table = readFileSync(`${folder}/expected.txt`, "utf8").split("\n");

/** Lines of the table that belong to a fixture; `and n more` follows the fixture's own lines. */
function expectedOf(file: string): string[] {
  const out: string[] = [];
  let own = false;
  for (const line of table) {
    own = line.startsWith(`${file}:`) || (own && line.startsWith("and "));
    if (own) out.push(line);
  }
  return out;
}

describe("malformed traces", () => {
  test.each(fixtures)("%s", (file) => {
    const result = parseTrace(readFileSync(`${folder}/${file}`, "utf8"), file);
    const message = isLeft(result) ? result.left.message : "no problem found";
    expect(message.split("\n")).toEqual(expectedOf(file));
  });

  test("there are enough of them, and the table names no other", () => {
    expect(fixtures.length).toBeGreaterThanOrEqual(40);
    const named = new Set(table.filter((l) => l.includes(".yaml:")).map((l) => l.split(":")[0]));
    expect([...named].sort()).toEqual([...fixtures].sort());
  });

  test("every reason occurs", () => {
    const reasons = new Set(table.map((l) => l.split(": ")[1]));
    expect(traceReasons.filter((r) => !reasons.has(r))).toEqual([]);
  });
});
