// The fast path of the command line: what it takes on, and what it leaves to the library.

import { describe, expect, it } from "vitest";
import { plainReplay } from "../../src/cli/plain-replay.ts";

describe("plain replay arguments", () => {
  it("reads traces and options, before or behind them", () => {
    const plain = {
      traces: ["a.yaml", "b"],
      revision: "linux-7.3",
      profile: null,
      seed: 7,
      timeline: "fences",
      goldenRoot: null,
      noGolden: true,
      accept: false,
      json: false,
    };
    const options = ["--revision", "linux-7.3", "--seed", "7", "--timeline", "fences"];
    expect(plainReplay(["replay", ...options, "--no-golden", "a.yaml", "b"])).toEqual(plain);
    expect(plainReplay(["replay", "a.yaml", "b", ...options, "--no-golden"])).toEqual(plain);
  });

  it.each([
    [[]],
    [["replay"]],
    [["accept", "a.yaml"]],
    [["replay", "--help"]],
    [["replay", "a.yaml", "--unknown"]],
    [["replay", "a.yaml", "--json=true"]],
    [["replay", "a.yaml", "--json", "b.yaml"]],
    [["replay", "a.yaml", "--json", "--json"]],
    [["replay", "a.yaml", "--profile"]],
    [["replay", "a.yaml", "--profile", "--json"]],
    [["replay", "a.yaml", "--seed", "x"]],
    [["replay", "a.yaml", "--seed", "-1"]],
    [["replay", "a.yaml", "--timeline", "some"]],
    [["replay", ""]],
    [["replay", "--", "a.yaml"]],
  ])("leaves %j to the command line library", (args) => {
    expect(plainReplay(args)).toBeNull();
  });
});
