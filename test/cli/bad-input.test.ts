// Bad input: exit code 129, a located message with a hint, nothing on stdout, no stack.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { acceptedGoldens, cli, temporaryFolder, trace } from "./run-cli.ts";

async function rejected(args: readonly string[]): Promise<string> {
  const { code, out, err } = await cli(args);
  expect(err).not.toMatch(/^\s+at /m);
  expect({ code, out }).toEqual({ code: 129, out: "" });
  return err;
}

describe("bad input", () => {
  it("of a trace is located, with a hint", async () => {
    const file = "test/fixtures/malformed/event-unknown.yaml";
    const err = await rejected(["replay", file]);
    expect(err).toMatch(
      new RegExp(
        `^${file}:6:14: UnknownEvent: "group_sumbit"; .*did you mean group_submit\\?$`,
        "m",
      ),
    );
  });

  it.each([
    ["no trace", ["replay"], /Missing argument <TRACE>/],
    ["an unknown command", ["replya", trace], /Invalid subcommand/],
    ["an unknown option", ["replay", "--bogus", trace], /--bogus: unknown option/],
    [
      "a misspelt option behind the trace",
      ["replay", trace, "--timelin", "all"],
      /--timelin: unknown option; .*did you mean --timeline\?/,
    ],
    ["an option without its value", ["replay", trace, "--seed"], /seed/],
    ["a bad seed", ["replay", trace, "--seed", "1.5"], /--seed 1\.5: expected a whole number/],
    [
      "a bad timeline",
      ["replay", trace, "--timeline", "most"],
      /--timeline most: expected one of none, fences, registers, all/,
    ],
    [
      "an unknown revision",
      ["replay", trace, "--revision", "linux-7.4"],
      /^--revision linux-7\.4: no such base or series; .*did you mean linux-7\.3\?$/m,
    ],
    [
      "an unknown profile",
      ["replay", trace, "--profile", "zero-cots"],
      /^--profile zero-cots: expected one of .*; did you mean zero-cost\?$/m,
    ],
    [
      "a profile that every object has",
      ["replay", trace, "--profile", "constructor"],
      /--profile constructor: expected one of/,
    ],
    [
      "a missing file",
      ["replay", "traces/none.yaml"],
      /traces\/none\.yaml: no such file or folder/,
    ],
    ["a device file", ["replay", "/dev/zero"], /^\/dev\/zero:1:1: TooMany: file is larger than/],
    [
      "missing recordings",
      ["conformance", "--recordings", "/none"],
      /\/none\/index\.json:1:1: cannot read the index/,
    ],
    [
      "a scenario that is not there",
      ["conformance", "--scenario", "99"],
      /no recording matches; see its index\.json/,
    ],
    ["missing traces", ["conformance", "--traces", "/none"], /\/none: no such file or folder/],
  ])("%s", async (_, args, message) => {
    expect(await rejected(args)).toMatch(message);
  });

  it("an empty folder", async () => {
    const dir = temporaryFolder();
    expect(await rejected(["replay", dir])).toContain(`${dir}: holds no traces`);
  });

  it("a revision and a profile of the trace's own, where they are written", async () => {
    const dir = temporaryFolder();
    const lines = readFileSync(trace, "utf8").split("\n");
    const at = lines.findIndex((l) => l.startsWith("description:"));
    const keys = lines.filter((l) => !/^(revision|profile):/.test(l));
    for (const [key, value, reason] of [
      ["revision", "linux-9", "UnknownRevision"],
      ["revision", "irq-latency-v3@99", "UnknownRevision"],
      ["revision", "linux-7.3@1", "UnknownRevision"],
      ["profile", "rk3399", "UnknownProfile"],
    ]) {
      const file = join(dir, `${key}.yaml`);
      const text = [...keys.slice(0, at), `${key}:  ${value}`, ...keys.slice(at)];
      writeFileSync(file, text.join("\n"));
      const err = await rejected(["replay", file]);
      expect(err).toContain(`${file}:${at + 1}:${key.length + 4}: ${reason}: ${value}; `);
    }
  });

  it("a revision that is no name", async () => {
    const file = join(temporaryFolder(), "trace.yaml");
    const text = readFileSync(trace, "utf8");
    writeFileSync(file, text.replace("streams:\n", "revision: irq-latency-v3@@5\nstreams:\n"));
    const line = text.split("\n").indexOf("streams:") + 1;
    const expected = "expected the name of a base or series, or SERIES@N or SERIES~N";
    expect(await rejected(["replay", file])).toMatch(
      new RegExp(`${file}:${line}:11: WrongType: revision is .*; ${expected}`),
    );
  });

  it("a malformed golden", async () => {
    const { goldens, file } = await acceptedGoldens();
    writeFileSync(file, readFileSync(file, "utf8").replace("[registers]", "[register]"));
    const err = await rejected(["replay", trace, "--golden-root", goldens]);
    expect(err).toMatch(/single-job\.golden:\d+:1: unknown section \[register\]/);
  });

  it("a golden that cannot be read", async () => {
    const goldens = temporaryFolder();
    const dir = join(goldens, "linux-7.3/zero-cost/single-job.golden");
    mkdirSync(dir, { recursive: true });
    expect(await rejected(["replay", trace, "--golden-root", goldens])).toBe(
      `${dir}:1:1: cannot be read: EISDIR: illegal operation on a directory\n`,
    );
    expect(await rejected(["replay", trace, "--golden-root", "package.json"])).toContain(
      "cannot be read: ENOTDIR",
    );
  });

  it("is JSON with --json", async () => {
    const file = "test/fixtures/malformed/many-problems.yaml";
    const { code, out } = await cli(["replay", file, "--json"]);
    expect(code).toBe(129);
    const json = JSON.parse(out) as { verdict: string; error: string };
    expect(json.verdict).toBe("bad input");
    expect(json.error.split("\n").length).toBeGreaterThan(1);
  });

  it("does not keep the other traces from being replayed", async () => {
    const bad = "test/fixtures/malformed/empty.yaml";
    const { code, out, err } = await cli(["replay", "--no-golden", bad, trace]);
    expect(code).toBe(129);
    expect(err).toContain(`${bad}:1:1: WrongType`);
    expect(out).toContain("single-job  linux-7.3");
    expect(out).toContain("2 traces: 1 bad input, 1 not compared");
  });
});
