// The golden gate as a user runs it: a manifest, its matrix, and what fails it.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { glob } from "../../src/cli/glob.ts";
import { parseManifest, readManifest } from "../../src/cli/manifest.ts";
import { type GateCase, gateText } from "../../src/report/gate.ts";
import { githubAnnotations } from "../../src/report/github.ts";
import { escapeXml, junitXml } from "../../src/report/junit.ts";
import { ktap } from "../../src/report/ktap.ts";
import { noStyle } from "../../src/report/text.ts";
import { cli, root, temporaryFolder } from "./run-cli.ts";

const manifestText = `version: 1
rows:
  - traces: ../traces/*.yaml
    revisions: linux-7.3
    profiles: [zero-cost, rk3588]
`;

/** A project with one trace, its manifest, and its goldens accepted. */
async function project(): Promise<{ dir: string; golden: string }> {
  const dir = temporaryFolder();
  mkdirSync(join(dir, "traces"));
  mkdirSync(join(dir, "golden"));
  cpSync(join(root, "traces/single-job.yaml"), join(dir, "traces/single-job.yaml"));
  writeFileSync(join(dir, "golden/manifest.yaml"), manifestText);
  for (const profile of ["zero-cost", "rk3588"]) {
    const run = await cli(["accept", "traces", "--profile", profile], { cwd: dir });
    expect(run.err).toBe("");
  }
  return { dir, golden: join(dir, "golden/linux-7.3/zero-cost/single-job.golden") };
}

/** Every file below a folder with its content and time of change. */
function snapshot(dir: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const path = join(dir, name);
    const stat = statSync(path);
    out[name] = `${stat.mtimeMs} ${stat.isFile() ? readFileSync(path, "utf8") : ""}`;
  }
  return out;
}

describe("check", () => {
  it("passes when every golden agrees", async () => {
    const { dir } = await project();
    const run = await cli(["check"], { cwd: dir });
    expect(run).toEqual({ code: 0, out: "2 cases: 2 agrees\n", err: "" });
  });

  it("fails on a mismatch, a missing and an obsolete golden, and writes nothing", async () => {
    const { dir, golden } = await project();
    writeFileSync(golden, readFileSync(golden, "utf8").replace(" W ", " R "));
    rmSync(join(dir, "golden/linux-7.3/rk3588"), { recursive: true });
    cpSync(golden, join(dir, "golden/linux-7.3/zero-cost/gone.golden"));
    const before = snapshot(dir);
    const run = await cli(["check", "--format", "json"], { cwd: dir });
    expect(run.code).toBe(1);
    const { passes, cases } = JSON.parse(run.out) as { passes: boolean; cases: GateCase[] };
    expect(passes).toBe(false);
    expect(cases.map((c) => [c.name, c.verdict])).toEqual([
      ["linux-7.3/zero-cost/single-job", "differs"],
      ["linux-7.3/rk3588/single-job", "no golden"],
      ["linux-7.3/zero-cost/gone", "obsolete"],
    ]);
    expect(snapshot(dir)).toEqual(before);
  });

  it("an obsolete golden alone fails", async () => {
    const { dir, golden } = await project();
    cpSync(golden, join(dir, "golden/linux-7.3/zero-cost/gone.golden"));
    const run = await cli(["check", "--format", "github"], { cwd: dir });
    expect(run.code).toBe(1);
    expect(run.out).toContain("::error file=golden/linux-7.3/zero-cost/gone.golden,line=1,");
  });

  it("locates what is wrong with the manifest", async () => {
    const { dir } = await project();
    writeFileSync(
      join(dir, "golden/manifest.yaml"),
      manifestText.replace("rk3588", "rk3589").replace("revisions", "revision"),
    );
    const run = await cli(["check"], { cwd: dir });
    expect(run.code).toBe(129);
    expect(run.err).toContain('golden/manifest.yaml:4:5: UnknownKey: "revision"');
    expect(run.err).toContain("did you mean revisions?");
    expect(run.err).toContain('golden/manifest.yaml:5:27: UnknownName: profile "rk3589"');
    const missing = await cli(["check", "--manifest", "none.yaml"], { cwd: dir });
    expect(missing.code).toBe(129);
    expect(missing.err).toContain("none.yaml:1:1: cannot be read");
    const format = await cli(["check", "--format", "xml"], { cwd: dir });
    expect(format.code).toBe(129);
    expect(format.err).toContain("--format xml: expected one of text, json");
  });

  it("refuses two traces that would share a golden", async () => {
    const { dir } = await project();
    cpSync(join(dir, "traces/single-job.yaml"), join(dir, "traces/twin.yaml"));
    const run = await cli(["check"], { cwd: dir });
    expect(run.code).toBe(129);
    expect(run.err).toMatch(/manifest\.yaml:3:1: DuplicateName: traces\/twin\.yaml and/);
  });
});

describe("manifest", () => {
  it("names traces that exist, in the committed one", () => {
    const rows = readManifest(join(root, "golden/manifest.yaml"));
    expect(rows.flatMap((r) => r.traces).length).toBeGreaterThan(30);
  });

  it.each([
    ["", "1:1: WrongType"],
    ["[1]", "1:1: WrongType"],
    ["rows: []", "MissingKey: version"],
    ["version: 2\nrows: []", "1:10: UnsupportedVersion"],
    ["version: 1", "MissingKey: rows"],
    ["version: 1\nrows: []", "2:7: WrongType"],
    ["version: 1\nrows: [7]", "2:8: WrongType"],
    ["version: 1\nrows: [{}]", "2:8: MissingKey: traces"],
    ["version: 1\nrows: [{traces: 3}]", "2:17: WrongType"],
    ["version: 1\nrows: [{traces: none-*.yaml}]", "2:17: UnknownName"],
    ["version: 1\nrows: [{traces: x, revisions: linux-7.4}]", "did you mean linux-7.3"],
    ["version: 1\nrows: [{traces: x, profiles: constructor}]", "UnknownName: profile"],
    ["version: 1\nrows: [\n", "YamlSyntax"],
    ["version: 1\nrows: [{traces: *nobody}]", "nobody"],
  ])("%j is refused with %s", (text, message) => {
    expect(() => parseManifest(text, "m.yaml")).toThrow(message);
  });

  it("patterns match names, single characters and folders", () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, "a/b"), { recursive: true });
    for (const name of ["a/1.yaml", "a/2.yaml", "a/b/3.yaml", "a/x.yml", "a/.4.yaml"]) {
      writeFileSync(join(dir, name), "");
    }
    const names = (pattern: string): string[] =>
      glob(dir, pattern).map((p) => p.slice(dir.length + 1));
    expect(names("a/*.yaml")).toEqual(["a/1.yaml", "a/2.yaml"]);
    expect(names("a/?.y?ml")).toEqual(["a/1.yaml", "a/2.yaml"]);
    expect(names("**/*.yaml")).toEqual(["a/1.yaml", "a/2.yaml", "a/b/3.yaml"]);
    expect(names("a/1.yaml")).toEqual(["a/1.yaml"]);
    expect(names("nowhere/*.yaml")).toEqual([]);
  });
});

describe("formats", () => {
  const cases: GateCase[] = [
    { name: "r@1/p/good", file: "good.yaml", verdict: "agrees", summary: "", lines: [] },
    {
      name: "r@1/p/bad",
      file: "b,a:d.yaml",
      verdict: "differs",
      summary: '1 < 2 & "3" 100%',
      lines: ["one\u0007", "two]]>"],
    },
    { name: "r@1/q/odd", file: "o", verdict: "defect", summary: "s", lines: ["x\ny"] },
  ];

  it("JUnit counts failures and errors apart and escapes", () => {
    expect(junitXml(cases)).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="panthor-replay" tests="3" failures="1" errors="1" skipped="0">',
      '  <testsuite name="r@1/p" tests="2" failures="1" errors="0" skipped="0">',
      '    <testcase classname="r@1/p" name="good" file="good.yaml"/>',
      '    <testcase classname="r@1/p" name="bad" file="b,a:d.yaml">',
      '      <failure type="differs" message="1 &lt; 2 &amp; &quot;3&quot; 100%">' +
        "one\ufffd\ntwo]]&gt;</failure>",
      "    </testcase>",
      "  </testsuite>",
      '  <testsuite name="r@1/q" tests="1" failures="0" errors="1" skipped="0">',
      '    <testcase classname="r@1/q" name="odd" file="o">',
      '      <error type="defect" message="s">x\ny</error>',
      "    </testcase>",
      "  </testsuite>",
      "</testsuites>",
    ]);
    expect(escapeXml("a\nb")).toBe("a&#10;b");
    expect(escapeXml("\ud800 \u{1f600}")).toBe("\ufffd \u{1f600}");
  });

  it("KTAP numbers its results and keeps reports in diagnostics", () => {
    expect(ktap(cases)).toEqual([
      "KTAP version 1",
      "1..3",
      "ok 1 r@1/p/good",
      "# one\u0007",
      "# two]]>",
      "not ok 2 r@1/p/bad: differs",
      "# x",
      "# y",
      "not ok 3 r@1/q/odd: defect",
      "# 3 cases: 1 agrees, 1 differs, 1 defect",
    ]);
  });

  it("GitHub commands escape their properties and text", () => {
    expect(githubAnnotations(cases)[0]).toBe(
      "::error file=b%2Ca%3Ad.yaml,line=1,title=differs%3A r@1/p/bad::" +
        '1 < 2 & "3" 100%25%0Aone\u0007%0Atwo]]>',
    );
  });

  it("text ends with one line for each case that fails, and counts", () => {
    expect(gateText(cases, noStyle).slice(-3)).toEqual([
      'differs    r@1/p/bad: 1 < 2 & "3" 100%',
      "defect     r@1/q/odd: s",
      "3 cases: 1 agrees, 1 differs, 1 defect",
    ]);
  });
});
