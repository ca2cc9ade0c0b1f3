// The gate's output for machines, from the built command line: KCIDB and SARIF by the essentials of
// their schemas, places of differences in golden and trace, and what is not promised.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GateCase } from "../../src/report/gate.ts";
import { kcidbReport } from "../../src/report/kcidb.ts";
import { sarifLog } from "../../src/report/sarif.ts";
import { type GateProject, gateProject, zeroCostGolden } from "./gate-project.ts";
import { kcidb, sarif } from "./gate-schemas.ts";
import { cli } from "./run-cli.ts";

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly message: { readonly text: string };
  readonly locations: readonly SarifLocation[];
  readonly relatedLocations?: readonly SarifLocation[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}
interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string };
    readonly region: { readonly startLine: number };
  };
}

function valid(validate: typeof kcidb, text: string): Record<string, unknown> {
  const data = JSON.parse(text) as Record<string, unknown>;
  validate(data);
  expect(validate.errors ?? []).toEqual([]);
  return data;
}

const place = ({ physicalLocation: p }: SarifLocation): string =>
  `${p.artifactLocation.uri}:${p.region.startLine}`;

/** 1-based line of the first line that has a text. */
const lineOf = (p: GateProject, file: string, part: string): number =>
  p
    .read(file)
    .split("\n")
    .findIndex((l) => l.includes(part)) + 1;

/** The golden says something else of a job's fence; a promise is not kept. */
function brokenProject(): GateProject {
  const p = gateProject();
  p.edit(zeroCostGolden, (t) => t.replace(/^(7:1 .*) by=\S+/m, "$1 by=other_work"));
  return p;
}

describe("check for machines", () => {
  it("SARIF: a result for each difference, at the line of the golden and of the trace", async () => {
    const p = brokenProject();
    const run = await cli(["check", "--format", "sarif"], { cwd: p.dir });
    expect([run.code, run.err]).toEqual([1, ""]);
    const log = valid(sarif, run.out) as { runs: { results: SarifResult[]; tool: object }[] };
    const [result, ...rest] = log.runs[0].results;
    expect(rest).toEqual([]);
    expect(result.ruleId).toBe("other-context");
    expect(log.runs[0].tool).toMatchObject({
      driver: { rules: { [result.ruleIndex]: { id: "other-context" } } },
    });
    expect(result.message.text).toContain("fence 7:1 is signalled by group_sync_upd_work");
    expect([...result.locations, ...(result.relatedLocations ?? [])].map(place)).toEqual([
      `${zeroCostGolden}:${lineOf(p, zeroCostGolden, "7:1 ")}`,
      `traces/single-job.yaml:${lineOf(p, "traces/single-job.yaml", "group_submit:")}`,
    ]);
    // The same difference of another run has the same fingerprint.
    p.edit("traces/single-job.yaml", (t) => `# one line more\n${t}`);
    const again = await cli(["check", "--format", "sarif"], { cwd: p.dir });
    const other = (JSON.parse(again.out) as typeof log).runs[0].results[0];
    expect(other.partialFingerprints).toEqual(result.partialFingerprints);
    expect(place(other.relatedLocations![0])).not.toBe(place(result.relatedLocations![0]));
  });

  it("KCIDB: checkout, build and test, with the commit of the repository", async () => {
    const p = brokenProject();
    const git = (...args: string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
        cwd: p.dir,
        encoding: "utf8",
      });
    git("init", "-q", "-b", "topic");
    git("remote", "add", "origin", "https://me:secret@example.org/x.git");
    git("commit", "-q", "--allow-empty", "-m", "x");
    writeFileSync(join(p.dir, "panthor-replay.config.yaml"), "version: 1\norigin: my_lab\n");
    const env = { GITHUB_SHA: undefined, CI_COMMIT_SHA: undefined };
    const branch = { GITHUB_REF_NAME: undefined, CI_COMMIT_REF_NAME: undefined };
    const run = await cli(["check", "--format", "kcidb"], {
      cwd: p.dir,
      env: { ...env, ...branch },
    });
    expect([run.code, run.err]).toEqual([1, ""]);
    const data = valid(kcidb, run.out);
    const checkout = `my_lab:${git("rev-parse", "HEAD").trim()}`;
    expect(data["checkouts"]).toEqual([
      {
        id: checkout,
        origin: "my_lab",
        git_commit_hash: checkout.slice("my_lab:".length),
        git_repository_url: "https://example.org/x.git",
        git_repository_branch: "topic",
        valid: true,
      },
    ]);
    expect(data["builds"]).toMatchObject([
      { id: `${checkout}/linux-7.3/zero-cost`, checkout_id: checkout, config_name: "zero-cost" },
    ]);
    expect(data["tests"]).toMatchObject([
      {
        id: `${checkout}/linux-7.3/zero-cost/single-job`,
        build_id: `${checkout}/linux-7.3/zero-cost`,
        path: "panthor_replay.single-job",
        status: "FAIL",
        misc: { verdict: "differs", differences: { "other context": 1 } },
      },
    ]);
  });

  it("GitHub annotates the line of the golden; other formats go to files of the same run", async () => {
    const p = brokenProject();
    const outputs = ["--output", "junit=gate.xml", "--output", "sarif=gate.sarif"];
    const run = await cli(["check", "--format", "github", ...outputs], { cwd: p.dir });
    expect(p.read("gate.xml")).toContain('tests="1" failures="1" errors="0"');
    valid(sarif, p.read("gate.sarif"));
    for (const [output, message] of [
      ["xml=a", "--output xml: expected one of text, json"],
      ["junit", "--output junit: expected FORMAT=FILE"],
      ["junit=/proc/none/a", "/proc/none/a:1:1: cannot be written: ENOENT"],
    ]) {
      const wrong = await cli(["check", "--output", output], { cwd: p.dir });
      expect([wrong.code, wrong.out]).toEqual([129, ""]);
      expect(wrong.err).toContain(message);
    }
    const line = lineOf(p, zeroCostGolden, "7:1 ");
    expect(run.out).toContain(`::error file=${zeroCostGolden},line=${line},title=differs`);
  });
});

describe("promises and what is not promised", () => {
  const promised = (lines: string): ((text: string) => string) => {
    return (text) => text.replace("streams:\n", `${lines}streams:\n`);
  };

  it("a promise that is not kept fails the gate with what was measured", async () => {
    const p = gateProject();
    p.edit(
      "traces/single-job.yaml",
      promised(
        "promises:\n  - fence done:1 signalled <= 2us after gpu done\n" +
          "  - fence done:1 hardirq <= 1us after gpu done\n",
      ),
    );
    const run = await cli(["check", "--format", "sarif"], { cwd: p.dir });
    expect(run.code).toBe(1);
    const log = valid(sarif, run.out) as { runs: { results: SarifResult[] }[] };
    expect(log.runs[0].results.map((r) => [r.ruleId, place(r.locations[0])])).toEqual([
      [
        "finding",
        `traces/single-job.yaml:${lineOf(p, "traces/single-job.yaml", "hardirq <= 1us")}`,
      ],
    ]);
    expect(log.runs[0].results[0].message.text).toContain(
      "fence done:1 (7:1) is hardirq 1.001 us after gpu done, by group_sync_upd_work " +
        "(gpu done +0.000 irq raised +1.001 hardirq); " +
        "promised: fence done:1 hardirq <= 1us after gpu done",
    );
  });

  it("masks are in the golden and in the verdict; one that matches nothing fails", async () => {
    const p = gateProject();
    p.edit(
      "traces/single-job.yaml",
      promised(
        'incidental:\n  - registers: R GPU.GPU_ID\n    what: value\n    reason: "any part"\n' +
          "  - fences: 7:*\n    what: time\n    reason: a promise bounds it\n",
      ),
    );
    const args = ["replay", "traces/single-job.yaml"];
    // Against the golden from before: what is declared now does not count.
    p.edit(zeroCostGolden, (t) => t.replace("R GPU.GPU_ID 0xa8670005", "R GPU.GPU_ID 0xb0000000"));
    const old = await cli(args, { cwd: p.dir });
    expect(old.code).toBe(0);
    expect(old.out).toContain(
      'not promised: value of registers "R GPU.GPU_ID" (1 entry): any part\n' +
        'not promised: time of fences "7:*" (1 entry): a promise bounds it\n' +
        "note: the trace has changed since this golden was accepted\n",
    );
    const accepted = await cli(["accept", "traces/single-job.yaml"], { cwd: p.dir });
    expect(accepted.code).toBe(0);
    const golden = p.read(zeroCostGolden);
    expect(golden).toContain('[incidental]\nvalue of registers "R GPU.GPU_ID": any part\n');
    expect(golden).toMatch(/R GPU\.GPU_ID ~\n/);
    expect(golden).toMatch(/^7:1 .* init=~ queued=~ run=~ signalled=~ /m);
    expect((await cli(["check"], { cwd: p.dir })).code).toBe(0);
    p.edit("traces/single-job.yaml", (t) => t.replace("R GPU.GPU_ID", "R GPU.GPU_IDD"));
    const typo = await cli(["check"], { cwd: p.dir });
    expect(typo.code).toBe(1);
    const line = lineOf(p, "traces/single-job.yaml", "GPU_IDD");
    expect(typo.out).toContain(
      `traces/single-job.yaml:${line}:1: value of registers "R GPU.GPU_IDD": ` +
        "declared, and matches nothing",
    );
  });
});

describe("KCIDB and SARIF of every verdict", () => {
  const verdicts = ["agrees", "no golden", "bad input", "defect"] as const;
  const cases: GateCase[] = [
    ...verdicts.map((verdict): GateCase => ({
      ...{ name: `r@1/p/a b.${verdict}`, file: "traces/a b%.yaml", golden: "/g/x.golden" },
      ...{ trace: `a b.${verdict}`, revision: "r@1", profile: "p", verdict },
      summary: verdict === "agrees" ? "" : `traces/a b%.yaml:3:7: Oops \0`,
      lines: ["traces/a b%.yaml:3:7: Oops", "x".repeat(20_000)],
    })),
    { name: "gone", file: "g", golden: "g", verdict: "obsolete", summary: "s", lines: ["l"] },
    { name: "d/t", file: "t", verdict: "unused declaration", summary: "s", lines: ["t:4:1: w"] },
  ];

  it("KCIDB tells a wanting driver from a wanting test", () => {
    const data = valid(kcidb, JSON.stringify(kcidbReport(cases, "x", null)));
    const tests = data["tests"] as { status: string; path: string }[];
    expect(tests.map((t) => t.status)).toEqual([
      "PASS",
      "ERROR",
      "ERROR",
      "ERROR",
      "MISS",
      "ERROR",
    ]);
    expect(tests[1].path).toBe("panthor_replay.a_b_no_golden");
    const ids = (data["builds"] as { id: string }[]).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("SARIF names a rule for each, and places that exist", () => {
    const log = valid(sarif, JSON.stringify(sarifLog(cases, null))) as {
      runs: { results: SarifResult[]; invocations: object[] }[];
    };
    const [{ results, invocations }] = log.runs;
    expect(invocations[0]).toMatchObject({ executionSuccessful: false });
    expect(results.map((r) => [r.ruleId, place(r.locations[0])])).toEqual([
      ["no-golden", "traces/a%20b%25.yaml:3"],
      ["bad-input", "traces/a%20b%25.yaml:3"],
      ["bad-input", "traces/a%20b%25.yaml:1"],
      ["defect", "traces/a%20b%25.yaml:3"],
      ["obsolete", "g:1"],
      ["unused-declaration", "t:4"],
    ]);
  });
});
