// Accepting goldens: what is shown, what is written, and that it is all or nothing.

import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseGolden } from "../../src/golden/parse.ts";
import { printGolden } from "../../src/golden/print.ts";
import { writeGolden } from "../../src/golden/store.ts";
import { acceptedGoldens, cli, goldenFile, startCli, temporaryFolder } from "./run-cli.ts";
import { probeTrace, trace, tracesFolder } from "./run-cli.ts";

/** Everything below a folder. */
const below = (dir: string): string[] => readdirSync(dir, { recursive: true }).map(String).sort();

describe("accept", () => {
  it.each([
    ["accept", ["accept"]],
    ["replay --accept", ["replay", "--accept"]],
  ])("writes with `%s`, which replay then agrees with", async (_, command) => {
    const goldens = temporaryFolder();
    const first = await cli([...command, trace, "--golden-root", goldens]);
    expect(first.code).toBe(0);
    expect(first.out).toContain("golden: new (");
    expect(first.out).toContain("golden: accepted (");
    expect(below(goldens)).toEqual(["linux-7.3", "linux-7.3/zero-cost", goldenFile]);
    const again = await cli([...command, trace, "--golden-root", goldens]);
    expect(again.out).toContain("golden: unchanged (");
    expect(again.out).not.toContain("accepted");
    expect((await cli(["replay", trace, "--golden-root", goldens])).code).toBe(0);
  });

  it("shows the typed difference before it writes", async () => {
    const { goldens, file } = await acceptedGoldens();
    const right = readFileSync(file, "utf8");
    writeFileSync(file, right.replace("error=0", "error=-62"));
    const { code, out } = await cli(["accept", trace, "--golden-root", goldens]);
    expect(code).toBe(0);
    expect(out).toContain("differs: 1 other error");
    expect(out).toContain("first divergence at ");
    expect(out.indexOf("first divergence")).toBeLessThan(out.indexOf("golden: accepted"));
    expect(readFileSync(file, "utf8")).toBe(right);
  });

  it("replaces a golden that cannot be used, and says why it cannot", async () => {
    const { goldens, file } = await acceptedGoldens();
    const right = readFileSync(file, "utf8");
    writeFileSync(file, right.replace("golden 1", "golden 0"));
    const { code, out } = await cli(["accept", trace, "--golden-root", goldens]);
    expect(code).toBe(0);
    expect(out).toMatch(/golden: cannot be used and is replaced: .*:1:26: golden format 0/);
    expect(readFileSync(file, "utf8")).toBe(right);
  });

  it.each(["true", "1", "woodpecker"])("writes nothing where CI=%s", async (CI) => {
    const { goldens, file } = await acceptedGoldens();
    const right = readFileSync(file, "utf8");
    const args = ["accept", trace, "--golden-root", goldens];
    expect((await cli(args, { env: { CI } })).code).toBe(0);
    const wrong = right.replace("error=0", "error=-62");
    writeFileSync(file, wrong);
    const { code, out } = await cli(args, { env: { CI } });
    expect(code).toBe(1);
    expect(out).toContain("differs: 1 other error");
    expect(out).toContain("golden: nothing written: CI only checks");
    expect(readFileSync(file, "utf8")).toBe(wrong);
    const missing = temporaryFolder();
    const none = await cli(["accept", trace, "--golden-root", missing], { env: { CI } });
    expect(none.code).toBe(1);
    expect(below(missing)).toEqual([]);
  });

  it("writes where CI=false", async () => {
    const goldens = temporaryFolder();
    await cli(["accept", trace, "--golden-root", goldens], { env: { CI: "false" } });
    expect(existsSync(join(goldens, goldenFile))).toBe(true);
  });

  it.each(["a read-only folder", "/proc/goldens"])(
    "is a located error in %s, and leaves nothing",
    async (place) => {
      const { goldens, file } = await acceptedGoldens();
      writeFileSync(file, readFileSync(file, "utf8").replace("error=0", "error=-62"));
      for (let dir = dirname(file); dir.startsWith(goldens); dir = dirname(dir)) {
        chmodSync(dir, 0o555);
      }
      onTestFinished(() => {
        for (const dir of below(goldens).slice(0, -1)) chmodSync(join(goldens, dir), 0o755);
        chmodSync(goldens, 0o755);
      });
      const folder = place.startsWith("/") ? place : goldens;
      const before = readFileSync(file, "utf8");
      // Root writes into read-only folders too.
      const root = process.getuid?.() === 0 ? { uid: 65534 } : {};
      const { code, out, err } = await cli(["accept", trace, "--golden-root", folder], root);
      expect(err).toMatch(/:1:1: cannot be written: (EACCES: permission denied|ENOENT: .*)\n$/);
      expect(err.startsWith(join(folder, goldenFile))).toBe(true);
      expect({ code, out }).toEqual({ code: 129, out: "" });
      expect(below(goldens)).toEqual(["linux-7.3", "linux-7.3/zero-cost", goldenFile]);
      expect(readFileSync(file, "utf8")).toBe(before);
    },
  );

  it("is a located error where a folder has the golden's name, and leaves nothing", async () => {
    const goldens = temporaryFolder();
    const dir = join(goldens, goldenFile);
    mkdirSync(join(dir, "inside"), { recursive: true });
    const { code, err } = await cli(["accept", trace, "--golden-root", goldens]);
    expect(code).toBe(129);
    expect(err).toContain(`${dir}:1:1: cannot be read: EISDIR`);
    const golden = parseGolden(
      "# panthor-replay golden 1\n# trace: t 0\n# revision: r\n# profile: p\n# seed: 0\n" +
        "[fences]\n[registers]\n[log]\n",
      "g",
    );
    expect(() => writeGolden(dir, golden)).toThrow(`${dir}:1:1: cannot be written: `);
    expect(below(dirname(dir))).toEqual(["single-job.golden", "single-job.golden/inside"]);
  });

  it("refuses two traces of one name", async () => {
    const dir = tracesFolder({ "a.yaml": trace, "b.yaml": trace });
    const goldens = temporaryFolder();
    const { code, err } = await cli(["accept", dir, "--golden-root", goldens]);
    expect(code).toBe(129);
    expect(err).toContain(`${join(dir, "b.yaml")}:1:1: DuplicateName: trace single-job is also`);
    expect(below(goldens)).toEqual([]);
  });

  it("leaves the old golden or the new one when it is killed", async () => {
    const { goldens, file } = await acceptedGoldens();
    const right = readFileSync(file, "utf8");
    const wrong = right.replace("error=0", "error=-62");
    const args = ["accept", trace, probeTrace, "--golden-root", goldens];
    const seen = new Set<string>();
    // The kills go from before the replay to behind the write, in steps of a run's length.
    const started = performance.now();
    await cli(args);
    const length = performance.now() - started;
    for (let i = 1; i <= 10; i++) {
      writeFileSync(file, wrong);
      const child = startCli(args);
      // The last one is left alone.
      const timer = setTimeout(() => i < 10 && child.kill("SIGKILL"), (length * i) / 9);
      await once(child, "close");
      clearTimeout(timer);
      const now = readFileSync(file, "utf8");
      expect(now === wrong || now === right).toBe(true);
      seen.add(now === right ? "new" : "old");
    }
    expect([...seen].sort()).toEqual(["new", "old"]);
  });

  it("never shows a reader a part of a golden", async () => {
    const { file } = await acceptedGoldens();
    // As accepted, with the command that reproduces it.
    const accepted = readFileSync(file, "utf8");
    const golden = parseGolden(accepted, file);
    const large = {
      ...golden,
      registers: Array.from({ length: 20 }, () => golden.registers).flat(),
    };
    const texts = new Set([accepted, printGolden(golden), printGolden(large)]);
    for (let i = 0; i < 20; i++) {
      const opened = readFileSync(file, "utf8");
      writeGolden(file, i % 2 === 0 ? large : golden);
      expect(texts.has(opened)).toBe(true);
      expect(texts.has(readFileSync(file, "utf8"))).toBe(true);
      expect(readdirSync(dirname(file))).toEqual(["single-job.golden"]);
    }
  });
});
