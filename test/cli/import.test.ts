// `panthor-replay import`: a recording as a trace, on the command line.

import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, temporaryFolder } from "./run-cli.ts";

const recording = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";

describe("import", () => {
  it("writes a trace that replays, says what it is and what was guessed", async () => {
    const out = join(temporaryFolder(), "from-board.yaml");
    const r = await cli(["import", recording, "-o", out]);
    expect([r.code, r.out]).toEqual([0, ""]);
    expect(r.err).toContain("note: guessed: sizes of buffers, from what is mapped");
    const text = readFileSync(out, "utf8");
    expect(text).toMatch(/^# yaml-language-server/);
    expect(text).toContain('name: "from-board"');
    expect(text).toMatch(/description: >-\n {2}Written from a recording of scenario single: /);
    expect(text).toContain("group_submit: group=group1 stream=job0 signal=sync1:1");
    const replayed = await cli(["replay", out, "--no-golden"]);
    expect([replayed.code, replayed.err]).toEqual([0, ""]);
    expect(replayed.out).toContain("jobs       1 done");
  });

  it("prints without -o, the same bytes each time", async () => {
    const [a, b] = [await cli(["import", recording]), await cli(["import", recording])];
    expect(a.code).toBe(0);
    expect(a.out).toContain('name: "02-single-job"');
    expect(a.out).toBe(b.out);
  });

  it("replaces nothing without --force, and leaves nothing half written", async () => {
    const dir = temporaryFolder();
    const out = join(dir, "mine.yaml");
    writeFileSync(out, "mine\n");
    const refused = await cli(["import", recording, "-o", out]);
    expect(refused.code).toBe(129);
    expect(refused.err).toContain(`${out}: is there already; --force replaces it`);
    expect(readFileSync(out, "utf8")).toBe("mine\n");
    expect((await cli(["import", recording, "-o", out, "--force"])).code).toBe(0);
    expect(readdirSync(dir)).toEqual(["mine.yaml"]);
    expect(readFileSync(out, "utf8")).toContain("version: 1");
  });

  it("says where what it is given is no recording", async () => {
    const trace = await cli(["import", "traces/single-job.yaml"]);
    expect([trace.code, trace.err]).toEqual([129, expect.stringContaining("is no recording")]);
    const none = await cli(["import", "nowhere.txt"]);
    expect([none.code, none.err]).toEqual([129, expect.stringContaining("no such file")]);
    const folder = join(temporaryFolder(), "missing", "x.yaml");
    expect((await cli(["import", recording, "-o", folder])).err).toContain("there is no folder");
    expect(existsSync(folder)).toBe(false);
  });

  it("cannot judge a recording without calls", async () => {
    const path = join(temporaryFolder(), "idle.txt");
    const line =
      " app-1 [000] d..2. 1.000000000: sched_switch: prev_comm=app prev_pid=1 prev_prio=120 ";
    writeFileSync(path, `${line}prev_state=S ==> next_comm=swapper/0 next_pid=0 next_prio=120\n`);
    const r = await cli(["import", path]);
    expect([r.code, r.out]).toEqual([125, ""]);
    expect(r.err).toContain("holds no calls of programs; record them with scripts/record");
  });

  it("knows a recording by its content, whatever it is called", async () => {
    const path = join(temporaryFolder(), "trace.yaml");
    copyFileSync(recording, path);
    expect((await cli(["import", path])).code).toBe(0);
  });
});
