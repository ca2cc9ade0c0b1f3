// The waveform fits a mail, shows both sides in the same columns, and says what only one has.

import { describe, expect, it } from "vitest";
import { compareSides } from "../../src/diff/compare.ts";
import { goldenSide, type Side } from "../../src/diff/side.ts";
import { firstDivergence } from "../../src/diff/typed.ts";
import { divergenceTimes } from "../../src/report/difference.ts";
import { ansiStyle, noStyle } from "../../src/report/text.ts";
import { waveColumns, waveform } from "../../src/report/waveform.ts";
import { recorded, replayed } from "./sides.ts";

function drawn(left: Side, right: Side, style = noStyle): string[] {
  const { diff, a, b } = compareSides(left, right);
  return waveform({ a, b, ...divergenceTimes(firstDivergence(diff)!, a, b) }, style);
}

/** Lane and its rows, as `lane A row`. */
const row = (lines: readonly string[], lane: string, side: string): string => {
  const at = lines.findIndex((l) => l.startsWith(`${lane} `) && l.slice(lane.length).trim() !== "");
  return side === "B" ? lines[at + 1] : lines[at];
};

describe("the waveform", () => {
  const base = replayed("single-job", "linux-7.3");
  const patched = replayed("single-job", "irq-latency-v3@5");
  const lines = drawn(base, patched);

  it("is at most 72 columns of plain ASCII", () => {
    expect(waveColumns).toBe(72);
    for (const l of lines) {
      expect(l.length, l).toBeLessThanOrEqual(72);
      expect(l).toMatch(/^[ -~]*$/);
    }
  });

  it("has what both do once, and the signal in the column of both contexts", () => {
    expect(lines.filter((l) => l.startsWith("hardirq panthor-job"))).toHaveLength(1);
    const a = row(lines, "group_sync_upd_work", "A");
    const b = row(lines, "process_fw_events_work", "B");
    expect(a).toMatch(/ A +\[SS/);
    expect(b).toMatch(/ B +\[/);
    expect(a.indexOf("S")).toBe(b.indexOf("S"));
    // By somebody else in both.
    const marks = lines.find((l) => l.startsWith("differs "))!;
    expect(marks[a.indexOf("S")]).toBe("^");
    expect(lines.join("\n")).toContain("queue group_sync_upd_work");
  });

  it("has time on both sides from where each begins", () => {
    expect(lines[0]).toMatch(/^us from \d+\.\d{3} \(A\) and \d+\.\d{3} \(B\)$/);
    expect(lines[1]).toContain("|0 |1.001");
  });

  it("is drawn from the rows of goldens too", () => {
    const golden = drawn(goldenSide(base.golden, "A"), goldenSide(patched.golden, "B"));
    const text = golden.join("\n");
    expect(text).toMatch(/^group_sync_upd_work +A .*S/m);
    for (const l of golden) expect(l.length).toBeLessThanOrEqual(72);
  });

  it("is coloured on request, and no wider for it", () => {
    const coloured = drawn(base, patched, ansiStyle);
    const escapes = new RegExp("\u001b\\[[0-9;]*m", "g");
    expect(coloured.join("\n")).toContain("\u001b[31m");
    expect(coloured.map((l) => l.replace(escapes, ""))).toEqual(lines);
  });

  it("shows the divergence of recordings", () => {
    const late = (text: string): string =>
      text.replace(/^.*mmio_write: .*reg=DOORBELL_1$/m, (l) =>
        l.replace("0x090000", "0x0a0000").replace("DOORBELL_1", "DOORBELL_2"),
      );
    const wave = drawn(recorded("02-single-job"), recorded("02-single-job", late));
    expect(wave.join("\n")).toMatch(/only A: a W DOORBELL_1/);
    expect(wave.join("\n")).toMatch(/only B: b W DOORBELL_2/);
  });
});
