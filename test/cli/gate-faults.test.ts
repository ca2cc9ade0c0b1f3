// What happens to goldens when things go wrong while they are written: killed processes, a full
// disk, folders that take no files, writers beside each other. Old or new, never half, nothing lost.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import fc from "fast-check";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { type GateProject, gateProject, zeroCostGolden } from "./gate-project.ts";
import { cli, root, startCli, temporaryFolder } from "./run-cli.ts";

/** A seeded list of whole numbers below `max`. */
const seeded = (seed: number, count: number, max: number): number[] =>
  fc.sample(fc.nat(max - 1), { seed, numRuns: count });

const isTemporary = (name: string): boolean => name.endsWith(".tmp");

/** `src/golden/store.ts` as a program that writes goldens without end: FOLDER TEXT... */
async function writerProgram(dir: string): Promise<string> {
  const program = join(dir, "writer.mjs");
  await build({
    stdin: {
      contents: `
        import { writeFileAtomic } from "./src/golden/store.ts";
        const [folder, ...marks] = process.argv.slice(2);
        for (let i = 0; ; i++) {
          const text = (marks[i % marks.length] + "\\n").repeat(20000);
          for (let n = 0; n < 3; n++) writeFileAtomic(folder + "/g" + n + ".golden", text);
          if (i === 0) process.stdout.write("all are there\\n");
        }`,
      resolveDir: root,
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: program,
    // The YAML reader that comes along is CommonJS.
    banner: {
      js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);',
    },
  });
  return program;
}

function startWriter(program: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

/** True for what one of the writers has written as a whole. */
function isWhole(text: string, marks: readonly string[]): boolean {
  return marks.some((mark) => text === `${mark}\n`.repeat(20000));
}

/** Kills a process after a time, unless it has ended by then. */
async function kill(child: ChildProcess, afterMs: number): Promise<void> {
  const closed = once(child, "close");
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
  await closed;
  clearTimeout(timer);
}

describe("a writer that is killed", () => {
  it("leaves every golden whole, and leftovers that the next writer removes", async () => {
    const dir = temporaryFolder();
    const program = await writerProgram(dir);
    const folder = join(dir, "goldens");
    mkdirSync(folder);
    const marks = ["old", "the new one"];
    let leftovers = 0;
    for (const ms of seeded(7, 12, 40)) {
      const child = startWriter(program, folder, ...marks);
      await once(child.stdout!, "data");
      await kill(child, 15 + ms);
      for (const name of ["g0.golden", "g1.golden", "g2.golden"]) {
        expect(isWhole(readFileSync(join(folder, name), "utf8"), marks)).toBe(true);
      }
      leftovers += temporaryFiles(folder);
    }
    // The kills did hit writes; what they left does not pile up.
    expect(leftovers).toBeGreaterThan(0);
    expect(temporaryFiles(folder)).toBeLessThanOrEqual(1);
  });

  it("and another that writes the same files never make a half one", async () => {
    const dir = temporaryFolder();
    const program = await writerProgram(dir);
    const folder = join(dir, "goldens");
    mkdirSync(folder);
    const marks = ["first", "the second one"];
    const writers = marks.map((mark) => startWriter(program, folder, mark));
    const seen = new Set<string>();
    try {
      await Promise.all(writers.map((w) => once(w.stdout!, "data")));
      const started = performance.now();
      // A slow machine may let one of them wait for long.
      const patience = (): number => (seen.size < 2 ? 20_000 : 600);
      while (performance.now() - started < patience()) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        const text = readFileSync(join(folder, "g0.golden"), "utf8");
        expect(isWhole(text, marks)).toBe(true);
        seen.add(text.slice(0, 5));
      }
      // Both were at work and neither stopped at the other's temporary files.
      expect(writers.map((w) => w.exitCode)).toEqual([null, null]);
    } finally {
      for (const w of writers) await kill(w, 0);
    }
    expect(seen.size).toBe(2);
  });
});

function temporaryFiles(folder: string): number {
  return execFileSync("ls", ["-A", folder], { encoding: "utf8" }).split("\n").filter(isTemporary)
    .length;
}

/** A project with `count` traces besides its own, whose goldens differ where there are any. */
function manyTraces(count: number): { project: GateProject; names: string[] } {
  const project = gateProject();
  const trace = project.read("traces/single-job.yaml");
  const names = Array.from({ length: count }, (_, i) => `job-${i}`);
  for (const name of names) {
    project.write(`traces/${name}.yaml`, trace.replace("name: single-job", `name: ${name}`));
  }
  return { project, names: ["single-job", ...names] };
}

describe("accept of many goldens", () => {
  const goldenOf = (name: string): string => `golden/linux-7.3/zero-cost/${name}.golden`;

  it("killed at any point leaves each old or new; the next one finishes the work", async () => {
    const { project, names } = manyTraces(2);
    const started = performance.now();
    const first = await cli(["accept", "traces"], { cwd: project.dir });
    const length = performance.now() - started;
    expect(first.err).toBe("");
    const right = names.map((name) => project.read(goldenOf(name)));
    const wrong = right.map((text) => text.replace("error=0", "error=-62"));
    for (const share of seeded(11, 3, 60)) {
      names.forEach((name, i) => project.write(goldenOf(name), wrong[i]));
      const child = startCli(["accept", "traces"], { cwd: project.dir });
      await kill(child, (length * (40 + share)) / 100);
      names.forEach((name, i) => {
        const now = project.read(goldenOf(name));
        expect(now === right[i] || now === wrong[i]).toBe(true);
      });
    }
    // Leftovers of a killed process are no goldens, and do not stay.
    const host = hostname().replace(/[^A-Za-z0-9-]/g, "_");
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const leftover = `.job-0.golden.${host}.${pid}.${randomUUID()}.tmp`;
    project.write(`golden/linux-7.3/zero-cost/${leftover}`, "half");
    names.forEach((name, i) => project.write(goldenOf(name), wrong[i]));
    const again = await cli(["accept", "traces"], { cwd: project.dir });
    expect([again.code, again.err]).toEqual([0, ""]);
    expect(names.map((name) => project.read(goldenOf(name)))).toEqual(right);
    expect(project.files("golden").filter(isTemporary)).toEqual([]);
    const check = await cli(["check"], { cwd: project.dir });
    expect(check).toEqual({ code: 0, out: "3 cases: 3 agrees\n", err: "" });
  });

  it("twice at once: both succeed and the goldens are whole", async () => {
    const { project, names } = manyTraces(1);
    project.edit(zeroCostGolden, (t) => t.replace("error=0", "error=-62"));
    const both = [0, 1].map(() => cli(["accept", "traces"], { cwd: project.dir }));
    for (const run of await Promise.all(both)) expect([run.code, run.err]).toEqual([0, ""]);
    const goldens = names.map((name) => `${name}.golden`);
    expect(project.files("golden")).toEqual([...goldens, "manifest.yaml"].sort());
    expect((await cli(["check"], { cwd: project.dir })).code).toBe(0);
  });

  it("into a folder that takes no files: located, non-zero, and the others are written", async () => {
    const { project } = manyTraces(1);
    // A file where the folder of a profile should be stands for any place that cannot be written.
    project.write("golden/linux-7.3/rk3588", "in the way");
    const blocked = await cli(["accept", "traces", "--profile", "rk3588"], { cwd: project.dir });
    expect(blocked.code).toBe(129);
    const problem = /golden\/linux-7\.3\/rk3588\/\S+\.golden:1:1: cannot be (read|written): \S+/g;
    expect(blocked.err.match(problem)).toHaveLength(2);
    expect(project.read("golden/linux-7.3/rk3588")).toBe("in the way");
    project.edit(zeroCostGolden, (t) => t.replace("error=0", "error=-62"));
    const before = project.read(zeroCostGolden);
    chmodSync(join(project.dir, "golden/linux-7.3/zero-cost"), 0o555);
    onTestFinished(() => chmodSync(join(project.dir, "golden/linux-7.3/zero-cost"), 0o755));
    // Root writes into read-only folders too.
    const user = process.getuid?.() === 0 ? { uid: 65534 } : {};
    const readOnly = await cli(["accept", "traces"], { cwd: project.dir, ...user });
    expect(readOnly.code).toBe(129);
    expect(readOnly.err).toContain(`${zeroCostGolden}:1:1: cannot be written: EACCES`);
    expect(project.read(zeroCostGolden)).toBe(before);
  });
});

describe("a full disk", () => {
  it("while accepting: located, non-zero, the old golden stays, nothing is left over", async () => {
    const project = gateProject();
    project.edit(zeroCostGolden, (t) => t.replace("error=0", "error=-62"));
    const before = project.read(zeroCostGolden);
    // A limit on the size of files stands for the full disk: the write fails half way.
    const script = `ulimit -f 16; exec "$0" "$@"`;
    const args = [process.execPath, inject("cli"), "accept", "traces/single-job.yaml"];
    const env = { ...process.env, NO_COLOR: "1" };
    delete (env as NodeJS.ProcessEnv)["CI"];
    const run = spawnSync("bash", ["-c", script, ...args], {
      cwd: project.dir,
      env,
      encoding: "utf8",
    });
    expect(run.stderr).toBe(`${zeroCostGolden}:1:1: cannot be written: EFBIG: file too large\n`);
    expect(run.status).toBe(129);
    expect(project.read(zeroCostGolden)).toBe(before);
    expect(project.files("golden")).toEqual(["manifest.yaml", "single-job.golden"]);
  });

  it("that is one (a small tmpfs): the same", async (context) => {
    const mounted = temporaryMount();
    if (mounted === null) return context.skip("mounting is not permitted");
    const { dir, unmount } = mounted;
    onTestFinished(unmount);
    const project = gateProject();
    const golden = join(dir, "linux-7.3/zero-cost/single-job.golden");
    mkdirSync(join(dir, "linux-7.3/zero-cost"), { recursive: true });
    const wrong = project.read(zeroCostGolden).replace("error=0", "error=-62");
    writeFileSync(golden, wrong);
    writeFileSync(join(dir, "ballast"), Buffer.alloc(64 * 1024 - 4096 * 10));
    const args = ["accept", "traces/single-job.yaml", "--golden-root", dir];
    const full = await cli(args, { cwd: project.dir });
    expect(full.err).toBe(`${golden}:1:1: cannot be written: ENOSPC: no space left on device\n`);
    expect(full.code).toBe(129);
    expect(readFileSync(golden, "utf8")).toBe(wrong);
    expect(execFileSync("ls", ["-A", join(dir, "linux-7.3/zero-cost")], { encoding: "utf8" })).toBe(
      "single-job.golden\n",
    );
    writeFileSync(join(dir, "ballast"), "");
    expect((await cli(args, { cwd: project.dir })).code).toBe(0);
    expect(readFileSync(golden, "utf8")).toBe(project.read(zeroCostGolden));
  });
});

/** A file system of 64 KiB, null where mounting is not permitted. */
function temporaryMount(): { dir: string; unmount: () => void } | null {
  if (process.getuid?.() !== 0) return null;
  const dir = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "panthor-replay", dir]);
  if (mount.status === 0) {
    return {
      dir,
      unmount: () => {
        spawnSync("umount", [dir]);
        spawnSync("rmdir", [dir]);
      },
    };
  }
  execFileSync("rmdir", [dir]);
  return null;
}
