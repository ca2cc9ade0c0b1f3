// The published JSON Schema: generated from the tables, agrees with the parser on the traces.

import Ajv from "ajv";
import { isRight } from "effect/Either";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { traceTables } from "../../src/trace/doc-tables.ts";
import { eventNames } from "../../src/trace/events/index.ts";
import { instructionNames } from "../../src/trace/instruction.ts";
import { traceJsonSchema } from "../../src/trace/json-schema.ts";
import { parseTrace } from "../../src/trace/parse.ts";
import { traceReasons } from "../../src/trace/problem.ts";

const schema = traceJsonSchema() as object;
const validate = new Ajv({ strict: false }).compile(schema);
const traces = readdirSync("traces").filter((f) => f.endsWith(".yaml"));

describe("docs/trace.schema.json", () => {
  test("is current", () => {
    expect(JSON.parse(readFileSync("docs/trace.schema.json", "utf8"))).toEqual(schema);
  });

  test.each(traces)("accepts %s", (file) => {
    const ok = validate(parse(readFileSync(`traces/${file}`, "utf8")));
    expect(validate.errors ?? []).toEqual([]);
    expect(ok).toBe(true);
  });

  const good = { version: 1, name: "x", description: "x", events: ["a-1 +0: open:"] };
  test.each([
    ["another version", { ...good, version: 2 }],
    ["an unknown key", { ...good, evnets: [] }],
    ["an unknown event", { ...good, events: ["a-1 +0: opn:"] }],
    ["a line without timestamp", { ...good, events: ["a-1: open:"] }],
    ["an unknown instruction", { ...good, streams: { a: "rnu 5us" } }],
    ["a repetition without count", { ...good, events: [{ repeat: { events: [] } }] }],
    ["no events", { version: 1, name: "x", description: "x" }],
    ["an option of the wrong type", { ...good, options: { threadirqs: "yes" } }],
    ["an event among the faults", { ...good, faults: ["open:"] }],
  ])("rejects %s", (_what, trace) => {
    expect(validate(good)).toBe(true);
    expect(validate(trace)).toBe(false);
  });
});

describe("docs/trace-format.md", () => {
  const text = readFileSync("docs/trace-format.md", "utf8");

  test("has current tables", () => {
    expect(text).toContain(traceTables());
  });

  test("its example is a trace", () => {
    const [, example] = /```yaml\n(# yaml-language-server[^]*?)```/.exec(text)!;
    expect(isRight(parseTrace(example))).toBe(true);
  });

  test.each([...eventNames, ...instructionNames])("mentions %s", (name) => {
    expect(text).toContain(`\`${name}`);
  });
  test.each([...traceReasons])("explains %s", (reason) => {
    expect(text).toContain(`\`${reason}\``);
  });
});
