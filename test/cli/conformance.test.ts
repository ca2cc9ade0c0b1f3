// `conformance` end to end: options, table, JSON, other folders.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cli, probeTrace, temporaryFolder } from "./run-cli.ts";

const set = "test/fixtures/recordings/linux-7.3";

interface Row {
  readonly scenario: string;
  readonly flavour: string;
  readonly error: string | null;
  readonly aspects?: Readonly<Record<string, { readonly matched: number; readonly total: number }>>;
  readonly first_difference?: {
    readonly aspect: string;
    readonly recorded: { key: string };
  } | null;
}

/** A recording set of one changed recording, and a folder with its trace. */
function changedSet(change: (text: string) => string): { recordings: string; traces: string } {
  const recordings = temporaryFolder();
  const traces = temporaryFolder();
  const index = JSON.parse(readFileSync(join(set, "index.json"), "utf8")) as {
    recordings: { folder: string }[];
  };
  index.recordings = index.recordings.filter((r) => r.folder === "01-probe");
  writeFileSync(join(recordings, "index.json"), JSON.stringify(index));
  mkdirSync(join(recordings, "01-probe"));
  const text = gunzipSync(readFileSync(join(set, "01-probe/trace.txt.gz"))).toString("utf8");
  const changed = change(text);
  expect(changed === text).toBe(false);
  writeFileSync(join(recordings, "01-probe/trace.txt.gz"), gzipSync(changed));
  copyFileSync(probeTrace, join(traces, "01-probe.yaml"));
  return { recordings, traces };
}

describe("conformance", () => {
  it("prints a table, and exits with 0 where all agree", async () => {
    const { code, out } = await cli(["conformance", "--scenario", "01", "--flavour", "base"]);
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^scenario +flavour +registers +fences +contexts +work items +request/,
    );
    expect(lines[1]).toMatch(/^01-probe +base +100 % \(107\) +100 % \(0\) +100 % \(110\) /);
  });

  it("gives JSON per scenario and flavour", async () => {
    const { code, out } = await cli(["conformance", "--scenario", "02-single-job", "--json"]);
    expect(code).toBe(0);
    const rows = JSON.parse(out) as Row[];
    expect(rows.map((r) => `${r.scenario} ${r.flavour}`)).toEqual(
      ["base", "hz1000", "mmiocost", "slowfw"].map((f) => `02-single-job ${f}`),
    );
    for (const { aspects, error, first_difference } of rows) {
      expect(error).toBeNull();
      expect(first_difference).toBeNull();
      for (const a of ["registers", "fences", "contexts", "work_items", "request_words"]) {
        const { matched, total } = aspects![a];
        expect(total).toBeGreaterThan(0);
        expect(matched).toBe(total);
      }
    }
  });

  it("judges other folders, and tells the first difference", async () => {
    const { recordings, traces } = changedSet((text) => {
      return text.replace(/^.*mmio_write: .*reg=GPU_INT_CLEAR.*\n/m, "");
    });
    const args = ["conformance", "--recordings", recordings, "--traces", traces];
    const { code, out } = await cli(args);
    expect(code).toBe(1);
    expect(out).toMatch(/^01-probe +base +99\.0 % \(106\/107\) /m);
    expect(out).toMatch(
      /^01-probe \(base\): first difference in registers, after \d+ that agree$/m,
    );
    expect(out).toMatch(/^ {2}replayed: W GPU_INT_CLEAR 0x[0-9a-f]{8} at \d+\.\d{9}$/m);
    const json = JSON.parse((await cli([...args, "--json"])).out) as Row[];
    expect(json[0].aspects!["registers"]).toEqual({ matched: 106, total: 107 });
    expect(json[0].first_difference).toMatchObject({ aspect: "registers" });
  });

  it("says which recordings have no trace, and exits with 1", async () => {
    const { recordings } = changedSet((text) => text.replace("GPU_ID", "GPU_IT"));
    const traces = temporaryFolder();
    copyFileSync(probeTrace, join(traces, "other.yaml"));
    const args = ["conformance", "--recordings", recordings, "--traces", traces];
    const { code, out } = await cli(args);
    expect(code).toBe(1);
    expect(out).toContain("01-probe (base): no trace of this scenario");
    const json = JSON.parse((await cli([...args, "--json"])).out) as Row[];
    expect(json).toEqual([expect.objectContaining({ error: "no trace of this scenario" })]);
  });

  it("says what is wrong with a recording or a trace, and judges the rest", async () => {
    const damaged = changedSet((text) => text.replace(/ \d+\.\d+: mmio_read:/, " mmio_read"));
    const one = await cli(["conformance", "--recordings", damaged.recordings]);
    expect(one.code).toBe(1);
    expect(one.out).toMatch(/01-probe \(base\): .*trace\.txt\.gz:\d+/);
    const { recordings, traces } = changedSet((text) => text.replace("GPU_ID", "GPU_IT"));
    writeFileSync(join(traces, "01-probe.yaml"), "version: 1\n");
    const two = await cli(["conformance", "--recordings", recordings, "--traces", traces]);
    expect(two.code).toBe(1);
    expect(two.out).toMatch(/01-probe \(base\): .*01-probe\.yaml:1:1: MissingKey/);
  });
});
