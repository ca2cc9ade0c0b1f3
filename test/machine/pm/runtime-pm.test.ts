import { describe, expect, it } from "vitest";
import type { Kernel } from "../../../src/machine/core/op.ts";
import type { Linux } from "../../../src/machine/linux.ts";
import { RuntimePm } from "../../../src/machine/pm/runtime-pm.ts";
import type { KindName } from "../../../src/timeline/kinds.ts";
import { lines } from "../lines.ts";
import { runProgram, start, testKernel } from "../kernel.ts";

const rpmKinds: readonly KindName[] = [
  "rpm_idle",
  "rpm_resume",
  "rpm_suspend",
  "rpm_usage",
  "rpm_return_int",
  "rpm_status",
];

class Device {
  readonly pm: RuntimePm;
  readonly log: string[] = [];
  resumeRet = 0;
  suspendRet = 0;
  suspendUs = 0;

  constructor(linux: Linux) {
    this.pm = new RuntimePm(
      linux,
      "gpu",
      {
        runtimeResume: () => this.callback(linux, "resume", this.resumeRet),
        runtimeSuspend: () => this.callback(linux, "suspend", this.suspendRet),
      },
      linux.platformBus,
    );
  }

  private *callback(linux: Linux, what: string, ret: number): Kernel<number> {
    this.log.push(what);
    if (what === "suspend" && this.suspendUs > 0) {
      yield* linux.time.usleepRange(this.suspendUs, this.suspendUs);
    }
    return ret;
  }
}

const short = (l: string): string =>
  l.replace(/^[^:]*: /, "").replace(/(dev|function|status)=/g, "");

describe("runtime PM", () => {
  it("resumes under a disabled parent with the recorded events (01-probe)", () => {
    const linux = testKernel();
    const device = new Device(linux);
    linux.platformBus.usageCount = 2;
    let ret = -1;
    runProgram(linux, function* () {
      yield* device.pm.enable();
      ret = yield* device.pm.resumeAndGet();
    });
    expect(ret).toBe(0);
    expect(lines(linux.m, rpmKinds).map(short)).toEqual([
      "rpm_resume gpu flags=4 usage=1",
      "rpm_status gpu RPM_RESUMING",
      "rpm_status gpu RPM_ACTIVE",
      "rpm_idle gpu flags=1 usage=1",
      "rpm_return_int rpm_idle gpu ret=-11",
      "rpm_usage platform flags=5 usage=2",
      "rpm_return_int rpm_resume gpu ret=0",
    ]);
    expect(linux.platformBus.childCount).toBe(1);
  });

  it("autosuspends on the first interrupt in the timer's slack (01-probe)", () => {
    // Busy mark at 1.001098372, delay 50 ms; devfreq's 13-jiffy timer is what wakes the CPU.
    const linux = testKernel({ startNs: 1001098116, costs: { clockRead: 256 } });
    const { m, time } = linux;
    const device = new Device(linux);
    const monitor = time.timer("delayed_work_timer_fn", function* () {}, { irqsafe: true });
    let from = 0;
    start(linux, "init", function* () {
      yield* device.pm.enable();
      yield* device.pm.resumeAndGet();
      yield* device.pm.setAutosuspendDelay(50);
      yield* device.pm.useAutosuspend();
      yield* monitor.mod(time.jiffies + 13);
      from = m.rec.length;
      yield* device.pm.putAutosuspend();
    });
    m.run(1.2e9);
    // Two ticks, programmed when the clock lagged by 132 and 133 ns.
    const got = lines(m, [...rpmKinds, "workqueue_queue_work"], { from, times: true });
    expect(got.map((l) => l.replace(/<idle>: /, "").replace(/work=\d+/, ""))).toEqual([
      "1001098372 init: rpm_suspend dev=gpu flags=13 usage=0",
      "1001098372 init: rpm_return_int function=rpm_suspend dev=gpu ret=0",
      "1056000134 rpm_suspend dev=gpu flags=9 usage=0",
      "1056000134 workqueue_queue_work  function=pm_runtime_work workqueue=pm",
      "1056000134 rpm_return_int function=rpm_suspend dev=gpu ret=0",
      "1056000134 kworker/u4:1: rpm_suspend dev=gpu flags=10 usage=0",
      "1056000134 kworker/u4:1: rpm_status dev=gpu status=RPM_SUSPENDING",
      "1056000134 kworker/u4:1: rpm_status dev=gpu status=RPM_SUSPENDED",
      "1056000134 kworker/u4:1: rpm_idle dev=platform flags=1 usage=0",
      "1056000134 kworker/u4:1: rpm_return_int function=rpm_idle dev=platform ret=-13",
      "1056000134 kworker/u4:1: rpm_return_int function=rpm_suspend dev=gpu ret=0",
    ]);
    expect(device.log).toEqual(["resume", "suspend"]);
  });

  it("fires at the end of the slack when nothing else wakes the CPU", () => {
    const linux = testKernel();
    const device = new Device(linux);
    let suspendedAt = 0;
    start(linux, "init", function* () {
      yield* device.pm.enable();
      yield* device.pm.resumeAndGet();
      yield* device.pm.setAutosuspendDelay(50);
      yield* device.pm.useAutosuspend();
      yield* device.pm.putAutosuspend();
      while (device.pm.status !== "suspended") yield* linux.time.nanosleep(500e6);
    });
    linux.m.run(3e9);
    const status = lines(linux.m, ["rpm_status"], { times: true }).at(-1)!;
    suspendedAt = Number(status.split(" ")[0]);
    expect(suspendedAt).toBeGreaterThanOrEqual(1e9 + 50e6);
    expect(suspendedAt).toBeLessThanOrEqual(1e9 + 63e6);
  });

  it("moves the autosuspend when the device was busy again", () => {
    const linux = testKernel();
    const device = new Device(linux);
    start(linux, "init", function* () {
      yield* device.pm.enable();
      yield* device.pm.resumeAndGet();
      yield* device.pm.setAutosuspendDelay(50);
      yield* device.pm.useAutosuspend();
      yield* device.pm.putAutosuspend();
      for (let i = 0; i < 10; i++) {
        yield* linux.time.nanosleep(20e6);
        expect(device.pm.status).toBe("active");
        expect(yield* device.pm.resumeAndGet()).toBe(0);
        yield* device.pm.putAutosuspend();
      }
      yield* linux.time.nanosleep(200e6);
      expect(device.pm.status).toBe("suspended");
      device.log.push("end");
    });
    linux.m.run(3e9);
    expect(device.log).toEqual(["resume", "suspend", "end"]);
  });

  it("waits for a suspend in progress, then resumes", () => {
    const linux = testKernel();
    const device = new Device(linux);
    device.suspendUs = 1000;
    let resumedAt = 0;
    start(linux, "a", function* () {
      yield* device.pm.enable();
      yield* device.pm.resumeAndGet();
      yield* device.pm.putSyncSuspend();
    });
    start(linux, "b", function* () {
      yield* linux.time.usleepRange(100, 100);
      expect(device.pm.status).toBe("suspending");
      yield* device.pm.resumeAndGet();
      resumedAt = linux.m.now;
    });
    linux.m.run(2e9);
    expect(device.log).toEqual(["resume", "suspend", "resume"]);
    expect(resumedAt).toBeGreaterThanOrEqual(1e9 + 1000e3);
    expect(device.pm.status).toBe("active");
  });

  it("keeps errors: a failed resume is reported, -EBUSY of suspend keeps it active", () => {
    const linux = testKernel();
    const device = new Device(linux);
    const rets: number[] = [];
    runProgram(linux, function* () {
      yield* device.pm.enable();
      device.resumeRet = -110;
      rets.push(yield* device.pm.resumeAndGet());
      expect(device.pm.usageCount).toBe(0);
      device.resumeRet = 0;
      rets.push(yield* device.pm.resumeAndGet());
      device.suspendRet = -16;
      rets.push(yield* device.pm.putSyncSuspend());
      expect(device.pm.status).toBe("active");
      rets.push(yield* device.pm.getIfActive());
      device.suspendRet = 0;
      rets.push(yield* device.pm.putSyncSuspend());
      rets.push(yield* device.pm.getIfActive());
      yield* device.pm.disable();
      rets.push(yield* device.pm.resumeAndGet());
    });
    expect(rets).toEqual([-110, 0, -16, 1, 0, 0, -13]);
    expect(device.pm.usageCount).toBe(0);
  });
});
