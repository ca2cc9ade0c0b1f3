// Agreement with recordings of the real driver must not get worse: one test per recording, against
// the committed table. After a change for the better:
//   node scripts/conformance-table.mjs --expected > test/conformance/expected.json

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { judgeRecording } from "../../src/cli/judge.ts";
import type { Agreement } from "../../src/conformance/compare.ts";
import { type Aspect, aspects } from "../../src/conformance/project.ts";
import { readRecording, readRecordingSet } from "../../src/conformance/recording-set.ts";

const recordings = readRecordingSet("test/fixtures/recordings/linux-7.3");
const expected = JSON.parse(readFileSync("test/conformance/expected.json", "utf8")) as Readonly<
  Record<string, Readonly<Record<string, readonly [number, number]>>>
>;

const keyOf = (r: (typeof recordings)[number]): string => `${r.scenario} ${r.flavour.name}`;

/** What a recording is judged on; which kworker runs is measured besides. */
const judged = aspects.filter((a) => a !== "kworkers");

function judge(recording: (typeof recordings)[number]): Agreement {
  const trace = `traces/${recording.scenario}.yaml`;
  const { agreement, error } = judgeRecording({ recording, trace, revision: "linux-7.3" });
  expect(error).toBeNull();
  return agreement!;
}

describe("agreement with the recording", () => {
  it.each(recordings.map((r) => [keyOf(r), r] as const))("%s", (key, recording) => {
    const agreement = judge(recording);
    for (const aspect of aspects) {
      const [matched, total] = expected[key][aspect.replace(" ", "_")];
      const now = agreement.aspects[aspect];
      const first = JSON.stringify(agreement.first[aspect]);
      expect(now.matched, `${aspect}: ${first}`).toBeGreaterThanOrEqual(matched);
      expect(now.total - now.matched, `${aspect}: ${first}`).toBeLessThanOrEqual(total - matched);
    }
  });

  it("is complete for every recording of the base flavour", () => {
    for (const recording of recordings.filter((r) => r.flavour.name === "base")) {
      const row = expected[keyOf(recording)];
      for (const aspect of judged) {
        const [matched, total] = row[aspect.replace(" ", "_")];
        expect([aspect, matched]).toEqual([aspect, total]);
      }
    }
  });

  it("is tabled for the recordings that there are, and no others", () => {
    expect(Object.keys(expected).sort()).toEqual(recordings.map(keyOf).sort());
  });
});

describe("the judge finds", () => {
  const cases: readonly (readonly [string, RegExp, string, Aspect])[] = [
    ["a value that differs", /00023304 reg=GPU_CMD/, "00023305 reg=GPU_CMD", "registers"],
    ["an access that is missing", /^.*mmio_write: .*DOORBELL.*\n/m, "", "registers"],
    ["a fence that is not signalled", /^.*dma_fence_signaled: .*\n/m, "", "fences"],
    [
      "a work item that is not queued",
      /^.*workqueue_queue_work: .*tick_work.*\n/m,
      "",
      "work items",
    ],
    ["a request word that differs", /(host_req: .* req=0x)0/, "$1f", "request words"],
  ];
  it.each(cases)("%s", (_, from, to, aspect) => {
    const right = recordings.find((r) => keyOf(r) === "02-single-job base")!;
    const text = readRecording(right.path);
    const [head, ...parts] = text.split(/(?<=TRACE START.*\n)/);
    const body = parts.join("");
    const changed = body.replace(from, to);
    expect(changed === body).toBe(false);
    const dir = mkdtempSync(join(tmpdir(), "panthor-replay-"));
    try {
      const path = join(dir, "02-single-job", "trace.txt");
      mkdirSync(dirname(path));
      writeFileSync(path, head + changed);
      const agreement = judge({ ...right, path });
      expect(agreement.aspects[aspect].matched).toBeLessThan(agreement.aspects[aspect].total);
      expect(agreement.first[aspect]).not.toBeNull();
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
