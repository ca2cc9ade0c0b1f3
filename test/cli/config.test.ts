// Gating somebody else's repository with the installed command: config file, own traces, own goldens
// and an overlay module that adds revisions.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/cli/config.ts";
import { loadOverlays } from "../../src/cli/overlay-modules.ts";
import { takeConfig } from "../../src/cli/find-config.ts";
import { catalog } from "../../src/revision/catalog.ts";
import type { Catalog } from "../../src/revision/series.ts";
import { foreignProject, overlayModule } from "./foreign-project.ts";
import { cli, temporaryFolder } from "./run-cli.ts";

const withoutSignal = (text: string): string =>
  text.replace("yield* sched.groupCheckJobCompletion(group)", "yield* []");

describe("a repository with a config file", () => {
  it("accepts, checks, and fails when its overlay breaks the driver", async () => {
    const dir = foreignProject();
    // From anywhere below the config file, a trace by its name.
    const sub = { cwd: join(dir, "sub/deeper") };
    const first = await cli(["accept", "my-job"], sub);
    expect(first.err).toBe("");
    expect(first.out).toContain(
      "golden: accepted (../../expected/linux-7.3/zero-cost/my-job.golden)",
    );
    const golden = readFileSync(join(dir, "expected/linux-7.3/zero-cost/my-job.golden"), "utf8");
    expect(golden).toContain(
      "# reproduce: panthor-replay replay scenarios/my-job.yaml --revision linux-7.3",
    );
    // A plain replay takes the fast way, and knows the modules too.
    const missing = await cli(["replay", "my-job", "--revision", "early-signal"], sub);
    expect(missing.code).toBe(1);
    expect(missing.out).toContain(
      "accept it: panthor-replay accept ../../scenarios/my-job.yaml --revision early-signal",
    );
    const second = await cli(["accept", "my-job", "--revision", "early-signal"], { cwd: dir });
    expect(second.err).toBe("");
    expect(await cli(["check"], sub)).toEqual({ code: 0, out: "2 cases: 2 agrees\n", err: "" });

    const module = join(dir, "overlays/early-signal.mjs");
    writeFileSync(module, withoutSignal(overlayModule));
    const broken = await cli(["check"], { cwd: dir });
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/finding +early-signal@2\/zero-cost\/my-job/);
    expect(broken.out).toContain("2 cases: 1 agrees, 1 finding");
  });

  it("series and bisect know its revisions", async () => {
    const dir = foreignProject();
    const series = await cli(["series", "early-signal", "my-job"], { cwd: dir });
    expect(series.err).toBe("");
    expect(series.out).toContain("[1/2] Signal job fences from the firmware event work");
    expect(series.out).toMatch(/\[2\/2\] A refactor\n  no observable change/);
    const bisect = await cli(["bisect", "scenarios/my-job.yaml", "--series", "early-signal"], {
      cwd: dir,
    });
    expect(bisect.err).toBe("");
    expect(bisect.out).toContain("[1/2] Signal job fences");
    expect(bisect.code).toBe(0);
  });

  it("--config names another file", async () => {
    const dir = foreignProject();
    renameSync(join(dir, "panthor-replay.config.yaml"), join(dir, "other.yaml"));
    const none = await cli(["replay", "my-job"], { cwd: dir });
    expect(none.code).toBe(129);
    expect(none.err).toContain("my-job: no such file or folder");
    for (const args of [
      ["--config", "other.yaml", "replay"],
      ["replay", "--config=other.yaml"],
    ]) {
      const run = await cli([...args, "my-job"], { cwd: dir });
      expect(run.out).toContain("golden: missing (expected/linux-7.3/zero-cost/my-job.golden)");
    }
    const twice = await cli(["replay", "x", "--config", "a", "--config", "b"], { cwd: dir });
    expect(twice.code).toBe(129);
    expect(twice.err).toContain("--config b: given twice");
  });

  const place = "panthor-replay.config.yaml:6:5: BadOverlay: overlays/early-signal.mjs: ";

  it("locates a misspelled operation", async () => {
    const dir = foreignProject();
    const module = join(dir, "overlays/early-signal.mjs");
    writeFileSync(module, overlayModule.replace("*csgSlotSyncU", "*csgSlotSynchU"));
    const run = await cli(["replay", "my-job"], { cwd: dir });
    expect(run).toEqual({
      code: 129,
      out: "",
      err:
        `panthor-replay: ${place}patch 1 of early-signal (Signal job fences from the firmware event ` +
        "work): the driver has no operation sched.csgSlotSynchUpdateLocked; " +
        "did you mean csgSlotSyncUpdateLocked?\n",
    });
  });

  it("suggests what is near", async () => {
    const dir = foreignProject();
    const trace = await cli(["replay", "my-jbo"], { cwd: dir });
    expect(trace.err).toContain("did you mean my-job?");
    const revision = await cli(["replay", "my-job", "--revision", "early-signl"], { cwd: dir });
    expect(revision.err).toContain("did you mean early-signal?");
    renameSync(join(dir, "overlays/early-signal.mjs"), join(dir, "overlays/early-signals.mjs"));
    const module = await cli(["check"], { cwd: dir });
    expect(module.err).toContain(`${place}no such file; did you mean early-signals.mjs?`);
    rmSync(join(dir, "panthor-replay.config.yaml"));
    const config = await cli(["check", "--config", "none.yaml"], { cwd: dir });
    expect(config.err).toContain("none.yaml:1:1: cannot be read");
    expect([trace.code, revision.code, module.code, config.code]).toEqual([129, 129, 129, 129]);
  });
});

describe("an overlay module", () => {
  const patches = "[{ title: 'p', operations: () => ({}) }]";
  const load = (text: string): Promise<Catalog> => {
    const path = join(temporaryFolder(), "m.mjs");
    writeFileSync(path, text);
    return loadOverlays([{ path, place: "c.yaml:1:2" }], catalog, true);
  };

  it("may export series and bases by name, without importing anything", async () => {
    const added = await load(
      `export const bases = [{ id: "vendor", title: "b", patches: [] }];
       export const series = [{ id: "s", title: "t", base: "vendor", patches: ${patches} }];`,
    );
    expect(added.bases.map(({ id }) => id)).toEqual(["vendor"]);
    expect(added.series.map(({ id, base }) => [id, base])).toEqual([["s", "vendor"]]);
    expect(added.series[0].patches[0]).toMatchObject({ id: "s/1", title: "p", source: "" });
  });

  const one = (text: string): string => `export const series = [{ ${text} }];`;
  it.each([
    ["export const x = 1;", "exports neither series nor bases; it has x"],
    ["export const series = 7;", "its series are no list"],
    ['throw new Error("no luck");', "cannot be loaded: no luck"],
    [one("id: 'a b', title: 't', patches: []"), "series a b: an id is letters, digits"],
    [one("id: 's', patches: []"), "series s has no title"],
    [one("id: 's', title: 't'"), "series s has no list of patches"],
    [one("id: 's', title: 't', patches: [{}]"), "patch 1 of s has no title"],
    [one("id: 's', title: 't', patches: [{ title: 'p' }]"), "has no function `operations`"],
    [one(`id: 'irq-latency-v3', title: 't', patches: []`), "irq-latency-v3 is there already"],
    [
      one("id: 's', title: 't', base: 'linux-7.4', patches: []"),
      "series s is on base linux-7.4, known are ",
    ],
    [
      one("id: 's', title: 't', patches: [{ title: 'p', operations: () => ({ shced: {} }) }]"),
      "patch 1 of s (p): the driver has no unit shced; did you mean sched?",
    ],
    [
      one("id: 's', title: 't', patches: [{ title: 'p', operations: () => { throw Error('x') } }]"),
      "its operations throw: x",
    ],
    [
      one(
        "id: 's', title: 't', patches: [{ title: 'p', operations: () => ({ sched: { tickWork: 1 } }) }]",
      ),
      "operation sched.tickWork is no function",
    ],
  ])("%s is refused", async (text, message) => {
    const problem = load(text);
    await expect(problem).rejects.toThrow(/^c\.yaml:1:2: BadOverlay: .*m\.mjs: /);
    await expect(problem).rejects.toThrow(message);
  });
});

describe("the config file", () => {
  it("has defaults, relative to itself", () => {
    expect(parseConfig("version: 1", "a/b.yaml")).toEqual({
      path: "a/b.yaml",
      goldens: "a/golden",
      manifest: "a/golden/manifest.yaml",
      traces: null,
      origin: null,
      overlays: [],
    });
    const { goldens, manifest } = parseConfig("version: 1\ngoldens: ../g", "a/b.yaml");
    expect([goldens, manifest]).toEqual(["g", "g/manifest.yaml"]);
  });

  it.each([
    ["", "c.yaml:1:1: WrongType"],
    ["goldens: x", "MissingKey: version"],
    ["version: 2", "1:10: UnsupportedVersion: version 2; expected 1"],
    ["version: [1]", "1:10: UnsupportedVersion"],
    ["version: 1\ngolden: x", '2:1: UnknownKey: "golden"'],
    ["version: 1\ngolden: x", "did you mean goldens?"],
    ["version: 1\ngoldens: 3", "2:10: WrongType: 3; expected a text"],
    ["version: 1\noverlays: [a, {}]", "2:15: WrongType"],
    ["version: 1\norigin: My CI", '2:9: BadValue: origin "My CI"'],
    ["version: 1\nversion: 1", "DuplicateKey"],
    ["version: 1\ngoldens: [", "YamlSyntax"],
  ])("%j is refused with %s", (text, message) => {
    expect(() => parseConfig(text, "c.yaml")).toThrow(message);
  });

  it("is named anywhere on the command line, before `--`", () => {
    expect(takeConfig(["a", "--config", "c", "b"])).toEqual({ args: ["a", "b"], config: "c" });
    expect(takeConfig(["a", "--", "--config"])).toEqual({
      args: ["a", "--", "--config"],
      config: null,
    });
    expect(() => takeConfig(["a", "--config"])).toThrow("--config: expected a file");
  });
});
