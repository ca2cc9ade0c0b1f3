// Exports read back by readers of their own: nothing lost, nothing invented, well formed.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replayOperand } from "../../src/cli/side.ts";
import { writeChrome } from "../../src/export/chrome.ts";
import { writeCsv } from "../../src/export/csv.ts";
import { type EventSource, goldenSource, recordingSource } from "../../src/export/events.ts";
import { replaySource } from "../../src/export/events.ts";
import { writeJsonl } from "../../src/export/jsonl.ts";
import { writePerfetto } from "../../src/export/perfetto.ts";
import { groups } from "../../src/export/track-item.ts";
import { writeVcd } from "../../src/export/vcd.ts";
import type { Write } from "../../src/export/writer.ts";
import { recordingOf } from "../../src/recording/recording.ts";
import { makeRegisterNames } from "../../src/replay/register-names.ts";
import { K } from "../../src/timeline/kinds.ts";
import { readCsv, readPerfetto, readVcd } from "./readers.ts";

const path = "traces/03a-pipelined-10-jobs.yaml";
const { side, result } = replayOperand({
  ...{ argument: path, path, kind: "trace", revision: null, profile: null },
});
const { rec, from, to } = result;
const names = makeRegisterNames();
const replayed = replaySource(rec, result, names, path);

const sample = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";
const recording = recordingOf(readFileSync(sample), sample);
const recorded = recordingSource(() => recording.events(), names, sample);
const foreignFile = "test/fixtures/samples/gpu/drm-sched-k7.2/drmsched-timeout.dat";
const foreignRecording = recordingOf(readFileSync(foreignFile), foreignFile);
const foreign = recordingSource(() => foreignRecording.events(), names, foreignFile);
const golden = goldenSource(side.golden, names, "golden");

function bytesOf(source: EventSource, format: (s: EventSource, w: Write) => void): Buffer {
  const parts: Uint8Array[] = [];
  format(source, (part) => parts.push(typeof part === "string" ? Buffer.from(part) : part.slice()));
  return Buffer.concat(parts);
}

const kinds = (kind: number): number => {
  let n = 0;
  for (let i = from; i < to; i++) if (rec.kind(i) === kind) n++;
  return n;
};

const sources: [string, EventSource][] = [
  ["replay", replayed],
  ["recording", recorded],
  ["recording of another driver", foreign],
  ["golden", golden],
];

describe("Perfetto", () => {
  it.each(sources)("of a %s: slices nest, times and ids are in order", (_, source) => {
    const { tracks, events } = readPerfetto(bytesOf(source, writePerfetto));
    expect(events.length).toBeGreaterThan(20);
    const open = new Map<number, number>();
    let last = 0;
    const begun = new Set<number>();
    const problems = events.flatMap((e) => {
      const backwards = e.time < last;
      last = e.time;
      const group = tracks.get(tracks.get(e.track)?.parent ?? -1)?.name ?? "no group";
      const depth = (open.get(e.track) ?? 0) + { begin: 1, end: -1, instant: 0 }[e.type];
      open.set(e.track, depth);
      const twice = e.flows.some((id) => begun.has(id));
      for (const id of e.flows) begun.add(id);
      // An arrow ends where one began.
      const loose = e.terminating.some((id) => !begun.delete(id));
      return [
        ...(backwards ? [`${e.name} goes back in time`] : []),
        ...(groups.some((g) => g === group) ? [] : [`${e.name} is in ${group}`]),
        ...(depth < 0 ? [`${e.name} ends what did not begin`] : []),
        ...(twice || loose ? [`an arrow of ${e.name} has no beginning`] : []),
      ];
    });
    expect(problems).toEqual([]);
    expect([...open.values()].every((depth) => depth === 0)).toBe(true);
  });

  it("has fences, slots, contexts, interrupts and registers as tracks, causes as arrows", () => {
    const { tracks, events } = readPerfetto(bytesOf(replayed, writePerfetto));
    const inGroup = (group: string) =>
      events.filter((e) => tracks.get(tracks.get(e.track)!.parent)!.name === group);
    const begun = (group: string): number =>
      inGroup(group).filter((e) => e.type === "begin").length;
    expect(begun("Fences")).toBe(kinds(K.dma_fence_init));
    expect(inGroup("Registers")).toHaveLength(kinds(K.mmio_read) + kinds(K.mmio_write));
    expect(begun("CSG slots")).toBeGreaterThan(0);
    expect(begun("Interrupt lines")).toBeGreaterThan(0);
    const works = inGroup("Contexts").filter((e) => e.name === "group_sync_upd_work");
    expect(works).toHaveLength(10);
    // Each run of the work item has an arrow from its queueing.
    for (const work of works) {
      expect(work.terminating).toHaveLength(1);
      const from = events.find((e) => e.flows.includes(work.terminating[0]))!;
      expect(from.name).toBe("queue group_sync_upd_work");
    }
    const clears = inGroup("Registers").filter(
      (e) => tracks.get(e.track)!.name === "JOB.JOB_INT_CLEAR",
    );
    expect(clears.at(-1)!.args).toMatchObject({ context: "irq/66-panthor-" });
  });

  it("is the same every time", () => {
    expect(bytesOf(recorded, writePerfetto)).toEqual(bytesOf(recorded, writePerfetto));
  });
});

describe("Chrome JSON", () => {
  it.each(sources)("of a %s parses, nests and names every track", (_, source) => {
    const { traceEvents } = JSON.parse(bytesOf(source, writeChrome).toString("utf8")) as {
      traceEvents: {
        ph: string;
        pid: number;
        tid: number;
        ts: number;
        id?: number;
        name: string;
      }[];
    };
    const open = new Map<string, number>();
    const arrows = new Set<number>();
    const named = new Set<string>();
    const problems: unknown[] = [];
    for (const e of traceEvents) {
      const track = `${e.pid} ${e.tid}`;
      if (e.ph === "M" && e.name === "thread_name") named.add(track);
      if (e.ph === "M") continue;
      const depth = (open.get(track) ?? 0) + (e.ph === "B" ? 1 : e.ph === "E" ? -1 : 0);
      open.set(track, depth);
      if (e.ph === "s") arrows.add(e.id!);
      const loose = e.ph === "f" && !arrows.delete(e.id!);
      if (!named.has(track) || depth < 0 || loose) problems.push(e);
    }
    expect(problems).toEqual([]);
    expect([...open.values()].every((depth) => depth === 0)).toBe(true);
  });
});

describe("VCD", () => {
  it("has the values of registers at the times of their accesses", () => {
    const text = bytesOf(replayed, writeVcd).toString("utf8");
    const { timescale, changes } = readVcd(text);
    expect(timescale).toBe("1 ns");
    expect(text).not.toContain("$date");
    // The last value that each register had.
    const last = new Map<string, number>();
    for (const { name, value } of changes) {
      if (!name.startsWith("JOB.")) continue;
      last.set(name, parseInt(value, 2));
    }
    const expected = new Map<string, number>();
    for (const r of side.golden.registers) {
      if (r.register.startsWith("JOB.")) expected.set(r.register, parseInt(r.value, 16));
    }
    expect(last).toEqual(expected);
  });

  it("has interrupt lines that rise and fall", () => {
    const { changes } = readVcd(bytesOf(recorded, writeVcd).toString("utf8"));
    const line = changes.filter((c) => c.name === "interrupt_lines.job").map((c) => c.value);
    expect(line.length).toBeGreaterThan(10);
    line.forEach((value, i) => expect(value).toBe(i % 2 === 0 ? "1" : "0"));
    const work = changes.filter((c) => c.name === "work.tick_work");
    expect(work.length).toBeGreaterThan(0);
  });

  it.each(sources)("of a %s is well formed", (_, source) => {
    expect(readVcd(bytesOf(source, writeVcd).toString("utf8")).changes.length).toBeGreaterThan(5);
  });
});

describe("CSV and JSON lines", () => {
  it("have a record an event, with the same in both", () => {
    const [head, ...rows] = readCsv(bytesOf(replayed, writeCsv).toString("utf8"));
    const lines = bytesOf(replayed, writeJsonl)
      .toString("utf8")
      .trimEnd()
      .split("\n")
      .map((l) => JSON.parse(l) as Record<string, unknown>);
    expect(rows).toHaveLength(to - from);
    expect(lines).toHaveLength(to - from);
    const at = (row: string[], column: string): string => row[head.indexOf(column)];
    const told = ["n", "time_ns", "event", "cause"].map((column) => rows.map((r) => at(r, column)));
    const same = ["n", "timeNs", "event", "cause"].map((key) =>
      lines.map((l) => String(l[key] ?? "")),
    );
    expect(told).toEqual(same);
    expect(rows.every((r) => r.length === head.length)).toBe(true);
    expect(rows.every((r, n) => Number(at(r, "cause")) < n + 1)).toBe(true);
    const writes = rows.filter((r) => at(r, "event") === "mmio_write");
    expect(writes.map((r) => at(r, "register"))).toEqual(
      side.golden.registers.filter((r) => r.direction === "W").map((r) => r.register),
    );
  });

  it("quotes what has commas, quotes and line breaks", () => {
    const text = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", " ") });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
        const log = texts.map((t, i) => ({ time: i, level: "warn", text: t }));
        const source = goldenSource({ ...side.golden, fences: [], registers: [], log }, names, "");
        const [head, ...rows] = readCsv(bytesOf(source, writeCsv).toString("utf8"));
        const fields = rows.map((r) => r[head.indexOf("fields")]);
        expect(fields).toEqual(texts.map((t) => `level=warn text=${t}`));
      }),
    );
  });
});
