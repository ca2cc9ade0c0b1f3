import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  type Profile,
  zeroCost,
  zeroCostMmio,
  zeroCostSlowFw,
} from "../../../src/device/profile/index.ts";
import { Replay } from "./replay.ts";
import { readTrace } from "./trace.ts";

const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
/** A folder with full recordings to judge as well, e.g. that of linux-7.3. */
const more = process.env.PANTHOR_RECORDINGS;

const profiles: Readonly<Record<string, Profile>> = {
  base: zeroCost,
  hz1000: zeroCost,
  slowfw: zeroCostSlowFw,
  mmiocost: zeroCostMmio,
};

function scenarios(folder: string): string[] {
  return readdirSync(folder).filter(
    (name) => /^\d/.test(name) && (name.split("--")[1] ?? "base") in profiles,
  );
}

const probe = readTrace(`${fixtures}/01-probe`);

function judge(folder: string, name: string) {
  const profile = profiles[name.split("--")[1] ?? "base"];
  const preamble = name.startsWith("01-") ? [] : probe;
  return new Replay(readTrace(`${folder}/${name}`), profile, 0, preamble).run();
}

describe("device against recordings", () => {
  it.each(scenarios(fixtures))("%s: every event, at its time", (name) => {
    expect(judge(fixtures, name)).toEqual([]);
  });

  it("finds a difference: latencies of another flavour do not fit", () => {
    const lines = readTrace(`${fixtures}/02-single-job`);
    const [first] = new Replay(lines, zeroCostSlowFw, 0, probe).run(1);
    expect(first).toMatchObject({ actual: "-", expected: expect.stringContaining("l2_power") });
  });
});

describe.runIf(more !== undefined && existsSync(more))("device against more recordings", () => {
  it.each(more === undefined ? [] : scenarios(more))("%s", (name) => {
    expect(judge(more!, name)).toEqual([]);
  });
});
