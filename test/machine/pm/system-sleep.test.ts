import { describe, expect, it } from "vitest";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { EBUSY } from "../../../src/machine/errno.ts";
import type { Linux } from "../../../src/machine/linux.ts";
import { forceResume, forceSuspend } from "../../../src/machine/pm/rpm-force.ts";
import { RuntimePm } from "../../../src/machine/pm/runtime-pm.ts";
import { Completion } from "../../../src/machine/wait/completion.ts";
import { Work } from "../../../src/machine/workqueue/work.ts";
import { runProgram, start, testKernel } from "../kernel.ts";

/** A device whose driver uses its runtime PM callbacks for system sleep. */
class Device {
  readonly log: string[] = [];
  readonly pm: RuntimePm;
  resumeRet = 0;

  constructor(linux: Linux) {
    this.pm = new RuntimePm(linux, "gpu", {
      runtimeSuspend: () => this.note("suspend", 0),
      runtimeResume: () => this.note("resume", this.resumeRet),
    });
    const { pm } = this;
    linux.sleep.devices.push({
      pm,
      driver: "test",
      parent: "platform",
      ops: { suspend: () => forceSuspend(pm), resume: () => forceResume(pm) },
    });
  }

  private *note(what: string, ret: number): Kernel<number> {
    this.log.push(what);
    return ret;
  }
}

/** Sleeps with a device in use, or one that is active and not in use. */
function sleep(used: boolean, resumeRet = 0) {
  const linux = testKernel();
  const device = new Device(linux);
  let ret = 1;
  runProgram(linux, function* () {
    yield* device.pm.enable();
    yield* device.pm.getSync();
    if (!used) device.pm.putNoidle();
    device.log.length = 0;
    device.resumeRet = resumeRet;
    ret = yield* linux.sleep.suspend(10e9);
  });
  return { device, ret };
}

describe("system sleep", () => {
  it("resumes a device that is in use", () => {
    const { device, ret } = sleep(true);
    expect(ret).toBe(0);
    expect(device.log).toEqual(["suspend", "resume"]);
    expect(device.pm).toMatchObject({ status: "active", usageCount: 1, enabled: true });
  });

  it("leaves one suspended that nobody uses", () => {
    const { device } = sleep(false);
    expect(device.log).toEqual(["suspend"]);
    expect(device.pm).toMatchObject({ status: "suspended", usageCount: 0, enabled: true });
  });

  it("reports a device that does not resume, and lets its next user try", () => {
    const { device, ret } = sleep(true, -5);
    expect(ret).toBe(0);
    expect(device.pm).toMatchObject({ status: "suspended", usageCount: 1, runtimeError: 0 });
  });

  it.each([
    ["freezing", 0],
    ["devices", 2],
    ["late", 2],
    ["noirq", 2],
  ] as const)("is undone when something wakes it: %s", (wake, calls) => {
    const linux = testKernel();
    const device = new Device(linux);
    const ret: number[] = [];
    let ended = false;
    start(linux, "task", function* () {
      const task = linux.m.current!;
      linux.freezer.add(task);
      while (!ended) {
        linux.m.setState("S");
        yield* linux.m.sleep();
        yield* linux.freezer.getSignal();
      }
    });
    start(linux, "task", function* () {
      yield* device.pm.enable();
      yield* device.pm.getSync();
      device.log.length = 0;
      ret.push(yield* linux.sleep.suspend(10e9, wake));
      ret.push(yield* linux.sleep.suspend(10e9));
      ended = true;
    });
    linux.m.run(linux.m.now + 1e9);
    expect(ret).toEqual([-EBUSY, 0]);
    expect(device.log.length).toBe(calls + 2);
    expect(device.pm).toMatchObject({ status: "active", usageCount: 1, enabled: true });
  });

  it("gives up on a task that sleeps uninterruptibly", () => {
    const linux = testKernel();
    const never = new Completion(linux.m, "never");
    let ret = 0;
    start(linux, "task", function* () {
      linux.freezer.add(linux.m.current!);
      yield* never.wait();
    });
    start(linux, "task", function* () {
      ret = yield* linux.sleep.suspend(10e9);
    });
    linux.m.run(linux.m.now + 30e9);
    expect(ret).toBe(-EBUSY);
  });

  it("holds back freezable work until everything is awake", () => {
    const linux = testKernel();
    const wq = linux.wq.alloc("freezable", { unbound: true, freezable: true });
    const log: string[] = [];
    const work = new Work("work", function* () {
      log.push("work");
    });
    runProgram(linux, function* () {
      linux.sleep.slept = () => log.push("asleep");
      linux.sleep.devfreqs.push({
        *suspendDevice() {
          yield* wq.queueWork(work);
          yield* linux.time.msleep(100);
          return 0;
        },
        *resumeDevice() {
          log.push("devices");
          return 0;
        },
      });
      yield* linux.sleep.suspend(1e9);
      yield* linux.time.msleep(100);
    });
    expect(log).toEqual(["asleep", "devices", "work"]);
  });
});
