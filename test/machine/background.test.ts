// The rest of the recorded system: which ticks an idle machine takes, and why.

import { describe, expect, it } from "vitest";
import { recordedBoot } from "../../src/machine/boot.ts";
import { K } from "../../src/timeline/kinds.ts";
import type { Linux } from "../../src/machine/linux.ts";
import { Completion } from "../../src/machine/wait/completion.ts";
import { lines } from "./lines.ts";
import { runProgram, start, testKernel } from "./kernel.ts";

/** Milliseconds of the clock event interrupts. */
function interruptMs(linux: Linux): number[] {
  const { rec } = linux.m;
  const out: number[] = [];
  for (let i = 0; i < rec.length; i++) {
    if (rec.kind(i) === K.irq_handler_entry) out.push(Math.floor(rec.time(i) / 1e6));
  }
  return out;
}

describe("the recorded system at rest", () => {
  it("takes the ticks of 01-probe after the probe", () => {
    const linux = testKernel({ startNs: 1001098372, boot: recordedBoot(250) });
    runProgram(linux, function* () {
      yield* linux.time.nanosleep(200e6);
      // The timers of the background do not outlive the programs.
    });
    expect(interruptMs(linux).slice(0, 8)).toEqual([
      1004, 1008, 1012, 1016, 1020, 1024, 1028, 1201,
    ]);
    const works = lines(linux.m, ["workqueue_execute_start"]).map((l) => l.split("=").at(-1));
    expect(works).toEqual(["process_srcu", "srcu_invoke_callbacks", "crng_reseed"]);
  });

  it("reseeds after 1, 2, 3, 4, 6 and 8 seconds", () => {
    const linux = testKernel({ boot: recordedBoot(250) });
    runProgram(
      linux,
      function* () {
        yield* linux.time.nanosleep(9e9);
      },
      20e9,
    );
    const at = lines(linux.m, ["workqueue_execute_start"], { times: true })
      .filter((l) => l.endsWith("crng_reseed"))
      .map((l) => Math.floor(Number(l.split(" ")[0]) / 1e6));
    // As in 07i-fw-ping-timeout.
    expect(at.slice(0, 5)).toEqual([1024, 2048, 3072, 4096, 6112]);
  });

  it("comes to an end when only the background is left", () => {
    const linux = testKernel({ boot: recordedBoot(250) });
    const never = new Completion(linux.m, "never");
    start(linux, "init", () => never.wait());
    expect(linux.m.run()).toBe("nothing-left");
  });

  it("keeps the tick and wakes rcu_preempt for callbacks, once", () => {
    const linux = testKernel();
    let ran = 0;
    runProgram(linux, function* () {
      linux.rcu.callRcu(function* () {
        ran = linux.m.now;
      });
      yield* linux.time.nanosleep(100e6);
    });
    const woken = lines(linux.m, ["sched_waking"], { times: true })
      .filter((l) => l.includes("rcu_preempt"))
      .map((l) => Math.floor(Number(l.split(" ")[0]) / 1e6));
    expect(woken).toEqual([1004]);
    expect(Math.floor(ran / 1e6)).toBe(1008);
    expect(interruptMs(linux)).toEqual([1004, 1008, 1100, 1104]);
  });

  it("waits for a reader that was preempted inside its section", () => {
    const linux = testKernel();
    const { m, rcu } = linux;
    const log: string[] = [];
    const urgent = m.createTask({
      comm: "urgent",
      policy: "fifo",
      *body() {
        yield* rcu.synchronizeRcu();
        log.push("synchronized");
      },
    });
    runProgram(linux, function* () {
      rcu.readLock();
      m.sched.wakeNew(urgent);
      yield* m.preemptPoint();
      yield* m.udelay(20);
      log.push("unlock");
      yield* rcu.readUnlock();
      yield* linux.time.msleep(1);
    });
    expect(log).toEqual(["unlock", "synchronized"]);
  });

  it("frees files of kernel threads a tick later, from a work item", () => {
    const linux = testKernel();
    runProgram(linux, function* () {
      yield* linux.files.fput();
      yield* linux.kthread.run("thread", function* () {
        yield* linux.files.fput();
        yield* linux.files.fput();
      });
      yield* linux.time.nanosleep(100e6);
    });
    const works = lines(linux.m, ["workqueue_execute_start"]).map((l) => l.split("=").at(-1));
    expect(works).toEqual(["delayed_fput"]);
  });
});
