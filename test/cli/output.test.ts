// The output is the same wherever it is made: several traces, folders, streams, environments.

import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { acceptedGoldens, cli, probeTrace, root, startCli, temporaryFolder } from "./run-cli.ts";
import { trace, tracesFolder } from "./run-cli.ts";

const smallTraces = {
  "b/single-job.yaml": trace,
  "a.yaml": probeTrace,
  "c/03d.yml": "traces/03d-empty-stream.yaml",
  "c/notes.txt": "LICENSE",
};
const escape = "\u001b";

describe("several traces", () => {
  it("in parallel give what they give one by one, in a fixed order", async () => {
    const dir = tracesFolder(smallTraces);
    const together = await cli(["replay", "--no-golden", "--timeline", "all", dir]);
    expect(together.code).toBe(0);
    const alone: string[] = [];
    for (const name of ["a.yaml", "b/single-job.yaml", "c/03d.yml"]) {
      const path = join(dir, name);
      alone.push((await cli(["replay", "--no-golden", "--timeline", "all", path])).out);
    }
    expect(together.out).toBe(`${alone.join("\n")}\n3 traces: 3 not compared\n`);
    const json = await cli(["replay", "--no-golden", "--json", dir]);
    const one = await cli(["replay", "--no-golden", "--json", join(dir, "a.yaml")]);
    const list = JSON.parse(json.out) as unknown[];
    expect(list).toHaveLength(3);
    expect(list[0]).toEqual(JSON.parse(one.out));
  });

  it("named twice are replayed once", async () => {
    const dir = tracesFolder(smallTraces);
    const args = ["replay", "--no-golden", join(dir, "a.yaml"), dir, join(dir, "a.yaml")];
    const { out } = await cli(args);
    expect(out).toContain("3 traces: 3 not compared");
  });

  it("exit with the gravest code", async () => {
    const { goldens } = await acceptedGoldens();
    const { code, out } = await cli(["replay", trace, probeTrace, "--golden-root", goldens]);
    expect(out).toContain("2 traces: 1 agrees, 1 no golden");
    expect(code).toBe(1);
  });
});

describe("output", () => {
  it("is the same in another folder, locale, time zone, terminal width", async () => {
    const { goldens } = await acceptedGoldens();
    const args = ["replay", join(root, trace), "--golden-root", goldens, "--timeline", "all"];
    const plain = await cli(args);
    expect(plain.code).toBe(0);
    const dir = join(temporaryFolder(), "with space");
    mkdirSync(dir);
    const others = await Promise.all([
      cli(args, { cwd: dir }),
      cli(args, { env: { LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" } }),
      cli(args, { env: { TZ: "Pacific/Chatham", LANG: "C" } }),
      cli(args, { env: { COLUMNS: "20", LINES: "5", TERM: "dumb" } }),
    ]);
    for (const other of others) expect(other).toEqual(plain);
  });

  it("has no escape codes where it is not read by a person", async () => {
    const { goldens } = await acceptedGoldens();
    const env = { TERM: "xterm-256color", FORCE_COLOR: "1", COLORTERM: "truecolor" };
    const runs = await Promise.all(
      [
        ["replay", trace, "--golden-root", goldens],
        ["replay", trace, probeTrace, "--no-golden"],
        ["replay", "test/fixtures/malformed/event-unknown.yaml"],
        ["replay", trace, "--golden-root", "none"],
        ["--help"],
        ["replay", "--help"],
        ["replay", "--seed"],
        ["conformance", "--scenario", "01"],
      ].map((args) => cli(args, { env })),
    );
    for (const { out, err } of runs) {
      expect(out + err).not.toBe("");
      expect(out).not.toContain(escape);
      expect(err).not.toContain(escape);
    }
  });

  const script = spawnSync("script", ["--version"]).status === 0;
  it.skipIf(!script)("has colour and progress on a terminal, without NO_COLOR", async () => {
    const dir = tracesFolder(smallTraces);
    const onTerminal = (args: string[], env: Record<string, string>): string => {
      const command = [process.execPath, inject("cli"), ...args].map((a) => `'${a}'`).join(" ");
      const rest = { ...process.env };
      delete rest["CI"];
      delete rest["NO_COLOR"];
      return execFileSync("script", ["-qec", command, "/dev/null"], {
        cwd: root,
        env: { ...rest, TERM: "xterm", ...env },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    };
    const coloured = onTerminal(["replay", "--no-golden", dir], {});
    expect(coloured).toContain(`${escape}[1msingle-job${escape}[22m`);
    expect(coloured).toMatch(/\r\u001b\[2K3\/3 /);
    const plain = onTerminal(["replay", "--no-golden", dir], { NO_COLOR: "1" });
    expect(plain).not.toContain(`${escape}[1m`);
    expect(plain).toMatch(/\r\u001b\[2K3\/3 /);
    const ci = onTerminal(["replay", "--no-golden", dir], { NO_COLOR: "1", CI: "true" });
    expect(ci).not.toContain(escape);
  });

  it("may have a reader that stops early", async () => {
    const child = startCli(["replay", "--no-golden", "--timeline", "all", trace, probeTrace]);
    let err = "";
    child.stderr!.on("data", (b: Buffer) => (err += String(b)));
    child.stdout!.once("data", () => child.stdout!.destroy());
    const [code] = (await once(child, "close")) as [number];
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const piped = execFileSync(
      "bash",
      [
        "-c",
        `set -o pipefail; "$0" "$1" replay --no-golden --timeline all ${trace} | head -1`,
      ].concat(process.execPath, inject("cli")),
      { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    );
    expect(piped).toBe("single-job  linux-7.3  zero-cost  seed 0\n");
  });

  it("says how to use it", async () => {
    const { code, out } = await cli(["--help"]);
    expect(code).toBe(0);
    for (const word of ["replay", "accept", "conformance", "--revision", "--golden-root"]) {
      expect(out).toContain(word);
    }
  });
});
