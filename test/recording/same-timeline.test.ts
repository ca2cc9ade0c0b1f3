// One recording in several forms: the timeline must be the same, field by field.

import { describe, expect, it } from "vitest";
import { recordingOf } from "../../src/recording/recording.ts";
import { fixture } from "./samples.ts";
import { timelineLines, type LineOptions } from "./lines.ts";
import { writePerfetto } from "./write-perfetto.ts";

const dat = "ftrace/k7.2/dat/";
const text = "ftrace/k7.2/text/";

function lines(path: string, options?: LineOptions): string[] {
  return timelineLines(recordingOf(fixture(path), path), options);
}

describe("the same recording", () => {
  const original = lines(`${dat}same-v7-none.dat.gz`);

  for (const other of ["same-v6.dat.gz", "same-v7-zlib.dat", "same-v7-zstd.dat"]) {
    it(`${other} is same-v7-none.dat`, () => {
      expect(lines(dat + other)).toEqual(original);
    });
  }

  it("is the report with nanoseconds", () => {
    expect(lines(`${dat}same.report-t.txt.gz`)).toEqual(original);
  });

  for (const report of ["same.report", "same.report-tsdiff"]) {
    it(`is ${report}, to the microsecond`, () => {
      const grain = 1000;
      expect(lines(`${dat}${report}.txt.gz`, { grain })).toEqual(
        lines(`${dat}same-v6.dat.gz`, { grain }),
      );
    });
  }

  it("is the raw report, but for what that does not print", () => {
    const options = { grain: 1000, known: true, withoutFlags: true };
    const plain = (all: string[]): string[] =>
      all.filter((l) => !/user_mark/.test(l)).map((l) => l.replace(/function=\S*/, "function="));
    expect(plain(lines(`${dat}same.report-R.txt.gz`, options))).toEqual(
      plain(lines(`${dat}same-v6.dat.gz`, options)),
    );
  });

  it("is a Perfetto trace written from it", () => {
    const recording = recordingOf(fixture(`${dat}same-v6.dat.gz`), "same");
    const options = { known: true, withoutFlags: true };
    const written = recordingOf(writePerfetto(recording.batches()), "perfetto");
    expect(timelineLines(written, options)).toEqual(timelineLines(recording, options));
  });

  for (const [file, report] of [
    [
      "gpu/drm-sched-k7.2/drmsched-basic-run1.dat",
      "gpu/drm-sched-k7.2/drmsched-basic-run1.report-t.txt.gz",
    ],
    [
      "gpu/drm-sched-k7.2/drmsched-timeout.dat",
      "gpu/drm-sched-k7.2/drmsched-timeout.report-t.txt.gz",
    ],
    ["gpu/fences-k7.2/fences-run1.dat", "gpu/fences-k7.2/fences-run1.report-t.txt.gz"],
    ["gpu/fences-k7.2/fences-late.dat", "gpu/fences-k7.2/fences-late.report-t.txt.gz"],
  ] as const) {
    it(`${file} is its report`, () => {
      expect(lines(report)).toEqual(lines(file));
    });
  }
});

describe("one ring buffer printed in every way", () => {
  const known = { known: true } as const;
  const original = lines(`${text}same-default.txt.gz`, known);

  it("is the same with thread groups and from trace_pipe", () => {
    expect(lines(`${text}same-record-tgid.txt.gz`, known)).toEqual(original);
    expect(lines(`${text}same-trace_pipe.txt.gz`, known)).toEqual(original);
  });

  it("is the same without irq-info but for the flags", () => {
    const plain = { known: true, withoutFlags: true };
    const expected = lines(`${text}same-default.txt.gz`, plain);
    expect(lines(`${text}same-noirqinfo.txt.gz`, plain)).toEqual(expected);
    expect(lines(`${text}same-noirqinfo-tgid.txt.gz`, plain)).toEqual(expected);
  });

  it("is the same in the latency formats but for time and the cut task name", () => {
    const options = { known: true, withoutTask: true, grain: 1e15 };
    const expected = lines(`${text}same-default.txt.gz`, options);
    expect(lines(`${text}same-latency.txt.gz`, options)).toEqual(expected);
  });
});

describe("tasks with odd names", () => {
  const odd = ["a b", "[001] d..1", "foo: bar", "(77)", "#comment", "<...>", "==> next_comm="];
  odd.push("tab\tname", "driver=y");

  for (const path of [`${text}odd-names.trace.txt.gz`, `${dat}odd-names.dat`]) {
    it(`are told apart in ${path}`, () => {
      const switched = new Set<string>();
      for (const e of recordingOf(fixture(path), "odd").events()) {
        if (e.name !== "sched_switch") continue;
        expect(e.num("next_prio")).toBeGreaterThanOrEqual(0);
        switched.add(e.str("prev_comm")).add(e.str("next_comm"));
      }
      expect(odd.filter((name) => !switched.has(name))).toEqual([]);
    });
  }

  it("have their own columns", () => {
    const line =
      "  [001] d..1 -9-7      [002] dNh2.    41.174421: dma_fence_init: driver=a b timeline=c=d " +
      "context=4294967295 seqno=1\n";
    const [event] = recordingOf(Buffer.from(line), "line").events();
    expect([event.comm, event.pid, event.cpu, event.hardirq]).toEqual([
      "[001] d..1 -9",
      7,
      2,
      true,
    ]);
    expect([event.str("driver"), event.str("timeline")]).toEqual(["a b", "c=d"]);
    expect(event.num("context")).toBe(4294967295);
  });
});
