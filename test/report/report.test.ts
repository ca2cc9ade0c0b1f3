// Reports on small timelines: summary, latency by stage, difference.

import { describe, expect, it } from "vitest";
import { diffGoldens } from "../../src/diff/typed.ts";
import { type BuiltGolden, buildGolden } from "../../src/golden/build.ts";
import { goldenFormat } from "../../src/golden/model.ts";
import { differenceReport } from "../../src/report/difference.ts";
import { jobFences, latencyTable, stageLine, stageStatistics } from "../../src/report/latency.ts";
import { summaryLines } from "../../src/report/summary.ts";
import { ansiStyle, columns, noStyle, plural } from "../../src/report/text.ts";
import { oneJob, TimelineWriter } from "./timeline.ts";

const header = {
  format: goldenFormat,
  trace: "t",
  traceDigest: "00",
  revision: "linux-7.3",
  profile: "zero-cost",
  seed: 0,
};
const registers = {
  name: (off: number) => `BLOCK.R${off.toString(16)}`,
  compared: (off: number) => off !== 0,
  decode: () => "",
};
const golden = (w: TimelineWriter): BuiltGolden => buildGolden(w.rec, header, registers);

/** `n` jobs 1 ms apart; job `i` is signalled `late(i)` ns late. */
function jobs(n: number, late: (i: number) => number = () => 0): TimelineWriter {
  const w = new TimelineWriter();
  for (let i = 0; i < n; i++) oneJob(w, i * 1_000_000, i + 1, late(i));
  return w;
}

const summary = (w: TimelineWriter, findings: readonly string[] = []): string[] =>
  summaryLines(
    { golden: golden(w), entries: w.rec.length, digest: "d1", durationNs: 1_234_567, findings },
    noStyle,
  );

describe("the golden of a timeline", () => {
  it("has a job's fence with its way and its stages", () => {
    const [row] = golden(jobs(1)).fences;
    expect(row).toEqual({
      fence: "7:1",
      driver: "drm_sched",
      timeline: "q",
      init: 0,
      queued: 0,
      run: 1000,
      signalled: 107_000,
      error: 0,
      by: "group_sync_upd_work",
      path: [
        "group_sync_upd_work",
        "irq/66-panthor-",
        "hardirq panthor-job",
        "fw CSG_SYNC",
        "sync_write csg0 cs2",
      ],
      stages: [
        ["irq_raised", 2000],
        ["hardirq", 1000],
        ["irq_thread", 1000],
        ["work_queued", 1000],
        ["work_running", 1000],
        ["signalled", 1000],
      ],
    });
  });

  it("leaves addresses out, and keeps warnings", () => {
    const w = new TimelineWriter();
    w.at(1000, "mmio_write", { off: 0, val: 0xdead, reg: "A" }, { task: "app-100" });
    w.at(2000, "mmio_read", { off: 4, val: -1, reg: "B" }, { task: "app-100", cpu: 2 });
    w.rec.log("info", "hello");
    w.rec.log("warn", "watch out");
    const g = golden(w);
    expect(g.registers.map((r) => [r.time, r.cpu, r.context, r.direction, r.value])).toEqual([
      [0, 0, "app", "W", "-"],
      [1000, 2, "app", "R", "ffffffff"],
    ]);
    expect(g.log.map((l) => l.text)).toEqual(["watch out"]);
  });

  it("counts time from the first entry that is compared", () => {
    const w = jobs(2);
    const second = w.rec.length / 2;
    const g = buildGolden(w.rec, header, registers, second);
    expect(g.fences.map((f) => [f.fence, f.init, f.signalled])).toEqual([["7:2", 0, 107_000]]);
    expect(g.index.fences.every((i) => w.rec.is(i, "dma_fence_signaled"))).toBe(true);
  });
});

describe("the summary", () => {
  it("of one job", () => {
    expect(summary(jobs(1))).toEqual([
      "t  linux-7.3  zero-cost  seed 0",
      "  jobs       1 done",
      "  fences     1 signalled",
      "  registers  0 reads, 1 write",
      "  contexts   kworker/u4:1 1",
      "  time       1234.567 us virtual, 17 entries",
      "  digest     d1",
      "",
      "  latency, us",
      "  7:1      gpu done -> +2.000 irq raised -> +1.000 hardirq -> +1.000 irq thread -> " +
        "+1.000 work queued -> +1.000 work running -> +1.000 signalled by group_sync_upd_work",
      "",
      "  kernel log: no warnings",
    ]);
  });

  it("counts jobs that failed and that are not signalled, and pending fences", () => {
    const w = jobs(1);
    const f = { driver: "drm_sched", timeline: "q", context: 7 };
    for (const seqno of [2, 3]) {
      w.at(2e6, "dma_fence_init", { ...f, seqno });
      w.at(2e6, "drm_sched_job_queue", { context: 7, seqno });
    }
    w.at(3e6, "dma_fence_signaled", { ...f, seqno: 2, error: -62 });
    const lines = summary(w);
    expect(lines).toContain("  jobs       1 done, 1 failed, 1 not signalled");
    expect(lines).toContain("  fences     2 signalled, 1 pending");
  });

  it("of many jobs has statistics instead of a line for each", () => {
    const lines = summary(jobs(10, (i) => i * 100));
    expect(lines.filter((l) => l.includes("gpu done ->"))).toEqual([]);
    expect(lines.find((l) => l.includes("after gpu done"))).toMatch(/min +median +p99 +max +jobs$/);
    expect(lines.find((l) => /^ {2}total /.test(l))).toMatch(
      / 7\.000 +7\.500 +7\.900 +7\.900 +10$/,
    );
  });

  it("shows findings, and warnings up to a number", () => {
    const w = jobs(1);
    for (let i = 0; i < 25; i++) w.rec.log("warn", `warning ${i}`);
    const lines = summary(w, ["deadlock: nothing can run any more"]);
    expect(lines).toContain("  finding    deadlock: nothing can run any more");
    expect(lines).toContain("  kernel log: 25 lines");
    expect(lines.filter((l) => l.includes("warning "))).toHaveLength(20);
    expect(lines.at(-1)).toBe("  and 5 more");
  });
});

describe("latency", () => {
  it("has minimum, median, 99th percentile and maximum per stage and in all", () => {
    const { fences } = golden(jobs(100, (i) => (i === 99 ? 50_000 : i)));
    const all = stageStatistics(fences);
    expect(all.map((s) => s.stage)).toEqual([
      ...["irq_raised", "hardirq", "irq_thread", "work_queued"],
      ...["work_running", "signalled", "total"],
    ]);
    expect(all.every((s) => s.count === 100)).toBe(true);
    expect(all.find((s) => s.stage === "work_running")).toEqual({
      stage: "work_running",
      count: 100,
      minNs: 1000,
      medianNs: 1050,
      p99Ns: 51_000,
      maxNs: 51_000,
    });
    expect(latencyTable(all)).toHaveLength(8);
  });

  it("counts only fences that an interrupt completed, and jobs only where drm_sched queued", () => {
    const w = jobs(1);
    w.at(2e6, "dma_fence_init", { driver: "stub", timeline: "x", context: 9, seqno: 1 });
    w.at(2e6, "dma_fence_signaled", { driver: "stub", timeline: "x", context: 9, seqno: 1 });
    const { fences } = golden(w);
    expect(fences).toHaveLength(2);
    expect(jobFences(fences).map((f) => f.fence)).toEqual(["7:1"]);
    expect(stageStatistics(fences)[0].count).toBe(1);
    expect(stageLine(fences[1])).toBe("gpu done");
    expect(stageStatistics([])).toEqual([]);
  });
});

describe("the difference report", () => {
  const report = (expected: TimelineWriter, actual: TimelineWriter, style = noStyle): string[] => {
    const [e, a] = [golden(expected), golden(actual)];
    return differenceReport(diffGoldens(e, a), e, a, actual.rec, style);
  };

  it("is empty where nothing differs", () => {
    expect(report(jobs(3), jobs(3))).toEqual([]);
  });

  it("leads from the first divergence back to its causes, once for a constant shift", () => {
    const lines = report(
      jobs(5),
      jobs(5, (i) => (i >= 2 ? 31_000 : 0)),
    );
    expect(lines.slice(0, 6)).toEqual([
      "Only times differ: 3 of 5 job fences are signalled 31 us later.",
      "",
      "differs: 1 delayed",
      "",
      "first divergence at 2138.000 us (fences): delayed",
      "  fence 7:3 is signalled 31.000 us later than expected; work running takes 31.000 us longer",
    ]);
    expect(lines[6]).toMatch(/^ {2}- 7:3 .* signalled=2107\.000 /);
    expect(lines[7]).toMatch(/^ {2}\+ 7:3 .* signalled=2138\.000 /);
    const chain = lines.slice(lines.indexOf("what led there in this replay, nearest first:") + 1);
    const names = chain.map((l) => /: (\w+): /.exec(l)?.[1]).filter((n) => n !== undefined);
    expect(names).toEqual([
      ...["dma_fence_signaled", "workqueue_execute_start", "workqueue_queue_work", "sched_waking"],
      // What the GPU did is where a completion begins.
      ...["irq_handler_entry", "irq_raise", "fw_event", "sync_write"],
    ]);
    const other = lines.slice(lines.indexOf("in the golden:") + 1);
    expect(other[0]).toMatch(/^ {2}signalled at 2107\.000 by /);
    expect(other[1]).toMatch(/^ {2}gpu done -> /);
    expect(lines).not.toContain("all differences in order:");
  });

  it("lists the others in order, up to a number", () => {
    const lines = report(
      jobs(30),
      jobs(30, (i) => (i % 2 === 1 ? 5000 : 0)),
    );
    expect(lines[0]).toBe("Only times differ: 15 of 30 job fences are signalled 5 us later.");
    expect(lines).toContain("differs: 29 delayed");
    const list = lines.slice(lines.indexOf("all differences in order:") + 1);
    expect(list).toHaveLength(21);
    expect(list[1]).toMatch(/fence 7:3 is signalled on time again; work running takes as long/);
    expect(list.at(-1)).toBe("  and 9 more");
  });

  it("tells a job that is not run", () => {
    const w = jobs(1);
    w.at(1e6, "dma_fence_init", { driver: "drm_sched", timeline: "q", context: 7, seqno: 2 });
    const lines = report(jobs(2), w);
    expect(lines[0]).toMatch(
      /^1 of 2 job fences is never signalled; a write to \w+ by a kworker is gone\.$/,
    );
    expect(lines).toContain("differs: 4 missing");
    expect(lines.join("\n")).toContain("fence 7:2 is never signalled");
    expect(lines.join("\n")).toContain("fence 7:2 is never run");
  });

  it("colours the verdict where it is wanted", () => {
    const lines = report(jobs(1), jobs(2), ansiStyle);
    expect(lines.join("\n")).toMatch(/^\u001b\[31mdiffers\u001b\[39m: /m);
  });
});

describe("text", () => {
  it("columns are as wide as their widest cell", () => {
    const rows = [
      ["a", "1"],
      ["bcd", "23"],
    ];
    expect(columns(rows, [1])).toEqual(["a     1", "bcd  23"]);
    expect(columns([["a", ""]])).toEqual(["a"]);
  });

  it.each([
    [0, "line", "0 lines"],
    [1, "entry", "1 entry"],
    [2, "entry", "2 entries"],
  ])("%i %s", (n, noun, text) => {
    expect(plural(n, noun)).toBe(text);
  });
});
