// Tasks of traces as user tasks: order, times, names, expectations, what the driver is asked.

import { describe, expect, test } from "vitest";
import { ENODEV } from "../../../src/machine/errno.ts";
import { TraceRunError } from "../../../src/replay/user/env.ts";
import { K } from "../../../src/timeline/kinds.ts";
import { runTrace, type FakeRun } from "./fake-kernel.ts";

const names = (r: FakeRun): string[] => r.kernel.calls.map((c) => c.name);
const argsOf = (r: FakeRun, name: string) =>
  r.kernel.calls.filter((c) => c.name === name).map((c) => c.args);
const marks = (r: FakeRun): string[] => {
  const { rec } = r.m;
  return Array.from({ length: rec.length }, (_, i) => i)
    .filter((i) => rec.kind(i) === K.user_mark)
    .map((i) => rec.field(i, "text") as string);
};

describe("time", () => {
  test("an event starts at its time, or when the previous one returned", () => {
    const r = runTrace(`
start: 1s
events: |
  a-1 1.5: plug:
  a-1 1.2: set_profiling: mask=1
  a-1 +3ms: set_profiling: mask=2
  a-1 +0: compute: for=7us
  a-1 +1us: set_profiling: mask=3
`);
    expect(r.run.finished).toBe(true);
    const [plug, first, second, third] = r.kernel.calls.map((c) => c.time);
    expect([plug, first]).toEqual([1_500_000_000, 1_500_000_000]);
    expect(second).toBe(1_503_000_000);
    expect(third).toBe(1_503_008_000);
  });

  test("sleep has the slack of a user task, a timestamp has none", () => {
    const r = runTrace(`
start: 1s
events: |
  a-1 +0: sleep: for=20ms
  a-1 +0: plug:
`);
    const [plug] = r.kernel.calls;
    expect(plug.time).toBe(1_020_050_000);
    expect(marks(r).slice(0, 2)).toEqual(["sleep 20ms begin", "sleep 20ms end"]);
  });

  test("a relative timeout reads the clock and becomes an absolute one", () => {
    const r = runTrace(
      `
start: 1s
events: |
  a-1 +0: open:
  a-1 +0: syncobj_create: sync=s
  a-1 +0: syncobj_timeline_wait: sync=s:5 for_submit timeout=10s
  a-1 +0: syncobj_wait: sync=s
  a-1 +0: syncobj_timeline_wait: sync=s:6 deadline=3s all available
`,
      {},
      256,
    );
    const [relative] = argsOf(r, "SYNCOBJ_TIMELINE_WAIT");
    expect(relative).toMatchObject({ handles: [1], points: [5], flags: 2 });
    expect(relative.timeoutNsec).toBe(1_000_000_256 + 10e9);
    expect(argsOf(r, "SYNCOBJ_WAIT")[0]).toMatchObject({ timeoutNsec: 0, flags: 0 });
    const absolute = { timeoutNsec: 3e9, flags: 5 };
    expect(argsOf(r, "SYNCOBJ_TIMELINE_WAIT")[1]).toMatchObject(absolute);
    expect(r.m.now).toBe(1_000_000_256);
  });
});

describe("tasks", () => {
  test("two tasks interleave, and preparation of all comes first", () => {
    const r = runTrace(`
start: 1s
cpus: 2
setup: |
  a-1 +2ms: plug:
  b-2 [001] +5ms: set_profiling: mask=1
events: |
  a-1 +0: set_profiling: mask=2
  b-2 +1ms: set_profiling: mask=3
  a-1 +2ms: unbind:
`);
    expect(r.kernel.calls.map((c) => [c.name, c.pid, c.time / 1e6])).toEqual([
      ["plug", 1, 1002],
      ["setProfiling", 2, 1005],
      ["setProfiling", 1, 1005],
      ["setProfiling", 2, 1006],
      ["unbind", 1, 1007],
    ]);
    expect(r.run.finished).toBe(true);
    const { from, to } = r.run.recorded;
    expect(to).toBe(Infinity);
    expect(r.m.rec.time(from)).toBeGreaterThanOrEqual(1_005_000_000);
  });

  test("a cloned task begins where it is cloned, and its times count from there", () => {
    const r = runTrace(
      `
start: 1s
events: |
  a-1 +5ms: clone: pid=2
  b-2 +1ms: set_profiling: mask=2
  a-1 +0: set_profiling: mask=1
  b-2 +2ms: unbind:
`,
      {},
      256,
    );
    // copy_process() reads the clock three times.
    expect(r.kernel.calls.map((c) => [c.name, c.pid, c.time])).toEqual([
      ["setProfiling", 1, 1_005_000_768],
      ["setProfiling", 2, 1_006_000_768],
      ["unbind", 2, 1_008_000_768],
    ]);
    expect(r.run.finished).toBe(true);
    // do_exit(): the task's memory goes after a grace period.
    expect(r.freed).toBe(1);
  });

  test.each([
    // The thread tells of its end, and then looks at the clock; a process is looked at by others.
    ["thread", "", 1_007_000_768, 1_007_001_024],
    ["process", " process", 1_007_000_768, 1_007_000_768],
  ])("a task waits for the end of a %s", (_, how, wokenNs, goneNs) => {
    const r = runTrace(
      `
start: 1s
events: |
  a-1 +5ms: clone: pid=2${how}
  a-1 +0: join: pid=2
  a-1 +0: set_profiling: mask=1
  b-2 +2ms: set_profiling: mask=2
`,
      {},
      256,
    );
    const { rec } = r.m;
    const entries = Array.from({ length: rec.length }, (_, i) => i);
    const woken = entries.find(
      (i) => rec.kind(i) === K.sched_waking && rec.field(i, "pid") === 1 && rec.time(i) > 1.006e9,
    )!;
    const gone = entries.findLast(
      (i) => rec.kind(i) === K.sched_switch && rec.field(i, "prev_pid") === 2,
    )!;
    expect([rec.time(woken), rec.time(gone)]).toEqual([wokenNs, goneNs]);
    expect(r.kernel.calls.map((c) => [c.name, c.pid, c.time])).toEqual([
      ["setProfiling", 2, 1_007_000_768],
      ["setProfiling", 1, goneNs],
    ]);
    expect(r.run.finished).toBe(true);
  });

  test("a task that has ended is not waited for", () => {
    const r = runTrace(`
start: 1s
events: |
  a-1 +5ms: clone: pid=2
  b-2 +0: set_profiling: mask=2
  a-1 +5ms: join: pid=2
  a-1 +0: set_profiling: mask=1
`);
    expect(r.kernel.calls.map((c) => [c.pid, c.time])).toEqual([
      [2, 1_005_000_000],
      [1, 1_010_000_000],
    ]);
  });

  test("record_start and record_stop bound the timeline", () => {
    const r = runTrace(`
events: |
  a-1 +0: mark: text=before
  a-1 +0: record_start:
  a-1 +0: mark: text="in between"
  a-1 +0: record_stop:
  a-1 +0: mark: text=after
`);
    const { from, to } = r.run.recorded;
    expect(to - from).toBe(1);
    expect(r.m.rec.field(from, "text")).toBe("in between");
  });

  test("the device's own events happen at their times", () => {
    const r = runTrace(`
start: 1s
faults: |
  irq_lost: line=job count=2
events: |
  device 1.5: as_stuck: mask=0x2
  a-1 1.7: fw_dead:
  device +1ms: alloc_fail: nth=3
  a-1 +1s: plug:
`);
    expect(r.injections).toEqual([
      { injection: { kind: "lose-irq", line: "job", count: 2 }, time: 1e9 },
      { injection: { kind: "as-stuck", mask: 2 }, time: 1.5e9 },
      { injection: { kind: "fw-dead" }, time: 1.7e9 },
    ]);
    expect(argsOf(r, "failAllocations")).toEqual([{ nth: 3, count: 1 }]);
    expect(r.kernel.calls[0].time).toBe(1.501e9);
  });
});

describe("objects", () => {
  const prepared = `
streams:
  a: |
    run 100us
    move48 d0, heap0.context
    fault cs 0x58
  b: run 5us
events: |
  a-1 +0: open:
  a-1 +0: vm_create: vm=vm0
  a-1 +0: tiler_heap_create: heap=heap0 vm=vm0
  a-1 +0: bo_create: bo=cs size=64KiB vm=vm0 flags=wb_mmap
  a-1 +0: bo_mmap_offset: bo=cs
  a-1 +0: bo_write: bo=cs offset=0x200 stream=a
  a-1 +0: bo_write: bo=cs offset=0x1000 stream=b
  a-1 +0: vm_bind: vm=vm0 op=map bo=cs offset=0x100 va=0x1000000 size=32KiB
  a-1 +0: group_create: group=g vm=vm0 queue={} queue={priority=3 ring=64KiB} priority=high
  a-1 +0: syncobj_create: sync=s
`;
  const answers = {
    TILER_HEAP_CREATE: (args: Record<string, unknown>): number => {
      args.tilerHeapCtxGpuVa = 0x8000_0000_3000;
      return 0;
    },
    BO_MMAP_OFFSET: (args: Record<string, unknown>): number => {
      args.offset = 0x10000;
      return 0;
    },
  };

  test("names become handles, streams become words, jobs find their streams", () => {
    const r = runTrace(
      `${prepared}
  a-1 +0: group_submit: group=g job={queue=1 stream=a wait=s:1,s signal=s:2} job={}
`,
      answers,
    );
    expect(r.run.unmet).toEqual([]);
    expect(argsOf(r, "BO_CREATE")).toEqual([
      { size: 65536, flags: 2, exclusiveVmId: 1, handle: 0 },
    ]);
    expect(argsOf(r, "mmap")).toEqual([{ offset: 0x10000, length: 65536 }]);
    expect(argsOf(r, "GROUP_CREATE")[0]).toEqual({
      queues: [
        { priority: 1, ringbufSize: 4096 },
        { priority: 3, ringbufSize: 65536 },
      ],
      maxComputeCores: 4,
      maxFragmentCores: 4,
      maxTilerCores: 1,
      priority: 2,
      computeCoreMask: 0x50005n,
      fragmentCoreMask: 0x50005n,
      tilerCoreMask: 1n,
      vmId: 1,
      groupHandle: 0,
    });
    expect(argsOf(r, "GROUP_SUBMIT")[0]).toEqual({
      groupHandle: 1,
      queueSubmits: [
        {
          queueIndex: 1,
          streamAddr: 0x1000100,
          streamSize: 64,
          latestFlush: 0,
          syncs: [
            { flags: 1, handle: 1, timelineValue: 1 },
            { flags: 0, handle: 1, timelineValue: 0 },
            { flags: 0x80000001, handle: 1, timelineValue: 2 },
          ],
        },
        { queueIndex: 0, streamAddr: 0, streamSize: 0, latestFlush: 0, syncs: [] },
      ],
    });
    const { memory, buffer } = r.kernel;
    expect(memory.read64(buffer[0] + 0x208)).toBe(0x0100_8000_0000_3000n);
    expect(r.annotations.get(buffer[0] + 0x200)).toEqual({ runNs: 100_000 });
    expect(r.annotations.get(buffer[0] + 0x210)).toEqual({
      csFault: { type: 0x58, data: 0, info: 0 },
    });
    expect(r.annotations.get(buffer[1])).toEqual({ runNs: 5000 });
    expect(r.annotations.size).toBe(3);
  });

  test("rewriting a stream and closing the buffer take annotations back", () => {
    const r = runTrace(
      `${prepared}
  a-1 +0: bo_write: bo=cs offset=0x200 stream=b
  a-1 +0: vm_bind: vm=vm0 op=unmap va=0x1000000 size=32KiB
  a-1 +0: gem_close: bo=cs
`,
      answers,
    );
    expect(r.annotations.size).toBe(0);
  });

  test("pages that moved are annotated anew after the submit", () => {
    const before: number[] = [];
    const r = runTrace(
      `${prepared}
  a-1 +0: group_submit: group=g stream=b
`,
      {
        ...answers,
        GROUP_SUBMIT: (_args, _n, kernel) => {
          before.push(...kernel.buffer);
          kernel.buffer = kernel.buffer.map(() => kernel.memory.allocPage());
          return 0;
        },
      },
    );
    const { buffer } = r.kernel;
    expect(before[1]).not.toBe(buffer[1]);
    expect(r.annotations.get(buffer[1])).toEqual({ runNs: 5000 });
    expect(r.annotations.get(buffer[0] + 0x200)).toEqual({ runNs: 100_000 });
    expect(r.annotations.has(before[1])).toBe(false);
    expect(r.annotations.size).toBe(3);
  });

  test("a partial unmap hides a stream: the trace's fault, with its line", () => {
    expect(() =>
      runTrace(
        `${prepared}
  a-1 +0: vm_bind: vm=vm0 op=unmap va=0x1000000 size=1KiB
  a-1 +0: group_submit: group=g stream=b
  a-1 +0: group_submit: group=g stream=a
`,
        answers,
      ),
    ).toThrow(new TraceRunError(25, "stream a is not mapped in the group's VM"));
  });

  test("a mapping keeps the file open, until munmap", () => {
    const end = (lines: string): string[] =>
      names(runTrace(`${prepared}${lines}`, answers)).slice(-2);
    expect(end("\n  a-1 +0: close:\n")).not.toContain("release");
    expect(end("\n  a-1 +0: close:\n  a-1 +0: munmap: bo=cs\n")).toEqual(["munmap", "release"]);
  });
});

describe("expectations", () => {
  test("a failing call is a finding unless it is expected", () => {
    const r = runTrace(
      `
events: |
  a-1 +0: open:
  a-1 +0: vm_create: vm=v0 ret=-ENODEV
  a-1 +0: vm_create: vm=v1
  a-1 +0: vm_create: vm=v2 ret=any
  a-1 +0: expect: ret=-ENODEV
  a-1 +0: expect: ret=0
  a-1 +0: vm_destroy: vm=v1 ret=-EINVAL
`,
      { VM_CREATE: () => -ENODEV },
    );
    expect(r.run.unmet.map((u) => [u.line, u.event, u.expected, u.got])).toEqual([
      [8, "vm_create", "success", "-19"],
      [11, "expect", "0", "-19"],
      [12, "vm_destroy", "-22", "0"],
    ]);
    expect(argsOf(r, "VM_DESTROY")).toEqual([{ id: 0 }]);
  });

  test("states that an ioctl returns", () => {
    const r = runTrace(
      `
events: |
  a-1 +0: open:
  a-1 +0: vm_create: vm=v
  a-1 +0: group_create: group=g vm=v queue={}
  a-1 +0: group_get_state: group=g state=timedout|innocent fatal_queues=0x1
  a-1 +0: group_get_state: group=g state=none
  a-1 +0: vm_get_state: vm=v state=unusable
`,
      {
        GROUP_GET_STATE: (args) => {
          args.state = 5;
          args.fatalQueues = 1;
          return 0;
        },
      },
    );
    expect(r.run.unmet.map((u) => [u.line, u.expected, u.got])).toEqual([
      [10, "0", "5"],
      [11, "unusable", "usable"],
    ]);
  });

  test("calls on a file that could not be opened are -EBADF", () => {
    const r = runTrace(
      `
events: |
  a-1 +0: open: ret=-ENODEV file=f
  a-1 +0: open: ret=any
  a-1 +0: vm_create: vm=v ret=-EBADF
`,
      { open: () => -ENODEV },
    );
    expect(r.run.unmet).toEqual([]);
    expect(names(r)).toEqual(["open", "open"]);
  });
});
