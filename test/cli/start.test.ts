// How a replay starts: from the precompiled script, in workers too, and without it where it is
// missing or does not fit.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, inject, it } from "vitest";
import { root, temporaryFolder } from "./run-cli.ts";

const built = dirname(inject("cli"));
const script = readdirSync(built).find((name) => /^replay-[0-9a-f]+\.cjs$/.test(name))!;

/** Says of every script whether its code cache was taken. */
const witness = `const vm = require("node:vm");
const { Script } = vm;
vm.Script = class extends Script {
  constructor(...args) {
    super(...args);
    process.stderr.write(\`cache \${this.cachedDataRejected ? "refused" : "taken"}\\n\`);
  }
};
`;

let dir: string;
const run = (...traces: string[]) => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["-r", join(dir, "witness.cjs"), join(dir, "panthor-replay.js"), "replay", "--json", ...traces],
    { cwd: root, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
  );
  return { stdout, stderr: stderr.trim().split("\n"), status };
};

beforeEach(() => {
  dir = join(temporaryFolder(), "dist");
  mkdirSync(dir);
  for (const name of readdirSync(built)) copyFileSync(join(built, name), join(dir, name));
  writeFileSync(join(dir, "witness.cjs"), witness);
});

describe("start of a replay", () => {
  it("takes the code cache, and knows nothing of the Effect runtime", () => {
    const { stderr, status } = run("traces/single-job.yaml");
    expect({ stderr, status }).toEqual({ stderr: ["cache taken"], status: 0 });
    const text = readFileSync(join(built, script), "latin1");
    expect(text.includes("effect/dist/esm/internal/fiberRuntime.js")).toBe(false);
  });

  it("takes it in workers", () => {
    const { stderr, status } = run("traces/single-job.yaml", "traces/02-single-job.yaml");
    // Once for the main thread, which replays nothing itself, and once for each worker.
    expect(stderr.length).toBeGreaterThanOrEqual(2);
    expect(new Set(stderr)).toEqual(new Set(["cache taken"]));
    expect(status).toBe(0);
  });

  it("replays the same with another cache, without one, and without the script", () => {
    const { stdout } = run("traces/single-job.yaml");
    const cache = join(dir, `${script}.cache`);
    const bytes = readFileSync(cache);
    bytes[8] ^= 1;
    writeFileSync(cache, bytes);
    const other = run("traces/single-job.yaml");
    expect(other.stderr).toEqual(["cache refused"]);
    rmSync(cache);
    const none = run("traces/single-job.yaml");
    rmSync(join(dir, script));
    const modules = run("traces/single-job.yaml");
    expect(modules.stderr).toEqual([""]);
    for (const result of [other, none, modules]) {
      expect(result.stdout).toBe(stdout);
      expect(result.status).toBe(0);
    }
  });
});
