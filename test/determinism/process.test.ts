// The same replay gives the same bytes: twice, in another process, on another Node, in another
// environment, on a worker, with the host busy with something else.

import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { cli, type CliOptions } from "../cli/run-cli.ts";

const traces = ["traces/single-job.yaml", "traces/03b-two-queues-fences.yaml"];

/** Text, JSON and the timeline of everything. */
const forms: readonly (readonly string[])[] = [
  ["--timeline", "all"],
  ["--json", "--timeline", "registers"],
];

async function outputs(options: CliOptions = {}, more: readonly string[] = []): Promise<string[]> {
  const runs = await Promise.all(
    forms.map((form) => cli(["replay", "--no-golden", ...form, ...more, ...traces], options)),
  );
  for (const { code, err } of runs) expect({ code, err }).toEqual({ code: 0, err: "" });
  return runs.map((r) => r.out);
}

let reference: Promise<string[]> | undefined;
const expected = (): Promise<string[]> => (reference ??= outputs());

async function same(options: CliOptions, more: readonly string[] = []): Promise<void> {
  const [a, b] = [await outputs(options, more), await expected()];
  // Not toEqual: a difference would print megabytes.
  expect(a.map((text, i) => text === b[i])).toEqual([true, true]);
}

describe("byte-identical output", () => {
  it("is not empty", async () => {
    for (const text of await expected()) expect(text.length).toBeGreaterThan(100_000);
  });

  it("in another process", () => same({}));

  it.each(["node22", "node24"])("with %s", async (name) => {
    const binary = `test/nodes/node_modules/${name}/bin/node`;
    const reason = unusable(binary);
    if (reason !== null) {
      // An optional dependency of test/nodes that only comes as a binary for Linux on x64.
      expect(process.platform === "linux" && process.arch === "x64", reason).toBe(false);
      return;
    }
    await same({ node: binary });
  });

  it.each([
    { TZ: "America/St_Johns", LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" },
    { TZ: "Asia/Kathmandu", LANG: "ar_EG.UTF-8", LC_NUMERIC: "ar_EG.UTF-8" },
    { UV_THREADPOOL_SIZE: "1", COLUMNS: "40", USER: "other", HOME: "/nonexistent" },
  ])("with %o", (env) => same({ env }));

  it.each([
    ["a small young generation", ["--max-semi-space-size=1"]],
    ["a large heap", ["--max-old-space-size=8192", "--max-semi-space-size=128"]],
    ["no optimising compiler", ["--no-opt"]],
    ["other hash seeds", ["--hash-seed=7", "--random-seed=7"]],
    ["another stack size", ["--stack-size=2000"]],
  ])("with %s", (_, nodeArgs) => same({ nodeArgs }));

  it("with a host that is busy with timers, microtasks and garbage", () =>
    same({ nodeArgs: ["--import", "./test/determinism/busy-host.mjs"] }));
});

/** Why a Node binary cannot be used, null when it can. */
function unusable(binary: string): string | null {
  if (!existsSync(binary)) return `${binary} is not installed`;
  const { status, error } = spawnSync(binary, ["--version"]);
  return status === 0 ? null : `${binary} does not run: ${String(error ?? status)}`;
}
