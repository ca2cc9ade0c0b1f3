import { describe, expect, it } from "vitest";
import { comparePromised } from "../../src/conformance/compare.ts";
import { explainPromised } from "../../src/conformance/explanations-promised.ts";
import { projectPromised } from "../../src/conformance/promised.ts";
import type { StreamEvent } from "../../src/timeline/event-stream.ts";

type Fields = Record<string, string | number>;

interface Step {
  readonly name: string;
  readonly fields: Fields;
  readonly comm?: string;
  readonly pid?: number;
}

function events(steps: readonly Step[]): StreamEvent[] {
  return steps.map(({ name, fields, comm = "init", pid = 1 }, index) => ({
    time: index * 1000,
    cpu: 0,
    comm,
    pid,
    hardirq: false,
    softirq: false,
    name,
    index,
    num: (field) => Number(fields[field]),
    str: (field) => String(fields[field]),
  }));
}

const kworker = (n: number): Pick<Step, "comm" | "pid"> => ({
  comm: `kworker/u9:${n}`,
  pid: 30 + n,
});
const run = (n: number, work: string): Step => ({
  name: "workqueue_execute_start",
  fields: { function: work },
  ...kworker(n),
});
const queue = (work: string): Step => ({
  name: "workqueue_queue_work",
  fields: { function: work, workqueue: "panthor-cleanup" },
});
const read = (n: number, reg: string, val: number): Step => ({
  name: "mmio_read",
  fields: { reg, val },
  ...kworker(n),
});
const write = (n: number, reg: string, val: number): Step => ({
  name: "mmio_write",
  fields: { reg, val },
  ...kworker(n),
});
const fence = (name: string, driver: string, context: number, seqno = 1): Step => ({
  name,
  fields: { driver, timeline: "t", context, seqno },
});
const word = (name: string, fields: Fields): Step => ({
  name,
  fields: { csg: 0, cs: -1, field: "CSG_REQ", req: 0, ack: 0, ...fields },
});

const agree = (a: readonly Step[], b: readonly Step[]): ReturnType<typeof comparePromised> =>
  comparePromised(projectPromised(events(a)), projectPromised(events(b)));

describe("promised order: registers", () => {
  it("counts a poll once, with the value that ended it, in 64-bit registers too", () => {
    const poll = (turns: number): Step[] =>
      [
        run(0, "tick_work"),
        write(0, "AS1_COMMAND", 2),
        ...Array.from({ length: turns }, () => [
          read(0, "L2_READY_LO", 0),
          read(0, "L2_READY_HI", 0),
        ]),
        read(0, "L2_READY_LO", 1),
        read(0, "L2_READY_HI", 0),
      ].flat();
    expect(agree(poll(1), poll(5)).aspects.registers).toEqual({ matched: 3, total: 3 });
  });

  it("tells another end of a poll apart", () => {
    const poll = (end: number): Step[] => [
      run(0, "tick_work"),
      read(0, "AS1_STATUS", 1),
      read(0, "AS1_STATUS", end),
    ];
    expect(agree(poll(0), poll(1)).first.registers).not.toBeNull();
  });

  it("keeps the order inside one activation", () => {
    const a = [run(0, "tick_work"), write(0, "GPU_CMD", 1), write(0, "MCU_CONTROL", 1)];
    const b = [a[0], a[2], a[1]];
    const { aspects } = agree(a, b);
    expect(aspects.registers.matched).toBeLessThan(aspects.registers.total);
  });

  it("does not compare how activations on two workers interleave", () => {
    const one = [write(0, "AS1_LOCKADDR_LO", 0x400e), write(0, "AS1_COMMAND", 2)];
    const two = [write(1, "AS1_LOCKADDR_LO", 0x800e), write(1, "AS1_COMMAND", 3)];
    const start = [run(0, "group_release_work"), run(1, "group_release_work")];
    const apart = [...start, ...one, ...two];
    const woven = [...start, two[0], one[0], two[1], one[1]];
    expect(agree(apart, woven).first.registers).toBeNull();
  });

  const call = (name: string, pid = 1): Step[] =>
    ["begin", "end ret=0"].map((what) => ({
      name: "tracing_mark_write",
      fields: { text: `ioctl ${name} ${what}` },
      pid,
    }));
  /** The steps in the call: an operation on the region at `at`. */
  const inCall = (name: string, at: number, pid = 1): Step[] => {
    const [begin, end] = call(name, pid);
    return [begin, { ...write(0, "AS0_LOCKADDR_LO", at), comm: "init", pid }, end];
  };
  const release = (at: number): Step[] => [
    run(0, "group_release_work"),
    write(0, "AS0_LOCKADDR_LO", at),
  ];
  const registers = (a: readonly Step[], b: readonly Step[]): unknown =>
    agree(a, b).first.registers;

  it("compares the addresses that the kernel chose where nobody gives any back meanwhile", () => {
    const once = (at: number): Step[] => [
      ...inCall("GROUP_CREATE", at),
      ...inCall("GROUP_CREATE", at + 0x4000),
      ...call("GROUP_DESTROY"),
      ...release(at),
    ];
    expect(registers(once(0x400e), once(0x400e))).toBeNull();
    expect(registers(once(0x400e), once(0x800e))).not.toBeNull();
    const released = (at: number): Step[] => [...call("GROUP_DESTROY"), ...release(at)];
    expect(registers(released(0x400e), released(0x800e))).not.toBeNull();
  });

  it("does not promise which of them are free while a worker releases others", () => {
    const again = (at: number, first = 0x400e): Step[] => [
      ...inCall("GROUP_CREATE", first),
      ...call("GROUP_DESTROY"),
      ...inCall("GROUP_CREATE", at),
      ...release(first),
    ];
    expect(registers(again(0x400e), again(0x10011))).toBeNull();
    // The release may also come before the group is created.
    const sooner = [...again(0x400e).slice(0, 5), ...release(0x400e), ...again(0x400e).slice(5, 8)];
    expect(registers(sooner, again(0x10011))).toBeNull();
    // That there is a region, and those chosen before, are promised.
    const none = [...inCall("GROUP_CREATE", 0x400e), ...call("GROUP_DESTROY")];
    none.push(...call("GROUP_CREATE"), ...release(0x400e));
    expect(registers(again(0x400e), none)).not.toBeNull();
    expect(registers(again(0x800e), again(0x800e, 0xc00e))).not.toBeNull();
  });

  it("does not promise which of them two tasks get, but which the program names", () => {
    const two = (a: number, b: number): Step[] => [
      ...inCall("GROUP_CREATE", a),
      ...inCall("GROUP_CREATE", b, 2),
    ];
    expect(registers(two(0x400e, 0x800e), two(0x800e, 0x400e))).toBeNull();
    const bind = (at: number): Step[] => [...two(0, 0), ...inCall("VM_BIND(sync,map)", at)];
    expect(registers(bind(0x100000e), bind(0x200000e))).not.toBeNull();
  });

  it("takes what the end cuts short for the beginning of what was whole before", () => {
    const flush = [write(0, "AS0_LOCKADDR_LO", 14), write(0, "AS0_COMMAND", 2)];
    const whole = [run(0, "tick_work"), ...flush, write(0, "AS0_COMMAND", 3)];
    expect(registers([...whole, run(0, "tick_work"), ...flush], whole)).toBeNull();
    expect(registers([run(0, "tick_work"), ...flush], whole)).not.toBeNull();
    // Ended, not cut short.
    expect(registers([...whole, ...flush, run(0, "tick_work")], whole)).not.toBeNull();
  });
});

describe("promised order: fences", () => {
  const life = (context: number): Step[] => [
    fence("dma_fence_init", "drm_sched", context),
    fence("dma_fence_signaled", "drm_sched", context),
  ];

  it("names contexts by when they were given out, not by who comes first", () => {
    const [a, b] = [life(6), life(9)];
    const other = [life(26), life(29)];
    expect(agree([...a, ...b], [...other[1], ...other[0]]).first.fences).toBeNull();
  });

  it("does not promise that a chain that nobody looks at signals", () => {
    const chain = fence("dma_fence_init", "dma_fence_chain", 8);
    const signaled = fence("dma_fence_signaled", "dma_fence_chain", 8);
    expect(agree([...life(6), chain, signaled], [...life(6), chain]).first.fences).toBeNull();
  });

  it("sees a fence that never signals, and one that signals out of order", () => {
    expect(agree(life(6), life(6).slice(0, 1)).first.fences).not.toBeNull();
    const [first, second] = [1, 2].map((n) => fence("dma_fence_signaled", "drm_sched", 6, n));
    expect(agree([first, second], [second, first]).first.fences).not.toBeNull();
  });
});

describe("promised order: work items, request words", () => {
  it("wants each work item queued before it runs, however often", () => {
    const work = "group_term_work";
    const once = [queue(work), run(0, work)];
    expect(agree(once, [...once, ...once]).first["work items"]).toBeNull();
    expect(agree(once, [...once].reverse()).first["work items"]).not.toBeNull();
  });

  it("does not compare which worker runs, but the kind of its pool", () => {
    const work = "tick_work";
    expect(agree([run(0, work)], [run(1, work)]).first.kworkers).toBeNull();
    const bound = { ...run(0, work), comm: "kworker/0:1" };
    expect(agree([run(0, work)], [bound]).first.kworkers).not.toBeNull();
  });

  it("compares states of groups whichever slot they got, and their order", () => {
    const states = (csg: number): Step[] => [
      word("host_req", { csg, req: 0x11 }),
      word("fw_seen", { csg, req: 0x31 }),
      word("fw_ack", { csg, field: "CSG_ACK", ack: 0x11 }),
    ];
    expect(agree(states(0), states(5)).first["request words"]).toBeNull();
    expect(agree(states(0), states(0).reverse()).first["request words"]).not.toBeNull();
    const suspended = [word("host_req", { req: 2 })];
    expect(agree(states(0), [...states(0), ...suspended]).first["request words"]).not.toBeNull();
  });
});

describe("promised order: what a race decides", () => {
  const job = (name: string, seqno: number, n = 0): Step => ({
    name,
    fields: { context: 7, seqno, ring: "r" },
    ...kworker(n),
  });
  const hardware = (name: string, seqno: number, n = 0): Step => ({
    ...fence(name, "panthor", 5, seqno),
    ...kworker(n),
  });
  const fatal = word("fw_event", { field: "CS_FATAL" });
  const named = fence("dma_fence_init", "drm_sched", 7);
  const queued = [named, job("drm_sched_job_queue", 1), job("drm_sched_job_queue", 2)];
  const ran = (seqno: number): Step[] => [
    job("drm_sched_job_run", seqno),
    hardware("dma_fence_init", seqno),
  ];
  const ended = (seqno: number): Step[] => [
    hardware("dma_fence_signaled", seqno),
    job("drm_sched_job_done", seqno),
  ];
  const cancelled = [job("drm_sched_job_run", 2), job("drm_sched_job_done", 2)];

  it("promises no fence of the hardware to a job that a fault overtakes", () => {
    const before = [...queued, ...ran(1), ...ran(2), fatal, ...ended(1), ...ended(2)];
    const after = [...queued, ...ran(1), fatal, ...cancelled, ...ended(1)];
    expect(agree(before, after).first.fences).toBeNull();
    expect(agree(after, before).first.fences).toBeNull();
  });

  it("promises it to the jobs that were done before", () => {
    const before = [...queued, ...ran(1), ...ended(1), fatal, ...cancelled];
    const without = before.filter((step) => step.fields.driver !== "panthor");
    expect(agree(before, without).first.fences).not.toBeNull();
    const noFault = [...queued, ...ran(1), ...ended(1), ...cancelled];
    const lost = noFault.filter((step) => step.fields.driver !== "panthor");
    expect(agree(noFault, lost).first.fences).not.toBeNull();
  });

  /** Job 2 is submitted behind the fault; `between` happens before it. */
  const submitted = (between: readonly Step[], outcome: readonly Step[]): Step[] => {
    const [, first, second] = queued;
    return [named, first, ...ran(1), fatal, ...between, second, ...outcome, ...ended(1)];
  };
  const failed: Step = { ...fence("dma_fence_signaled", "drm_sched", 7), pid: 40 };
  const error: Step = { ...failed, fields: { ...failed.fields, error: -22 } };
  const waitEnds = (pid: number): Step => ({
    name: "ioctl_end",
    fields: { name: "SYNCOBJ_TIMELINE_WAIT" },
    pid,
  });
  const second = job("drm_sched_job_queue", 2);

  it("promises no fence of the hardware to a job that is submitted while a fault is handled", () => {
    for (const between of [[], [error], [waitEnds(30)], [error, waitEnds(99)]]) {
      const before = submitted(between, [...ran(2), ...ended(2)]);
      const after = submitted(between, cancelled);
      expect(agree(before, after).first.fences).toBeNull();
      expect(agree(after, before).first.fences).toBeNull();
    }
  });

  it("promises what follows where the program has been told, or the queue is another", () => {
    const told = [error, waitEnds(second.pid!)];
    const run2 = submitted(told, [...ran(2), ...ended(2)]);
    expect(agree(run2, submitted(told, cancelled)).first.fences).not.toBeNull();
    const elsewhere = (steps: readonly Step[]): Step[] =>
      steps.map((step) =>
        step.name.startsWith("drm_sched_job") && step.fields.seqno === 2
          ? { ...step, fields: { ...step.fields, context: 9 } }
          : step,
      );
    const other = [fence("dma_fence_init", "drm_sched", 9, 2)];
    const decided = elsewhere(submitted(other, [...ran(2), ...ended(2)]));
    expect(agree(decided, elsewhere(submitted(other, cancelled))).first.fences).not.toBeNull();
  });

  const eventWork = [queue("process_fw_events_work"), run(0, "process_fw_events_work")];
  const ask = word("host_req", { field: "GLB_REQ" });

  it("does not promise that the answer to the probe is told to the scheduler", () => {
    const probe = [read(0, "GPU_ID", 0xa867), ask];
    expect(agree(probe, [...probe, ...eventWork]).first["work items"]).toBeNull();
    const later = [...probe, ask];
    expect(agree(later, [...later, ...eventWork]).first["work items"]).not.toBeNull();
    expect(agree([ask], [ask, ...eventWork]).first["work items"]).not.toBeNull();
  });
});

describe("marks", () => {
  it("compares what lies between the marks", () => {
    const mark = (text: string): Step => ({ name: "tracing_mark_write", fields: { text } });
    const work = [queue("group_term_work")];
    const noise = [queue("pm_runtime_work")];
    const marked = [...noise, mark("TRACE START x"), ...work, mark("TRACE END"), ...noise];
    expect(agree(marked, work).first["work items"]).toBeNull();
  });
});

describe("promised order: explanations", () => {
  const hogs = { folder: "baseline/28-cpu-hogs-4--smp2" };
  const suspended = [run(0, "pm_runtime_work")];
  const signalled = [fence("dma_fence_init", "drm_sched", 1)];

  it("covers what was found in that recording, and no other", () => {
    expect(explainPromised(hogs, agree(suspended, []))).toMatch(/no CPU for 65 ms/);
    expect(explainPromised({ folder: "P4/x--smp2" }, agree(suspended, []))).toBeNull();
    expect(explainPromised(hogs, agree(suspended, suspended))).toBeNull();
  });

  it("does not cover another aspect beside it", () => {
    expect(explainPromised(hogs, agree([...suspended, ...signalled], []))).toBeNull();
  });
});
