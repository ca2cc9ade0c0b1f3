// The sentence that sums a difference up, on real pairs: patches of a series, bugs of the past,
// recordings, and goldens edited by hand.

import { describe, expect, it } from "vitest";
import { compareSides } from "../../src/diff/compare.ts";
import { goldenSide } from "../../src/diff/side.ts";
import type { FenceRow, Golden } from "../../src/golden/model.ts";
import { summarySentence } from "../../src/report/summary-sentence.ts";
import { recorded, regressed, replayed } from "./sides.ts";

describe("the summary sentence", () => {
  const base = replayed("single-job", "linux-7.3");

  it("tells who signals instead, and what no longer runs", () => {
    const { diff, a, b } = compareSides(base, replayed("single-job", "irq-latency-v3@5"));
    const text = summarySentence(diff, a, b);
    expect(text).toMatch(
      /^The job fence is signalled [\d.]+ ns earlier: through process_fw_events_work instead of group_sync_upd_work; group_sync_upd_work no longer runs \(once before\);/,
    );
    expect(text).toMatch(/register accesses of group_release_work moved before /);
  });

  it("is the other way round when the sides are", () => {
    const { diff, a, b } = compareSides(replayed("single-job", "irq-latency-v3@5"), base);
    expect(summarySentence(diff, a, b)).toMatch(
      /^The job fence is signalled [\d.]+ ns later: through group_sync_upd_work instead of process_fw_events_work; group_sync_upd_work runs once where none did;/,
    );
  });

  it("is empty where nothing differs", () => {
    const { diff, a, b } = compareSides(base, base);
    expect(summarySentence(diff, a, b)).toBe("");
  });

  it.each([
    ["no-fence-error-on-fault", /^1 of 7 job fences ends with no error instead of EINVAL\.$/],
    [
      "suspend-timeout-not-reported",
      /^1 of 4 job fences ends with ECANCELED instead of ETIMEDOUT\.$/,
    ],
    ["irq-status-read-while-suspended", /^The kernel logs "check unpowered-access: GPU_INT_STAT /],
  ])("tells the bug %s", (id, expected) => {
    const { diff, a, b } = regressed(id);
    expect(summarySentence(diff, a, b)).toMatch(expected);
  });

  describe("of goldens", () => {
    const { golden } = replayed("03a-pipelined-10-jobs", "linux-7.3");
    const against = (change: Partial<Golden>): string => {
      const [a, b] = [goldenSide(golden, "A"), goldenSide({ ...golden, ...change }, "B")];
      const { diff } = compareSides(a, b);
      return summarySentence(diff, a, b);
    };
    const jobs = (change: (f: FenceRow) => Partial<FenceRow>): Partial<Golden> => ({
      fences: golden.fences.map((f) => (f.queued >= 0 ? { ...f, ...change(f) } : f)),
    });

    it("that are all signalled later through somebody else", () => {
      const later = jobs((f) => ({
        signalled: f.signalled + 31_000,
        by: "irq/66-panthor-job",
        path: f.path.slice(2),
      }));
      expect(against(later)).toMatch(
        /^Every job fence is signalled 31 us later: by the irq thread instead of group_sync_upd_work/,
      );
    });

    it("of which some are never signalled", () => {
      const lost = jobs((f) =>
        /:[12]$/.test(f.fence) ? { signalled: -1, error: 0, by: "", path: [], stages: [] } : {},
      );
      expect(against(lost)).toBe("2 of 10 job fences are never signalled.");
    });

    it("with accesses before a doorbell that came behind it", () => {
      const at = golden.registers.findIndex((r) => r.register === "JOB.JOB_INT_CLEAR");
      const bell = golden.registers.findIndex(
        (r, i) => i > at && r.register.startsWith("DOORBELL."),
      );
      const registers = [...golden.registers];
      const [doorbell] = registers.splice(bell, 1);
      registers.splice(at, 0, { ...doorbell, time: registers[at].time });
      expect(against({ registers })).toMatch(
        /^A write to DOORBELL_\d+ by \w+ moved before the (write to|read of) \w+\.$/,
      );
    });

    it("with another value, and with times alone", () => {
      const registers = golden.registers.map((r) =>
        r.register === "JOB.JOB_INT_MASK" && r.value === "ffffffff"
          ? { ...r, value: "000000ff", fields: "" }
          : r,
      );
      expect(against({ registers })).toMatch(
        /^JOB_INT_MASK is written as 0xff instead of .*times\)\.$/,
      );
      const late = golden.registers.map((r) => ({ ...r, time: r.time + 1500 }));
      expect(against({ registers: late })).toBe(
        "Only times differ: register accesses come up to 1.5 us later.",
      );
    });
  });

  it("tells two recordings apart", () => {
    const without = (text: string): string =>
      text
        .split("\n")
        .filter((l) => !/mmio_write: .*reg=JOB_INT_CLEAR/.test(l))
        .join("\n");
    const { diff, a, b, verdict } = compareSides(
      recorded("02-single-job"),
      recorded("02-single-job", without),
    );
    expect(verdict).toBe("behaviour differs");
    expect(summarySentence(diff, a, b)).toMatch(
      /^\d+ writes to JOB_INT_CLEAR by the irq thread are gone\.$/,
    );
  });
});
