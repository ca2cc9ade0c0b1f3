// What `diff`, `show` and `export` are given is told apart by content alone, and what of a recording
// was not understood is said.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseOperand } from "../../src/cli/operand.ts";
import { cli, root, temporaryFolder, trace } from "./run-cli.ts";

const recording = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";
const defaults = { revision: null, profile: null };
const kind = (path: string): string => parseOperand(path, defaults).kind;

describe("an operand", () => {
  it.each([
    ["recording.yaml", recording, "recording"],
    ["dat.yml", "test/fixtures/samples/gpu/drm-sched-k7.2/drmsched-timeout.dat", "recording"],
    ["trace.txt", trace, "trace"],
    ["trace.gz", "traces/corpus/bind-arguments.yaml", "trace"],
    ["golden.yaml", "golden/linux-7.3/zero-cost/single-job.golden", "golden"],
  ])("named %s is what it holds", (name, from, expected) => {
    const path = join(temporaryFolder(), name);
    copyFileSync(join(root, from), path);
    expect(kind(path)).toBe(expected);
  });

  it("may have comments in front, as a text, and be no text at all", () => {
    const dir = temporaryFolder();
    const write = (name: string, content: string | Buffer): string => {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    };
    const text = gunzipSync(readFileSync(join(root, recording))).toString("utf8");
    const body = text.replace(/^#.*\n/gm, "");
    expect(kind(write("a.yaml", body))).toBe("recording");
    // 64 bytes of comments are no trace's end.
    const long = `# ${"x".repeat(200)}\n${readFileSync(join(root, trace), "utf8")}`;
    expect(kind(write("b", long))).toBe("trace");
    expect(kind(write("c.yaml", Buffer.from([0, 1, 2, 3])))).toBe("recording");
    expect(() => kind(join(dir, "none.yaml"))).toThrow("none.yaml: no such file");
  });

  it("is compared, listed and exported under any name", async () => {
    const dir = temporaryFolder();
    copyFileSync(join(root, recording), join(dir, "recording.yaml"));
    copyFileSync(join(root, trace), join(dir, "trace"));
    const [diff, show, csv] = await Promise.all([
      cli(["diff", recording, join(dir, "recording.yaml")]),
      cli(["show", join(dir, "trace"), "--fences"]),
      cli(["export", join(dir, "recording.yaml"), "--to", "csv"]),
    ]);
    expect([diff.code, diff.err]).toEqual([0, ""]);
    expect(show.out).toContain("fence 7:1 signalled");
    expect([csv.code, csv.err]).toEqual([0, ""]);
  });
});

describe("what a recording has that is not understood", () => {
  it("is said on one line, with the place of the first", async () => {
    const dir = temporaryFolder();
    const whole = join(dir, "whole.txt");
    const path = join(dir, "board.txt");
    const line = (at: number, event: string): string =>
      `     app-1       [000] d..2.   1.00000${at}: ${event}\n`;
    const fence = line(0, "dma_fence_init: driver=panthor timeline=q context=5 seqno=1");
    writeFileSync(whole, fence);
    writeFileSync(
      path,
      fence +
        line(1, "dma_fence_init: driver=panthor timeline=q seqno=2") +
        line(2, "dma_fence_init: driver=panthor timeline=q seqno=3") +
        line(3, "mmio_read: off=0x28 reg=GPU_INT_MASK") +
        line(4, "some_event: x=1") +
        line(5, "some_event: x=2") +
        line(6, "other_event: x=2"),
    );
    const said =
      `3 events are incomplete: ${path}:2: event dma_fence_init lacks field context ` +
      "(and 1 more); 3 events are of kinds that are not known: some_event (2), other_event (1)\n";
    const [show, csv, diff] = await Promise.all([
      cli(["show", path]),
      cli(["export", path, "--to", "csv"]),
      cli(["diff", whole, path]),
    ]);
    expect(show.err).toBe(`note: ${said}`);
    expect(csv.err).toBe(`note: ${said}`);
    expect(diff.err).toBe(`note: ${path}: ${said}`);
  });
});
