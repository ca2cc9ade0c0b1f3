// What a trace says is known silences that, and nothing else.

import { describe, expect, it } from "vitest";
import { allChecks, Checks } from "../../src/check/checks.ts";
import { Recorder } from "../../src/timeline/recorder.ts";

const known = [{ check: "references", text: "drm_gpuvm with * at the end" }];

/** A log with these lines: what the checks find in it, and what they write behind each. */
function check(lines: readonly string[]) {
  const rec = new Recorder();
  const written: string[] = [];
  const checks = new Checks(rec, allChecks, known);
  for (const line of lines) {
    rec.log("warn", line);
    const last = rec.length - 1;
    written.push(rec.string(rec.arg(last, 1)));
  }
  return { found: checks.findings.map(({ text }) => text), written };
}

describe("known findings", () => {
  it("are in the kernel log, and no findings", () => {
    const line = "drm_gpuvm with 4 references at the end";
    expect(check([`leak: ${line}`])).toEqual({ found: [], written: [`check references: ${line}`] });
  });

  it.each([
    "drm_gem_object with 1 reference at the end",
    "panthor_group with 1 reference at the end",
    "the drm_gpuvm with 1 reference at the end",
  ])("do not stand for another violation of the check: %s", (text) => {
    const { found } = check(["leak: drm_gpuvm with 4 references at the end", `leak: ${text}`]);
    expect(found).toEqual([text]);
  });

  it("do not stand for the same text of another check", () => {
    const text = "WARNING: drm_gpuvm with 1 still has locks held";
    expect(check([text]).found).toEqual([text]);
  });

  it("leave room for others, however many they are", () => {
    const lines = Array.from({ length: 40 }, (_, i) => `leak: drm_gpuvm with ${i} at the end`);
    const other = "dma_fence with 1 reference at the end";
    expect(check([...lines, `leak: ${other}`]).found).toEqual([other]);
  });
});
