// `panthor-replay replay RECORDING`: agreement of the model with a recording, from itself.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isRecording } from "../../src/cli/recognise.ts";
import { recordingName } from "../../src/cli/recording-name.ts";
import { cli, temporaryFolder, trace } from "./run-cli.ts";

const recording = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";
const text = (): string => gunzipSync(readFileSync(recording)).toString("utf8");

describe("replay of a recording", () => {
  it("agrees with itself, and says what was not in it", async () => {
    const r = await cli(["replay", recording]);
    expect([r.code, r.err]).toEqual([0, ""]);
    expect(r.out).toMatch(/^02-single-job {2}linux-7.3 {2}from its recording\n/);
    expect(r.out).toContain("virtual clock");
    expect(r.out).toMatch(/guessed: sizes of buffers/);
    expect(r.out).toContain("registers      100 % of 286");
    expect(r.out).toContain("fence times    all equal");
  });

  it("gives the same for machines", async () => {
    const { code, out } = await cli(["replay", "--json", recording]);
    expect(code).toBe(0);
    const json = JSON.parse(out) as Record<string, unknown>;
    expect(json).toMatchObject({
      hz: 250,
      cpus: 1,
      clock: "virtual",
      aspects: { registers: { matched: 286, total: 286 } },
      first_difference: null,
      unmet: [],
    });
  });

  it("differs where the driver of the recording did", async () => {
    const path = join(temporaryFolder(), "other.txt");
    writeFileSync(
      path,
      text().replace(/val=00023304 reg=GPU_CMD|val=0x00023304/, "val=0x00023305"),
    );
    const r = await cli(["replay", path]);
    expect(r.code).toBe(1);
    expect(r.out).toMatch(/first difference, in registers, after \d+ that agree/);
    expect(r.out).toContain("recorded: W GPU_CMD 0x00023305");
    expect(r.out).toContain("replayed: W GPU_CMD 0x00023304");
  });

  it("differs at another revision of the driver", async () => {
    const r = await cli(["replay", recording, "--revision", "irq-latency-v3"]);
    expect(r.code).toBe(1);
  });

  it("says where a line lacks a field", async () => {
    const path = join(temporaryFolder(), "cut.txt");
    const cut = text().replace(/(dma_fence_init: driver=drm_sched timeline=\S+) context=\d+/, "$1");
    writeFileSync(path, cut);
    const line = cut.split("\n").findIndex((l) => /dma_fence_init: \S+ \S+ seqno/.test(l)) + 1;
    const r = await cli(["replay", path]);
    expect(r.out).toContain(`${path}:${line}: event dma_fence_init lacks field context`);
  });

  it("ends where a recording is broken, with the place", async () => {
    const path = join(temporaryFolder(), "broken.txt.gz");
    writeFileSync(path, readFileSync(recording).subarray(0, 5000));
    const r = await cli(["replay", path]);
    expect(r.code).toBe(129);
    expect(r.err).toContain(`${path}: byte 0x`);
  });

  it("takes no options that are for traces", async () => {
    const r = await cli(["replay", recording, "--accept"]);
    expect([r.code, r.err]).toEqual([
      129,
      expect.stringContaining("is a recording; --accept is for traces"),
    ]);
  });
});

describe("recognition", () => {
  it("goes by content, not by name", () => {
    const dir = temporaryFolder();
    const [asTrace, asText] = [join(dir, "trace.yaml"), join(dir, "trace.txt")];
    copyFileSync(recording, asTrace);
    copyFileSync(trace, asText);
    expect([isRecording(asTrace), isRecording(asText)]).toEqual([true, false]);
    writeFileSync(asTrace, text());
    expect(isRecording(asTrace)).toBe(true);
    expect(isRecording(dir)).toBe(false);
    expect(isRecording(join(dir, "nothing"))).toBe(false);
  });

  it("names a recording by its file, or its folder", () => {
    expect(recordingName("/x/02-single-job/trace.txt.gz")).toBe("02-single-job");
    expect(recordingName("/x/y/board 3.dat")).toBe("board-3");
  });
});
