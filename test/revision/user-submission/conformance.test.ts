// The RFC on 6.12 agrees with recordings of it in everything that the series concerns.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { judgeRecording } from "../../../src/cli/judge.ts";
import {
  compareUserSubmission,
  projectUserSubmission,
  userConcerns,
} from "../../../src/conformance/user-submission.ts";
import { expectOrder } from "../../conformance/expect-order.ts";
import { readRecording, readRecordingSet } from "../../../src/conformance/recording-set.ts";
import { ftraceTextEvents } from "../../../src/recording/ftrace-text.ts";
import { recordedStates } from "../../../src/revision/user-submission/recorded.ts";

const recordings = readRecordingSet("test/fixtures/recordings/user-submission");
const project = (text: string) => projectUserSubmission(ftraceTextEvents(text, "trace.txt"));

describe("agreement with the recording", () => {
  test.each(recordings.map((r) => [r.scenario, r] as const))("%s", (scenario, recording) => {
    const revision = recordedStates(recording)!;
    const trace = `traces/user-submission/${scenario}.yaml`;
    const { concerned, error } = judgeRecording({ recording, trace, revision });
    expect(error).toBeNull();
    for (const concern of userConcerns) {
      const { matched, total } = concerned!.aspects[concern];
      const first = JSON.stringify(concerned!.first[concern]);
      expect(matched, `${concern}: ${first}`).toBe(total);
    }
    expectOrder(recording.folder, concerned!);
    expect(Object.keys(concerned!.outOfScope).length).toBeGreaterThan(0);
  });
});

describe("the comparison sees", () => {
  const path = recordings.find((r) => r.scenario === "04-xgs-queue")!.path;
  const text = readRecording(path);
  const changes: readonly (readonly [(typeof userConcerns)[number], string, string])[] = [
    [
      "sync objects",
      "xgs_signal va,value a=0x2000040 b=0x7",
      "xgs_signal va,value a=0x2000040 b=0x8",
    ],
    ["doorbells", "user_doorbell: doorbell=1", "user_doorbell: doorbell=2"],
    [
      "mappings",
      "user_db_insert handle,doorbell a=0x1 b=0x1",
      "user_db_insert handle,doorbell a=0x1 b=0x2",
    ],
    ["rings", "field=ACT=0, final INS val=0x58", "field=ACT=0, final INS val=0x60"],
    [
      "XGS jobs",
      "xgs_recheck queue,result a=0x1 b=0x0",
      "xgs_recheck queue,result a=0x1 b=0xffffffffffffff92",
    ],
    ["fences", "timeline=xgs-fence context=10 seqno=2", "timeline=xgs-fence context=10 seqno=3"],
    ["results", "ioctl GROUP_KICK end ret=0", "ioctl GROUP_KICK end ret=-22"],
    ["address spaces", "reg=AS1_COMMAND", "reg=AS2_COMMAND"],
  ];
  test.each(changes)("%s that differ", (concern, from, to) => {
    expect(text).toContain(from);
    const { aspects } = compareUserSubmission(project(text), project(text.replace(from, to)));
    expect(aspects[concern].matched).toBeLessThan(aspects[concern].total);
  });

  test("nothing where nothing differs", () => {
    const { first } = compareUserSubmission(project(text), project(text));
    expect(Object.values(first).every((d) => d === null)).toBe(true);
  });

  test("traces of all recorded scenarios", () => {
    for (const { scenario } of recordings) {
      expect(readFileSync(`traces/user-submission/${scenario}.yaml`, "utf8")).toContain(scenario);
    }
  });
});
