// What a recording shows of tasks that begin and end in it becomes clones, joins and sleeps.

import { describe, expect, it } from "vitest";
import { profiles } from "../../src/device/profile/index.ts";
import { usualLatencies } from "../../src/cli/replay-recording.ts";
import { recordingOf } from "../../src/recording/recording.ts";
import { readStimuli } from "../../src/stimuli/script.ts";

/** The lines of the events of a recording that is written as `time pid text`. */
function eventsOf(lines: string): string[] {
  const text = lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, us, pid, flags, event] = /^\s*(\d+) (\d+) (?:(d\.h1) )?(.*)$/.exec(line)!;
      const time = (1 + Number(us) / 1e6).toFixed(9);
      const comm = pid === "0" ? "<idle>" : pid === "9" ? "kworker/0:1" : "init";
      return `${`${comm}-${pid}`.padStart(16)} [000] ${flags ?? "....."} ${time}: ${event}`;
    });
  const recording = recordingOf(Buffer.from(`${text.join("\n")}\n`), "made");
  const usual = usualLatencies(profiles["zero-cost"]);
  const [stimuli] = readStimuli(recording, usual, "made");
  const script = stimuli.script({ startNs: 1e9, drawnOutNs: 0 });
  return [...script.slice(script.indexOf("\nevents:")).matchAll(/^ +(init-\d+ .*)$/gm)].map(
    ([, line]) => line,
  );
}

const switchTo = (prev: number, state: string, next: number): string =>
  `sched_switch: prev_comm=init prev_pid=${prev} prev_prio=120 prev_state=${state} ==> ` +
  `next_comm=init next_pid=${next} next_prio=120`;
const waking = (pid: number): string =>
  `sched_waking: comm=init pid=${pid} prio=120 target_cpu=000`;
const born = (pid: number): string =>
  `sched_wakeup_new: comm=init pid=${pid} prio=120 target_cpu=000`;
const mark = (text: string): string => `tracing_mark_write: ${text}`;

describe("tasks in a recording", () => {
  const thread = (state: string): string => `
    0 1 ${mark("TRACE START scenario=x")}
    0 1 ${mark("open renderD128 fd=3")}
    1 1 ${born(30)}
    1 1 ${switchTo(1, "S", 30)}
    1 30 ${mark("sleep 1ms begin")}
    1 30 ${switchTo(30, "S", 0)}
    1051 0 d.h1 ${waking(30)}
    1051 0 ${switchTo(0, "R", 30)}
    1051 30 ${mark("sleep 1ms end")}
    1051 30 ${waking(1)}
    1051 30 ${switchTo(30, state, 1)}
    1051 1 ${mark("close begin")}
    1051 1 ${mark("close end")}
    1051 1 ${mark("TRACE END scenario=x")}`;

  it("a thread whose end is waited for", () => {
    expect(eventsOf(thread("X"))).toEqual([
      "init-1 +0: open:",
      "init-1 +0: compute: for=232ns",
      "init-1 +0: clone: pid=30",
      "init-30 +0: sleep: for=1ms",
      "init-1 +0: join: pid=30",
      "init-1 +0: close:",
    ]);
  });

  it("a process is one by the zombie that it leaves", () => {
    expect(eventsOf(thread("Z"))).toContain("init-1 +0: clone: pid=30 process");
  });

  it("who wakes another task and goes on is not at its end", () => {
    const lines = thread("S").replace(
      `1051 1 ${mark("close begin")}`,
      `1051 30 ${mark("sleep 2us begin")}\n1053 30 ${mark("sleep 2us end")}\n$&`,
    );
    expect(eventsOf(lines).some((l) => l.includes("join"))).toBe(false);
  });

  it("a task without marks does not begin", () => {
    const lines = thread("X").replace(/^.*sleep 1ms.*\n/gm, "");
    expect(eventsOf(lines).some((l) => l.includes("clone"))).toBe(false);
  });

  it.each([
    // Slack of 50 us; an interrupt that comes before its end is taken; what is neither stays a time.
    [100, "init-1 +0: sleep: for=50us"],
    [54, "init-1 +0: sleep: for=50us"],
    [70, "init-1 +0: sleep: for=20us"],
    [350, "init-1 +0: sleep: for=300us"],
    [737, "init-1 +737us: close:"],
  ])("a pause of %i us", (us, line) => {
    const lines = eventsOf(`
      0 1 ${mark("TRACE START scenario=x")}
      0 1 ${mark("open renderD128 fd=3")}
      ${`0 1 ${switchTo(1, "R", 1)}\n`.repeat(9)}
      0 1 ${switchTo(1, "S", 0)}
      ${us} 0 d.h1 ${waking(1)}
      ${us} 0 ${switchTo(0, "R", 1)}
      ${us} 1 ${mark("close begin")}
      ${us} 1 ${mark("close end")}`);
    expect(lines[1]).toBe(line);
  });

  it("a handle that was given back is another group when it comes again", () => {
    const lines = eventsOf(`
      0 1 ${mark("TRACE START scenario=x")}
      0 1 ${mark("group 1 destroy")}
      0 1 ${mark("ioctl GROUP_DESTROY begin")}
      0 1 ${mark("ioctl GROUP_DESTROY end ret=0")}
      0 1 ${mark("ioctl GROUP_CREATE begin")}
      0 1 ${mark("ioctl GROUP_CREATE end ret=0")}
      0 1 ${mark("group handle=1 nq=1 prio=1")}
      0 1 ${mark("ioctl GROUP_GET_STATE begin")}
      0 1 ${mark("ioctl GROUP_GET_STATE end ret=0")}
      0 1 ${mark("group 1 state=0x0 fatal_queues=0x0")}`);
    expect(lines).toEqual([
      "init-1 +0: group_destroy: group=group1",
      "init-1 +0: group_create: group=group2 vm=vm1 queue={}",
      "init-1 +0: group_get_state: group=group2 state=none fatal_queues=0x0",
    ]);
  });
});
