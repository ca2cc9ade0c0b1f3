// `export` of the built command line: whole files or none, the same bytes every time.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPerfetto, readVcd } from "../export/readers.ts";
import { cli, temporaryFolder, trace } from "./run-cli.ts";

const recording = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";

describe("export", () => {
  it("writes a Perfetto trace to a file, the same every time", async () => {
    const dir = temporaryFolder();
    const files = ["a", "b"].map((name) => join(dir, name));
    for (const file of files) {
      const { code, out, err } = await cli(["export", trace, "--to", "perfetto", "-o", file]);
      expect({ code, out, err }).toEqual({ code: 0, out: "", err: "" });
    }
    const [a, b] = files.map((file) => readFileSync(file));
    expect(a.equals(b)).toBe(true);
    expect(readPerfetto(a).events.length).toBeGreaterThan(500);
    expect(readdirSync(dir).sort()).toEqual(["a", "b"]);
  });

  it("writes to standard output", async () => {
    const vcd = await cli(["export", recording, "--to", "vcd"]);
    expect(vcd.code).toBe(0);
    expect(readVcd(vcd.out).changes.length).toBeGreaterThan(100);
    const csv = await cli(["export", recording, "--to", "csv"]);
    expect(csv.out).toMatch(/^n,time_ns,cpu,task,pid,context,cause,event,fence,register,value,/);
    const jsonl = await cli(["export", trace, "--to", "jsonl"]);
    for (const line of jsonl.out.trimEnd().split("\n").slice(0, 50)) JSON.parse(line);
    const chrome = await cli(["export", trace, "--to", "chrome"]);
    expect(JSON.parse(chrome.out)).toHaveProperty("traceEvents");
  });

  it("takes a revision and a profile", async () => {
    const at = await cli(["export", `${trace}@irq-latency-v3/rk3588`, "--to", "csv"]);
    const options = ["--revision", "irq-latency-v3", "--profile", "rk3588"];
    const given = await cli(["export", trace, "--to", "csv", ...options]);
    expect(at.code).toBe(0);
    expect(at.out).toBe(given.out);
    expect(at.out).not.toBe((await cli(["export", trace, "--to", "csv"])).out);
  });

  it("leaves the old file where it cannot write a whole new one", async () => {
    const dir = temporaryFolder();
    const file = join(dir, "out.csv");
    writeFileSync(file, "old");
    const cut = join(dir, "cut.dat");
    const whole = readFileSync("test/fixtures/samples/gpu/fences-k7.2/fences-run1.dat");
    writeFileSync(cut, whole.subarray(0, whole.length >> 1));
    const broken = await cli(["export", cut, "--to", "csv", "-o", file]);
    expect(broken.code).toBe(129);
    expect(broken.err).toMatch(/cut\.dat: byte 0x/);
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(dir).sort()).toEqual(["cut.dat", "out.csv"]);
    const nowhere = await cli(["export", trace, "--to", "csv", "-o", join(dir, "none", "x")]);
    expect(nowhere.code).toBe(129);
    expect(nowhere.err).toMatch(/none\/x: cannot be written: ENOENT/);
  });

  it.each([
    [["export", trace, "--to", "perfeto"], /expected one of .*; did you mean perfetto\?/],
    [["export", "none.yaml", "--to", "csv"], /none\.yaml: no such file/],
    [["export", trace], /--to/],
  ])("refuses %s", async (args, message) => {
    const { code, err, out } = await cli(args);
    expect(code).toBe(129);
    expect(err + out).toMatch(message);
  });
});
