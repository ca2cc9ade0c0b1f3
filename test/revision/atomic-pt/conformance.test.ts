// Recordings of 6.12, of 6.12 with the series, and of 7.3: everything that the series concerns agrees
// with the replay, entry by entry.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judgeRecording } from "../../../src/cli/judge.ts";
import {
  compareConcerned,
  concerns,
  projectConcerned,
} from "../../../src/conformance/concerned.ts";
import { aspects } from "../../../src/conformance/project.ts";
import { readRecording, readRecordingSet } from "../../../src/conformance/recording-set.ts";
import { ftraceTextEvents } from "../../../src/recording/ftrace-text.ts";
import { recordedStates } from "../../../src/revision/atomic-pt/recorded.ts";
import { expectOrder } from "../../conformance/expect-order.ts";

const sets = ["linux-6.12", "atomic-pt"].map((s) => `test/fixtures/recordings/${s}`);
const recordings = sets.flatMap((set) => readRecordingSet(set));

function traceOf(scenario: string): string {
  const own = `traces/atomic-pt/${scenario}.yaml`;
  try {
    readFileSync(own);
    return own;
  } catch {
    return `traces/${scenario}.yaml`;
  }
}

describe("agreement with the recording", () => {
  it.each(recordings.map((r) => [r.folder, r] as const))("%s", (_, recording) => {
    const revision = recordedStates(recording)!;
    const trace = traceOf(recording.scenario);
    const judged = judgeRecording({ recording, trace, revision });
    const { agreement, concerned, error } = judged;
    expect(error).toBeNull();
    if (concerned === undefined) {
      for (const a of aspects) expect([a, agreement!.first[a]]).toEqual([a, null]);
      return;
    }
    for (const c of concerns) expect([c, concerned.first[c]]).toEqual([c, null]);
    expectOrder(recording.folder, concerned);
    expect(concerned.aspects["address spaces"].total).toBeGreaterThan(30);
    expect(concerned.outOfScope["sched_switch"]).toBeGreaterThan(0);
  });
});

describe("what the series concerns", () => {
  const recording = recordings.find((r) => r.folder === "mmu-many-vmas")!;
  const text = readRecording(recording.path);
  const compare = (changed: string) => {
    const project = (t: string) => projectConcerned(ftraceTextEvents(t, recording.path));
    return compareConcerned(project(text), project(changed));
  };
  const changes: readonly (readonly [string, RegExp, string, (typeof concerns)[number]])[] = [
    [
      "another lock region",
      /val=0x0500000f reg=AS1_LOCKADDR_LO/,
      "val=0x05000010 reg=AS1_LOCKADDR_LO",
      "address spaces",
    ],
    [
      "a command that is missing",
      /mmio_write: [^\n]*reg=AS1_COMMAND/,
      "mmio_write: off=0 val=0 reg=GPU_CMD",
      "address spaces",
    ],
    ["another result", /VM_BIND\(sync,map\) end ret=0/, "VM_BIND(sync,map) end ret=-22", "results"],
    [
      "a fence that does not signal",
      /dma_fence_signaled: driver=drm_sched/,
      "dma_fence_destroy: driver=drm_sched",
      "fences",
    ],
    ["another doorbell", /reg=DOORBELL_0/, "reg=DOORBELL_7", "doorbells"],
  ];

  it.each(changes)("finds %s", (_, what, by, concern) => {
    const changed = text.replace(what, by);
    expect(changed).not.toBe(text);
    const { first } = compare(changed);
    expect(first[concern]).not.toBeNull();
    for (const c of concerns) if (c !== concern) expect([c, first[c]]).toEqual([c, null]);
  });

  it("ends where the recording ends, but for what the program does", () => {
    const end = projectConcerned(ftraceTextEvents(text, recording.path)).endNs;
    const later = `1.${String((end % 1e9) + 1).padStart(9, "0")}`;
    const by = "            init-1       [000] .....   ";
    const more =
      `${by}${later}: mmio_write: off=0x002458 val=0x00000002 reg=AS1_COMMAND\n` +
      `${by}${later}: tracing_mark_write: ioctl VM_BIND end ret=0\n`;
    const long = text.replace(/^.*TRACE END.*\n/m, more);
    const project = (t: string, until?: number) =>
      projectConcerned(ftraceTextEvents(t, recording.path), until);
    const cut = compareConcerned(project(text), project(long, end));
    expect(cut.first["address spaces"]).toBeNull();
    expect(cut.first.results?.replayed?.key).toBe("VM_BIND 0");
    expect(compareConcerned(project(text), project(long)).first["address spaces"]).not.toBeNull();
  });

  it("does not count how often a poll turns, nor what it leaves out", () => {
    const poll = /^(.*mmio_read:.* val=0x00000001 reg=AS1_STATUS)$/m;
    const { first } = compare(text.replace(poll, "$1\n$1").replace(/^.*sched_switch.*\n/m, ""));
    for (const c of concerns) expect([c, first[c]]).toEqual([c, null]);
  });
});
