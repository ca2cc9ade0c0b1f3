// The recording scripts, as far as a machine without the GPU allows: syntax, and what they would do
// on a made-up tracefs.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../cli/run-cli.ts";

const script = "scripts/record/panthor-record.sh";
const bpftrace = "scripts/record/panthor-ioctls.bt";

interface FakeTracefs {
  readonly events?: readonly string[];
  readonly functions?: readonly string[];
  /** Probes that the kernel has. */
  readonly readme?: string;
}

function fake({ events = [], functions = [], readme = "" }: FakeTracefs): string {
  const dir = join(temporaryFolder(), "tracing");
  mkdirSync(join(dir, "instances"), { recursive: true });
  const files: Readonly<Record<string, string>> = {
    available_events: events.map((e) => `${e.replace("/", ":")}\n`).join(""),
    available_filter_functions: functions.map((f) => `${f} [panthor]\n`).join(""),
    README: readme,
    dynamic_events: "",
    tracing_on: "1\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

function run(args: readonly string[]): { code: number | null; out: string; err: string } {
  const r = spawnSync("sh", [script, ...args], { encoding: "utf8" });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

/** Every file and folder with its content. */
function contents(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(dir, name);
      return statSync(path).isFile() ? `${name}: ${readFileSync(path, "utf8")}` : name;
    });
}

const fences = ["init", "enable_signal", "signaled", "destroy"].map(
  (n) => `dma_fence/dma_fence_${n}`,
);

describe("panthor-record.sh", () => {
  it("is a POSIX shell script", () => {
    execFileSync("sh", ["-n", script]);
    expect(readFileSync(script, "utf8")).not.toMatch(/\[\[|\bfunction \w+ *\(|\blocal /);
  });

  it("says what it would record, what is missing and what that costs", () => {
    const dir = fake({
      events: [...fences, "gpu_scheduler/drm_sched_job", "sched/sched_switch"],
      functions: ["panthor_ioctl_group_submit", "panthor_ioctl_vm_bind"],
      readme: "\t f[:[<group>/][<event>]] <func-name>[%return] [<args>]\n",
    });
    const before = contents(dir);
    const r = run(["--tracefs", dir, "--dry-run"]);
    expect(r.code).toBe(0);
    expect(r.out).toContain("event: dma_fence/dma_fence_init\n");
    // The older name of the event that is queued for a job.
    expect(r.out).toContain("event: gpu_scheduler/drm_sched_job\n");
    expect(r.out).toMatch(
      /probe: f:panthor_replay\/ioctl_GROUP_SUBMIT panthor_ioctl_group_submit /,
    );
    expect(r.out).toMatch(/probe: f:panthor_replay\/ioctl_VM_BIND_ret \S+%return ret=/);
    expect(r.err).toMatch(/missing: rwmmio\/rwmmio_write; lacks: .*no registers to compare/);
    expect(r.err).toMatch(/missing: function panthor_ioctl_vm_create; lacks: calls of VM_CREATE/);
    const missing = r.err.split("\n").filter((l) => l.startsWith("missing: ")).length;
    expect(r.out).toContain(`nothing changed; ${missing} missing`);
    expect(contents(dir)).toEqual(before);
  });

  it("takes kprobes where there are no fprobes, and says so where there is neither", () => {
    const functions = ["panthor_ioctl_group_submit"];
    const kprobes = fake({ functions });
    writeFileSync(join(kprobes, "kprobe_events"), "");
    expect(run(["--tracefs", kprobes, "--dry-run"]).out).toMatch(
      /probe: r:panthor_replay\/ioctl_GROUP_SUBMIT_ret panthor_ioctl_group_submit ret=/,
    );
    const none = run(["--tracefs", fake({ functions }), "--dry-run"]);
    expect(none.err).toMatch(/missing: probes \(CONFIG_FPROBE_EVENTS or CONFIG_KPROBE_EVENTS\)/);
    expect(none.code).toBe(0);
  });

  it("refuses what it cannot use", () => {
    const nowhere = run(["--tracefs", "/nonexistent", "--dry-run"]);
    expect([nowhere.code, nowhere.err]).toEqual([129, expect.stringContaining("no tracefs")]);
    expect(run(["--frobnicate"])).toMatchObject({ code: 129 });
    expect(run(["-t", "soon"]).err).toContain("-t soon: expected whole seconds");
    expect(run(["-o"])).toMatchObject({ code: 129 });
    expect(run(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("usage:") });
  });

  it("puts everything back when it has to give up", () => {
    // No trace clock in there: it gives up after it has made its instance.
    const dir = fake({ events: ["sched/sched_switch"] });
    const r = run(["--tracefs", dir, "--", "true"]);
    expect(r.code).not.toBe(0);
    expect(readFileSync(join(dir, "dynamic_events"), "utf8")).toBe("");
    expect(readFileSync(join(dir, "tracing_on"), "utf8")).toBe("1\n");
  });
});

describe("panthor-ioctls.bt", () => {
  const text = readFileSync(bpftrace, "utf8");

  it("has balanced blocks, and a return for every call", () => {
    const count = (c: string): number => text.split(c).length;
    expect(count("{")).toBe(count("}"));
    expect(count("(")).toBe(count(")"));
    const probed = (kind: string): string[] =>
      [...text.matchAll(new RegExp(`^${kind}:(\\w+)`, "gm"))].map((m) => m[1]).sort();
    expect(probed("kretprobe")).toEqual(probed("kprobe").filter((f) => f !== "panthor_open"));
  });

  it("gives debugf() three values at most", () => {
    for (const [, format] of text.matchAll(/debugf\("([^"]*)"/g)) {
      expect(format.match(/%/g)?.length ?? 0, format).toBeLessThanOrEqual(3);
    }
  });

  it("names the calls that the probes of the other script name", () => {
    const names = (source: string, pattern: RegExp): string[] =>
      [...new Set([...source.matchAll(pattern)].map((m) => m[1]))].sort();
    const shell = names(readFileSync(script, "utf8"), /^([A-Z_]+)\|(?:panthor|drm)_/gm);
    const marks = names(text, /"ioctl ([A-Z_]+) begin"/g);
    const byName = new Set(["OPEN", "CLOSE", "BO_MMAP_OFFSET", "SYNCOBJ_WAIT"]);
    expect(marks).toEqual(shell.filter((name) => !byName.has(name)));
  });
});
