// A message of the driver is a preemption point: recorded with the resets that wait_ready()
// schedules (mmu-lock-stuck-sync and others), whose work runs before the message is stored.

import { describe, expect, it } from "vitest";
import { DrmDevice } from "../../../src/driver/device/drm-device.ts";
import type { Devtmpfs } from "../../../src/machine/devtmpfs.ts";
import { K } from "../../../src/timeline/kinds.ts";
import { start, testKernel } from "../../machine/kernel.ts";

/** What happens when a task wakes an urgent one with interrupts off, and then logs. */
function logAfterWakeUp(held: boolean): string[] {
  const linux = testKernel();
  const { m, rec } = linux;
  const base = new DrmDevice(linux, {} as Devtmpfs, "panthor", "fb000000.gpu");
  const mark = (text: string): void => void rec.emit(K.user_mark, rec.str(text));
  const urgent = m.createTask({
    comm: "urgent",
    policy: "fifo",
    *body() {
      m.setState("S");
      yield* m.sleep();
      mark("urgent");
    },
  });
  m.sched.wakeNew(urgent);
  start(linux, "kworker", function* () {
    m.localIrqSave();
    m.sched.wake(urgent);
    yield* m.localIrqRestore();
    if (held) m.preemptDisable();
    yield* base.err("AS_ACTIVE bit stuck");
    mark("goes on");
  });
  m.run(m.now + 1e6);
  return Array.from({ length: rec.length }, (_, i) => i)
    .filter((i) => rec.kind(i) === K.user_mark || rec.kind(i) === K.printk)
    .map((i) => String(rec.field(i, "text")));
}

const message = "panthor fb000000.gpu: [drm] *ERROR* AS_ACTIVE bit stuck";

describe("drm_err()", () => {
  it("lets a woken task run before the text is stored", () => {
    expect(logAfterWakeUp(false)).toEqual(["urgent", message, "goes on"]);
  });

  it("does not where preemption is off", () => {
    expect(logAfterWakeUp(true).slice(0, 2)).toEqual([message, "goes on"]);
  });
});
