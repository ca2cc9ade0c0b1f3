// The invariants are on in every replay: of a recording from itself, and in what series and bisect
// observe.

import * as Effect from "effect/Effect";
import { isRight } from "effect/Either";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { observe } from "../../src/bisect/observe.ts";
import { replayRecording } from "../../src/cli/replay-recording.ts";
import { zeroCost } from "../../src/device/profile/index.ts";
import { AS_COMMAND } from "../../src/driver/mmu/regs.ts";
import { recordingOf } from "../../src/recording/recording.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { overlay, patch } from "../../src/revision/patch.ts";
import { parseRevision } from "../../src/revision/revision.ts";
import { parseTrace } from "../../src/trace/parse.ts";

const base = Effect.runSync(parseRevision("linux-7.3", catalog));
/** AS commands are not waited for. */
const hasty = {
  ...base,
  patches: [
    ...base.patches,
    patch({
      id: "test/hasty",
      title: "a mistake",
      source: "test",
      overlay: overlay((final) => ({
        mmu: {
          *asSendCmdAndWait(_ptdev, asNr, cmd) {
            yield* final().mmio.write32(AS_COMMAND(asNr), cmd);
            return 0;
          },
        },
      })),
    }),
  ],
};

it("in the replay of a recording", () => {
  const path = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";
  const text = gunzipSync(readFileSync(path));
  const checks = (revision: typeof base): string[] => {
    const { findings } = replayRecording(recordingOf(text, path), "02", revision).result;
    return [...new Set(findings.map(({ check }) => check))];
  };
  expect(checks(base)).toEqual([]);
  expect(checks(hasty)).toContain("as-command");
});

it("in what series and bisect observe", () => {
  const parsed = parseTrace(readFileSync("traces/02-single-job.yaml", "utf8"), "02-single-job");
  if (!isRight(parsed)) throw parsed.left;
  const scene = { trace: parsed.right, profile: zeroCost, profileName: "zero-cost" } as const;
  const checks = [base, hasty].map((revision) => {
    const seen = observe(scene, revision);
    return seen.ok ? seen.observation.checks : [seen.reason];
  });
  expect(checks[0]).toEqual([]);
  expect(checks[1]).toContain("as-command");
});
