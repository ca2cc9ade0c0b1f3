// What the parser reads, the printer writes, and the parser reads again the same.

import fc from "fast-check";
import { isRight } from "effect/Either";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeAction } from "../../src/trace/decode-event.ts";
import { expandItems } from "../../src/trace/expand.ts";
import { lexAction, type Fail } from "../../src/trace/line.ts";
import { parseTrace } from "../../src/trace/parse.ts";
import { printAction } from "../../src/trace/print-event.ts";
import { printTrace } from "../../src/trace/print.ts";
import { parseInstruction, printInstruction } from "../../src/trace/stream.ts";
import type { Item, Trace } from "../../src/trace/trace.ts";
import { actionText, instructionText } from "./arbitrary.ts";

const fail: Fail = (reason, column, detail) => {
  throw new Error(`${column}: ${reason}: ${detail}`);
};

function read(text: string, file = "trace.yaml"): Trace {
  const result = parseTrace(text, file);
  if (isRight(result)) return result.right;
  throw new Error(`${result.left.message}\n${text}`);
}

/** A trace without what depends on the layout of its text, its comments only where they are asked for. */
function content(trace: Trace, comments = false): unknown {
  const gone = comments ? ["line"] : ["line", "comments"];
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== "object" || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => !gone.includes(key));
    return Object.fromEntries(kept.map(([key, inner]) => [key, strip(inner)]));
  };
  return strip(all(trace));
}

function all(trace: Trace): unknown {
  const items = (list: readonly Item[]): unknown[] =>
    list.map((item) =>
      item.kind === "repeat"
        ? { ...item, items: items(item.items) }
        : { ...item.event, comments: item.comments, template: item.template !== null },
    );
  const { setup, events, ...rest } = trace;
  const expanded = [...expandItems(setup), ...expandItems(events)];
  return {
    ...rest,
    setup: items(setup),
    events: items(events),
    expanded,
  };
}

describe("printTrace(parseTrace(text))", () => {
  const files = readdirSync("traces").filter((f) => f.endsWith(".yaml"));
  test.each(files)("traces/%s", (file) => {
    const trace = read(readFileSync(`traces/${file}`, "utf8"), file);
    const printed = printTrace(trace);
    const again = read(printed);
    expect(content(again)).toEqual(content(trace));
    expect(printTrace(again)).toBe(printed);
    const noted = printTrace(trace, { comments: true });
    expect(content(read(noted), true)).toEqual(content(trace, true));
    expect(printTrace(read(noted), { comments: true })).toBe(noted);
  });

  test("comments, wherever they stand", () => {
    const trace = read(`# top
version: 1 # the first
name: notes
description: Notes everywhere.
revision: irq-latency-v3@5 # up to the fifth
options: {coherent: true} # for the caches
# before the promises
promises:
  # about jobs
  - every job signalled by hardirq
  # about no job
  - fence any signalled <= 1ms after queued
incidental:
  # not ours
  - log: "*regulator*" # the board's
    what: entry
    reason: The board.
known_findings:
  # nobody knows why
  - check: references # of objects
    text: "drm_gpuvm with * at the end"
    reason: "A reason: somewhere."
faults:
  - "irq_lost: line=job count=2" # the first two
streams:
  # what works
  work: |
    # begins
    run 1us # for long
    # goes on
    run 2us
  # what does nothing
  none: []
events:
  # to begin with
  - |
    app-1 +0: plug:
    # the user
    # comes
    app-1 +0: open:
  # again and again
  - repeat:
      count: 2 # twice
      events:
        # inside
        - "app-1 +0: clock:"
  - "app-1 +0: close:" # goes
# the end
`);
    const noted = printTrace(trace, { comments: true });
    const texts = [...noted.matchAll(/^ *# (.*)$/gm)].map((m) => m[1]);
    expect(texts).toEqual(
      (
        "top|the first|up to the fifth|for the caches|before the promises|about jobs|about no job|" +
        "not ours|the board's|nobody knows why|of objects|the first two|what works|begins|for long|goes on|what does nothing|" +
        "to begin with|the user|comes|again and again|twice|inside|goes|the end"
      ).split("|"),
    );
    expect(content(read(noted), true)).toEqual(content(trace, true));
    expect(printTrace(read(noted), { comments: true })).toBe(noted);
    expect(printTrace(trace)).not.toContain("#");
    expect(trace.revision).toBe("irq-latency-v3@5");
  });

  test("any header", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    const header = fc.record({
      description: text.filter((s) => s.trim() !== ""),
      device: fc.constantFrom("mali-g610", "null", "yes", "1e3", "on", "v10.8"),
      seed: fc.nat(),
      start: fc.nat(2 ** 40),
      cpus: fc.integer({ min: 1, max: 32 }),
      threadirqs: fc.boolean(),
      swap: fc.nat(2 ** 30),
      mark: text,
    });
    fc.assert(
      fc.property(header, (h) => {
        const base = read(
          "version: 1\nname: x\ndescription: x\nevents: ['a-1 +0: mark: text=x']\n",
        );
        const { device, seed, start, cpus, description } = h;
        const options = { ...base.options, threadirqs: h.threadirqs, swap: h.swap };
        const [event] = base.events;
        if (event.kind !== "event") throw new Error("not an event");
        const action = { name: "mark", args: { text: h.mark } } as const;
        const events = [{ ...event, event: { ...event.event, action } }];
        const given = { ...base, device, seed, start, cpus, description, options, events };
        expect(content(read(printTrace(given)))).toEqual(content(given));
      }),
    );
  });

  test("variables stay variables", () => {
    const text = [
      "version: 1",
      "name: x",
      "description: x",
      "events:",
      "  - 'a-1 [000] ..... 1.000000000: open:'",
      "  - repeat:",
      "      count: 3",
      "      from: 1",
      "      events:",
      "        - 'a-1 +5ms: vm_create: vm=vm$i user_va_range=$(i*4096)'",
      "        - repeat:",
      "            count: 2",
      "            var: j",
      "            events: |",
      "              a-1 +0: vm_bind: vm=vm$i op=unmap va=$(j+1) size=$j",
      '              a-1 +0: mark: text="$$ $i $(j+10)"',
      "",
    ].join("\n");
    const trace = read(text);
    const marks = [...expandItems(trace.events)].flatMap((e) =>
      e.action.name === "mark" ? [e.action.args.text] : [],
    );
    expect(marks).toEqual(["$ 1 10", "$ 1 11", "$ 2 10", "$ 2 11", "$ 3 10", "$ 3 11"]);
    expect(content(read(printTrace(trace)))).toEqual(content(trace));
  });
});

test("any event", () => {
  fc.assert(
    fc.property(actionText, (text) => {
      const checked: Fail = (reason) => {
        // Rules across fields may reject what the fields allow one by one.
        fc.pre(reason !== "ConflictingFields");
        throw new Error(`${reason}: ${text}`);
      };
      const action = decodeAction(lexAction(text, fail)!, new Map(), checked)!;
      const printed = printAction(action);
      expect(decodeAction(lexAction(printed, fail)!, new Map(), fail)).toEqual(action);
    }),
    { numRuns: 1000 },
  );
});

test("any instruction", () => {
  fc.assert(
    fc.property(instructionText, (text) => {
      const instruction = parseInstruction(text, fail)!;
      expect(parseInstruction(printInstruction(instruction), fail)).toEqual(instruction);
    }),
    { numRuns: 1000 },
  );
});
