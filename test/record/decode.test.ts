// What the scripts under scripts/record write is read as the marks of a program are: a recording
// whose marks are put into their form is the same trace, and agrees as before.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  differences,
  replayRecording,
  revisionNamed,
  type RecordingReplay,
} from "../../src/cli/replay-recording.ts";
import { recordingOf } from "../../src/recording/recording.ts";

const path = "test/fixtures/recordings/linux-7.3/02-single-job/trace.txt.gz";
const text = gunzipSync(readFileSync(path)).toString("utf8");

/** Arguments and results of each call of the recording, in order, by name. */
const calls: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  VM_CREATE: [["range=0x0", "id=1"]],
  VM_DESTROY: [["vm=1", ""]],
  BO_CREATE: [["size=0x10000 flags=0x0 vm=1", "handle=1"]],
  BO_MMAP_OFFSET: [["bo=1", ""]],
  VM_BIND: [0, 0x1000_0000].map((flags) => [
    `vm=1 async=0 n=1 flags=0x${flags.toString(16)} bo=1 offset=0x0 va=0x1000000 size=0x10000 ` +
      "nsyncs=0 f0=0x0 h0=0 p0=0 f1=0x0 h1=0 p1=0",
    "",
  ]),
  GROUP_CREATE: [["nq=1 prio=1 vm=1 ring=4096", "handle=1"]],
  GROUP_DESTROY: [["group=1", ""]],
  GROUP_GET_STATE: [["group=1", "state=0x0 fatal_queues=0x0"]],
  GROUP_SUBMIT: [
    [
      "group=1 n=1 queue=0 size=64 addr=0x1000000 nsyncs=1 f0=0x80000001 h0=1 p0=1 " +
        "f1=0x7f h1=9 p1=9",
      "",
    ],
  ],
  SYNCOBJ_CREATE: [["flags=0x0", "handle=1"]],
  SYNCOBJ_DESTROY: [["handle=1", ""]],
  SYNCOBJ_TIMELINE_WAIT: [["handle=1 point=1 until_ns=11201148815 n=1 flags=0x2", ""]],
  GEM_CLOSE: [["handle=1", ""]],
  DEV_QUERY: [
    ["type=0", ""],
    ["type=1", ""],
  ],
};

type Form = (name: string, args: string, line: string) => string[];

/** Replaces the marks of calls, and leaves all other marks out. */
function rewritten(
  entry: Form,
  exit: (name: string, ret: string, out: string) => string[],
): string {
  const seen = new Map<string, number>();
  const out: string[] = [];
  for (const line of text.split("\n")) {
    const [head, mark] = line.split("tracing_mark_write: ");
    if (mark === undefined) {
      out.push(line);
      continue;
    }
    const put = (events: string[]): void => events.forEach((e) => out.push(head + e));
    const begin = /^ioctl (\w+)(?:\(.*\))? begin/.exec(mark);
    const end = /^ioctl (\w+)(?:\(.*\))? end ret=(-?\d+)/.exec(mark);
    if (begin !== null) put(entry(begin[1], calls[begin[1]][seen.get(begin[1]) ?? 0][0], line));
    else if (end !== null) {
      const n = seen.get(end[1]) ?? 0;
      put(exit(end[1], end[2], calls[end[1]][n][1]));
      seen.set(end[1], n + 1);
    } else if (mark.startsWith("open "))
      put([...entry("OPEN", "", line), ...exit("OPEN", "0", "")]);
    else if (mark === "close begin") put(entry("CLOSE", "", line));
    else if (mark === "close end") put(exit("CLOSE", "0", ""));
  }
  return out.join("\n");
}

function replayText(changed: string): RecordingReplay {
  const recording = recordingOf(Buffer.from(changed), "changed.txt");
  return replayRecording(recording, "changed", revisionNamed("linux-7.3"));
}

describe("ioctls with their arguments", () => {
  it("as probe events of tracefs", () => {
    const r = replayText(
      rewritten(
        (name, args) => [`ioctl_${name}: (panthor_ioctl_${name}+0x4/0x120 [panthor]) ${args}`],
        (name, ret, out) => [
          `ioctl_${name}_ret: (drm_ioctl_kernel+0xa8/0x110 <- panthor_ioctl_${name}) ret=${ret} ${out}`,
        ],
      ),
    );
    expect(r.timed.text).toContain("vm_bind: vm=vm1 op=map bo=bo1 va=0x1000000 size=64KiB");
    expect(r.timed.text).toContain("group_submit: group=group1 stream=job0 signal=sync1:1");
    expect(r.timed.text).toMatch(/syncobj_timeline_wait: sync=sync1:1 for_submit timeout=10s/);
    expect(differences(r.agreement)).toBe(0);
    expect(r.stimuli.notes.filter(({ how }) => how === "not recovered")).toEqual([]);
  });

  it("as marks of bpftrace", () => {
    const named: Readonly<Record<string, string>> = { OPEN: "open renderD128", CLOSE: "close" };
    const arg = (name: string, args: string): string[] => {
      const points = args.includes("nsyncs=1") ? " i=0 signal=1:1" : "";
      const own = args.replace(/ [fhp][01]=\S+/g, "");
      const list = own === "" ? [] : [`arg ${name} i=0 ${own}`];
      return points === "" ? list : [...list, `arg ${name}${points}`];
    };
    const printk = (marks: string[]): string[] => marks.map((m) => `bpf_trace_printk: ${m}`);
    const r = replayText(
      rewritten(
        (name, args) => {
          if (name === "OPEN") return printk([named.OPEN]);
          if (name === "CLOSE") return printk(["close begin"]);
          return printk([...arg(name, args), `ioctl ${name} begin`]);
        },
        (name, ret, out) => {
          if (name === "OPEN") return [];
          if (name === "CLOSE") return printk(["close end"]);
          const results = out === "" ? [] : [`out ${name} ${out}`];
          return printk([`ioctl ${name} end ret=${ret}`, ...results]);
        },
      ),
    );
    expect(r.timed.text).toContain("group_submit: group=group1 stream=job0 signal=sync1:1");
    expect(differences(r.agreement)).toBe(0);
  });
});
