// The traces of the project use the whole format: every event, every happening, every instruction,
// every switch of the header. What nothing uses, nothing shows to work.

import { isRight } from "effect/Either";
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { eventNames } from "../../src/trace/events/index.ts";
import { userSubmissionEvents } from "../../src/trace/events/user-submission.ts";
import { optionKeys } from "../../src/trace/header.ts";
import { instructionNames } from "../../src/trace/instruction.ts";
import { parseTrace } from "../../src/trace/parse.ts";
import type { Item, Stream, Trace } from "../../src/trace/trace.ts";

const files = readdirSync("traces", { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".yaml"))
  .map((f) => `traces/${f}`);

const traces = files.map((file): Trace => {
  const parsed = parseTrace(readFileSync(file, "utf8"), file);
  if (isRight(parsed)) return parsed.right;
  throw parsed.left;
});

function* namesOf(items: readonly Item[]): Iterable<string> {
  for (const item of items) {
    if (item.kind === "repeat") yield* namesOf(item.items);
    else yield item.event.action.name;
  }
}

const used = new Set(
  traces.flatMap((trace) => [
    ...namesOf(trace.setup ?? []),
    ...namesOf(trace.events),
    ...trace.faults.map(({ name }) => name),
  ]),
);

const streamsOf = (trace: Trace): readonly Stream[] => [...trace.streams.values()];

it("has a trace for every event and happening", () => {
  // Events that only a patch series understands are its own matter.
  const ofSeries = ["doorbell_write", ...Object.keys(userSubmissionEvents)];
  expect(eventNames.filter((n) => !used.has(n) && !ofSeries.includes(n))).toEqual([]);
});

it("has a trace for every instruction", () => {
  const ops = new Set(
    traces.flatMap((t) => streamsOf(t).flatMap(({ code }) => code.map(({ op }) => op))),
  );
  expect(instructionNames.filter((op) => !ops.has(op))).toEqual([]);
});

it("has a trace for every switch of the kernel", () => {
  const names = Object.keys(optionKeys) as (keyof typeof optionKeys)[];
  const set = names.filter((n) => traces.some((t) => t.options[n] !== optionKeys[n].fallback));
  // Nothing switches lockdep off: every trace shall be checked.
  expect(names.filter((n) => !set.includes(n))).toEqual(["lockdep"]);
});
