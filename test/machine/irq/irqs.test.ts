import { describe, expect, it } from "vitest";
import { zeroCosts } from "../../../src/machine/core/costs.ts";
import { Machine } from "../../../src/machine/core/machine.ts";
import { type Atomic, done, type Kernel } from "../../../src/machine/core/op.ts";
import type { IrqReturn } from "../../../src/machine/irq/irqs.ts";
import { type Linux, makeLinux } from "../../../src/machine/linux.ts";
import { recordedClock } from "../../../src/machine/time/clock.ts";
import type { KindName } from "../../../src/timeline/kinds.ts";
import { lines } from "../lines.ts";

const startNs = 1000082260;

function kernel(options: { readonly threadirqs?: boolean } = {}): Linux {
  const costs = { ...zeroCosts, clockRead: 256 };
  const m = new Machine({ cpus: 1, hz: 250, startNs, costs });
  return makeLinux({
    m,
    clock: recordedClock,
    irqDelayNs: 1000,
    threadirqs: options.threadirqs,
    boot: null,
  });
}

function run(linux: Linux, comm: string, body: () => Kernel<void>, ns = 1e6): void {
  linux.m.sched.wakeNew(linux.m.createTask({ comm, pid: 1, body }));
  linux.m.run(linux.m.now + ns);
}

/** A device with one level interrupt: a status bit and a mask. */
class FakeDevice {
  raw = 0;
  mask = 1;
  readonly log: string[] = [];

  constructor(
    readonly linux: Linux,
    readonly irq: number,
  ) {}

  update(): void {
    this.linux.irqs.setLevel(this.irq, (this.raw & this.mask) !== 0);
  }
  /** The device's event happens after `ns`. */
  later(ns: number): void {
    this.linux.time.hrtimers
      .deviceTimer(() => {
        this.raw = 1;
        this.update();
      })
      .start(ns);
  }
  /** Hard handler in panthor's way: masks, wakes the thread. */
  *handler(): Atomic<IrqReturn> {
    this.log.push(`hard at ${this.linux.m.now}`);
    if ((this.raw & this.mask) === 0) return "none";
    this.mask = 0;
    this.update();
    return "wake_thread";
  }
  *thread(): Kernel<IrqReturn> {
    this.log.push(`thread at ${this.linux.m.now}`);
    this.raw = 0;
    this.mask = 1;
    this.update();
    return "handled";
  }
  *request(): Kernel<number> {
    return yield* this.linux.irqs.requestThreadedIrq({
      irq: this.irq,
      name: "panthor-job",
      handler: () => this.handler(),
      threadFn: () => this.thread(),
      shared: true,
      devId: this,
    });
  }
}

const schedKinds: readonly KindName[] = [
  "sched_waking",
  "sched_wakeup",
  "sched_wakeup_new",
  "sched_switch",
];

describe("interrupts with threads", () => {
  it("makes the thread through kthreadd as recorded (01-probe)", () => {
    const linux = kernel();
    const { m } = linux;
    const device = new FakeDevice(linux, 64);
    let ret = -1;
    let from = 0;
    let end = 0;
    run(linux, "init", function* () {
      from = m.rec.length;
      ret = yield* device.request();
      end = m.rec.length;
    });
    expect(ret).toBe(0);
    const got = lines(m, schedKinds, { from, times: true }).slice(0, 16);
    const short = got.map((l) =>
      l
        .replace(/ prev_comm=\S+ prev_pid=\d+/, "")
        .replace(/ next_pid=.*/, "")
        .replace(/ pid=.* prio/, " prio")
        .replace(/ cpu=0/, ""),
    );
    expect(short).toEqual([
      "1000082260 init: sched_waking comm=kthreadd prio=120",
      "1000082260 init: sched_wakeup comm=kthreadd prio=120",
      "1000082260 init: sched_switch prev_prio=120 prev_state=D next_comm=kthreadd",
      "1000083028 kthreadd: sched_wakeup_new comm=irq/64-panthor- prio=120",
      "1000083028 kthreadd: sched_switch prev_prio=120 prev_state=S next_comm=irq/64-panthor-",
      "1000083028 irq/64-panthor-: sched_waking comm=init prio=120",
      "1000083028 irq/64-panthor-: sched_wakeup comm=init prio=120",
      "1000083028 irq/64-panthor-: sched_switch prev_prio=120 prev_state=D next_comm=init",
      "1000083028 init: sched_waking comm=irq/64-panthor- prio=120",
      "1000083028 init: sched_wakeup comm=irq/64-panthor- prio=120",
      "1000083028 init: sched_switch prev_prio=120 prev_state=D next_comm=irq/64-panthor-",
      "1000083028 irq/64-panthor-: sched_waking comm=init prio=120",
      "1000083028 irq/64-panthor-: sched_wakeup comm=init prio=120",
      "1000083028 irq/64-panthor-: sched_switch prev_prio=49 prev_state=S next_comm=init",
      "1000083028 init: sched_switch prev_prio=120 prev_state=X next_comm=swapper/0",
    ]);
    expect(end).toBeGreaterThan(from);
  });

  it("delivers a level after the delay, runs the hard handler, then the thread", () => {
    const linux = kernel();
    const { m } = linux;
    const device = new FakeDevice(linux, 66);
    linux.irqs.connect(66, () => ({ line: "job", rawstat: device.raw, mask: device.mask }));
    let from = 0;
    run(linux, "init", function* () {
      yield* device.request();
      from = m.rec.length;
      device.later(5000);
    });
    const kinds: KindName[] = [
      "irq_deliver",
      "irq_handler_entry",
      "irq_handler_exit",
      "sched_waking",
      "sched_switch",
    ];
    const got = lines(m, kinds, { from });
    const at = got.findIndex((l) => l.includes("irq_deliver"));
    expect(got.slice(at - 1, at + 6).map((l) => l.replace(/prev_comm.*prev_state/, "…"))).toEqual([
      "<idle>: irq_handler_entry irq=0 name=hr timer",
      "<idle>: irq_deliver line=job rawstat=1 mask=1",
      "<idle>: irq_handler_entry irq=66 name=panthor-job",
      "<idle>: irq_handler_exit irq=66 ret=handled",
      "<idle>: sched_waking comm=irq/66-panthor- pid=22 prio=49 cpu=0",
      "<idle>: irq_handler_exit irq=0 ret=handled",
      "<idle>: sched_switch …=R next_comm=irq/66-panthor- next_pid=22 next_prio=49",
    ]);
    expect(device.log).toHaveLength(2);
    expect(device.raw).toBe(0);
  });

  it("delivers again while the line stays high, and not while it is disabled", () => {
    const linux = kernel();
    const device = new FakeDevice(linux, 66);
    device.thread = function* (this: FakeDevice): Kernel<IrqReturn> {
      // Unmasks without clearing the cause the first two times.
      this.log.push("thread");
      if (this.log.length >= 6) this.raw = 0;
      this.mask = 1;
      this.update();
      yield* done();
      return "handled";
    };
    run(
      linux,
      "init",
      function* () {
        yield* device.request();
        device.raw = 1;
        device.update();
        yield* linux.time.msleep(20);
        expect(device.log.filter((l) => l === "thread")).toHaveLength(3);
        yield* linux.irqs.disableIrq(66);
        device.raw = 1;
        device.update();
        yield* linux.time.msleep(20);
        expect(device.log).toHaveLength(6);
        yield* linux.irqs.enableIrq(66);
        yield* linux.time.msleep(20);
        expect(device.log).toHaveLength(8);
        device.log.push("end");
      },
      1e9,
    );
    expect(device.log.at(-1)).toBe("end");
  });

  it("waits in synchronize_irq for a thread function that sleeps", () => {
    const linux = kernel();
    const device = new FakeDevice(linux, 66);
    let threadEnd = 0;
    device.thread = function* (this: FakeDevice): Kernel<IrqReturn> {
      this.raw = 0;
      yield* linux.time.usleepRange(100, 200);
      threadEnd = linux.m.now;
      return "handled";
    };
    let synced = 0;
    run(
      linux,
      "init",
      function* () {
        yield* device.request();
        device.raw = 1;
        device.update();
        yield* linux.time.udelay(5);
        yield* linux.irqs.synchronizeIrq(66);
        synced = linux.m.now;
        yield* linux.irqs.freeIrq(66, device);
      },
      1e9,
    );
    expect(threadEnd).toBeGreaterThan(startNs);
    expect(synced).toBe(threadEnd);
    const thread = linux.m.tasks.find((t) => t.comm.startsWith("irq/66"));
    expect(thread?.state).toBe("X");
  });

  it("switches a line off that nobody handles", () => {
    const linux = kernel();
    const device = new FakeDevice(linux, 66);

    device.handler = function* (): Atomic<IrqReturn> {
      return "none";
    };
    run(
      linux,
      "init",
      function* () {
        yield* device.request();
        device.raw = 1;
        device.update();
      },
      1e9,
    );
    const log = lines(linux.m, ["printk"]);
    expect(log[0]).toContain("irq 66: nobody cared");
  });

  it("forces the hard handler into a thread with threadirqs", () => {
    const linux = kernel({ threadirqs: true });
    const { m } = linux;
    const device = new FakeDevice(linux, 66);
    const contexts: string[] = [];
    const { handler } = device;
    device.handler = function* (this: FakeDevice): Atomic<IrqReturn> {
      contexts.push(`${m.ctx!.kind} ${m.ctx!.comm} irqs off ${m.cpu!.irqsOff}`);
      return yield* handler.call(this);
    };
    run(linux, "init", function* () {
      yield* device.request();
      device.raw = 1;
      device.update();
    });
    expect(contexts).toEqual(["task irq/66-panthor- irqs off 1"]);
    const comms = m.tasks.map((t) => t.comm).filter((c) => c.startsWith("irq/"));
    expect(comms).toEqual(["irq/66-panthor-", "irq/66-s-pantho"]);
    expect(device.log).toHaveLength(2);
    expect(lines(m, ["printk"])).toEqual([]);
  });
});
