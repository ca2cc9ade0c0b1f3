// A recording replayed from itself, without a trace, agrees with itself no worse than before, and
// without more guesses. After a change for the better:
//   node scripts/stimuli-table.mjs test/fixtures/recordings/{linux-7.3,stimuli}/*/trace.txt* \
//     test/fixtures/recordings/atomic-pt/mmu-{activate,evict}-mid-op--7.3/trace.txt* \
//     > test/stimuli/expected.json

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { aspects } from "../../src/conformance/project.ts";
import {
  replayRecording,
  revisionNamed,
  unmetLines,
  type RecordingReplay,
} from "../../src/cli/replay-recording.ts";
import { recordingOf } from "../../src/recording/recording.ts";

const folders = ["linux-7.3", "stimuli", "atomic-pt"].map(
  (set) => `test/fixtures/recordings/${set}`,
);
const paths = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /trace\.txt(\.gz)?$/.test(name))
    // Those with tasks that begin and end in the middle.
    .filter((name) => !folder.endsWith("atomic-pt") || /(activate|evict).*--7\.3/.test(name))
    // Two of the three with 500 jobs are enough.
    .filter((name) => !name.startsWith("09c"))
    .map((name) => `${folder}/${name}`),
);

type Row = Readonly<Record<string, readonly [number, number] | number>>;
const expected = JSON.parse(readFileSync("test/stimuli/expected.json", "utf8")) as Readonly<
  Record<string, Row>
>;

const nameOf = (path: string): string => basename(dirname(path));

function replayPath(path: string): RecordingReplay {
  const recording = recordingOf(readFileSync(path), path);
  return replayRecording(recording, nameOf(path), revisionNamed("linux-7.3"));
}

function counted(r: RecordingReplay, how: string): number {
  return r.stimuli.notes.filter((n) => n.how === how).reduce((n, { count }) => n + count, 0);
}

describe("a recording replayed from itself", () => {
  it.each(paths.map((path) => [nameOf(path), path] as const))("%s", (name, path) => {
    const r = replayPath(path);
    const row = expected[name];
    for (const aspect of aspects) {
      const [matched, total] = row[aspect.replace(" ", "_")] as readonly [number, number];
      const now = r.agreement.aspects[aspect];
      const first = `${aspect}: ${JSON.stringify(r.agreement.first[aspect])}`;
      expect(now.matched, first).toBeGreaterThanOrEqual(matched);
      expect(now.total - now.matched, first).toBeLessThanOrEqual(total - matched);
    }
    expect(counted(r, "guessed")).toBeLessThanOrEqual(row.guessed as number);
    expect(counted(r, "not recovered")).toBeLessThanOrEqual(row.not_recovered as number);
    expect(unmetLines(r)).toEqual([]);
    expect(r.timed.aligned).toBe(true);
    // The clock is virtual: what happens in the same order happens at the same time.
    if (r.fenceTimes !== null) expect(Math.abs(r.fenceTimes.ns)).toBeLessThan(2_000);
  });

  it("is tabled for the recordings that there are, and complete for each", () => {
    expect(Object.keys(expected).sort()).toEqual(paths.map(nameOf).sort());
    for (const [name, row] of Object.entries(expected)) {
      for (const aspect of aspects) {
        const [matched, total] = row[aspect.replace(" ", "_")] as readonly [number, number];
        expect([name, aspect, matched]).toEqual([name, aspect, total]);
      }
    }
  });
});

describe("what a recording says decides what is replayed", () => {
  const path = "test/fixtures/recordings/linux-7.3/03a-pipelined-10-jobs";
  const text = recordedText(path);

  function changed(from: RegExp, to: string): RecordingReplay {
    const other = text.replace(from, to);
    expect(other === text).toBe(false);
    const recording = recordingOf(Buffer.from(other), path);
    return replayRecording(recording, "changed", revisionNamed("linux-7.3"));
  }

  it("a shorter job ends earlier", () => {
    // 100 us become 50 us in every execution: the recorded fences are then late.
    const r = changed(/word=0xe0000000000186a0/g, "word=0xe00000000000c350");
    expect(r.timed.text).toContain("run 50us");
    expect(r.fenceTimes!.ns).toBeLessThan(-400_000);
  });

  it("a submit less leaves its fences out", () => {
    const submit = /^.*submit group=1 queue=0 [^\n]*\n[^\n]*GROUP_SUBMIT begin\n/m;
    const r = changed(submit, "");
    expect(r.timed.text.match(/group_submit/g)?.length).toBeLessThan(10);
    expect(r.agreement.aspects.fences.matched).toBeLessThan(r.agreement.aspects.fences.total);
  });

  it("a longer timeout is another timer, and nothing else", () => {
    const r = changed(/timeout=\d+\] bucket/, "timeout=5000] bucket");
    expect(r.timed.text).toContain("timeout=20s");
  });
});

function recordedText(folder: string): string {
  const file = readdirSync(folder).find((name) => name.startsWith("trace.txt"))!;
  const bytes = readFileSync(`${folder}/${file}`);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}
