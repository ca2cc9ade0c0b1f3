// `explore`: the built command line over seeds.

import { describe, expect, it } from "vitest";
import { cli } from "./run-cli.ts";

interface Explored {
  readonly outcomes: readonly { readonly seeds: number[]; readonly findings: string[] }[];
}

const race = "traces/irq/21-completion-beside-fatal.yaml";

describe("explore", () => {
  it("finds the outcomes of a race, and finds them again", async () => {
    const args = ["explore", race, "--seeds", "6", "--cpus", "2", "--json"];
    const first = await cli(args);
    expect(first.code).toBe(0);
    const { outcomes } = JSON.parse(first.out) as Explored;
    expect(outcomes.length).toBeGreaterThan(1);
    expect(outcomes.flatMap(({ seeds }) => seeds).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await cli(args)).out).toBe(first.out);
  });

  it("finds one outcome where nothing races", async () => {
    const { code, out } = await cli(["explore", "traces/02-single-job.yaml", "--seeds", "4"]);
    expect(code).toBe(0);
    expect(out).toContain("4 orders drawn, 1 outcome");
    expect(out).toContain("seeds 1, 2, 3, 4");
  });

  it("is a replay's --seed", async () => {
    const args = ["replay", race, "--seed", "3", "--no-golden", "--json"];
    const { out } = await cli(args);
    expect(JSON.parse(out)).toMatchObject({ seed: 3 });
    expect((await cli(args)).out).toBe(out);
  });

  it.each([
    ["--seeds", "0"],
    ["--cpus", "9"],
    ["--from", "-1"],
  ])("refuses %s %s", async (option, value) => {
    const { code, err } = await cli(["explore", race, option, value]);
    expect(code).toBe(129);
    expect(err).toContain(`${option} ${value}: expected a number from`);
  });
});
