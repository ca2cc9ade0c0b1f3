import { describe, expect, it } from "vitest";
import type { DmaFence } from "../../../src/machine/dma-fence/fence.ts";
import { NO_TICK } from "../../../src/driver/sched/types.ts";
import { Fixture } from "./fixture.ts";

describe("a group", () => {
  it("gets a slot for its first job, signals it, and goes away without a leak", () => {
    const f = new Fixture();
    f.start();
    const handle = f.createGroup();
    expect(handle).toBe(1);
    const fence = f.submit(handle) as DmaFence;
    const group = f.group(handle);
    expect(group.csgId).toBe(0);
    expect(f.queue(handle).doorbellId).toBe(1);
    expect(f.log).toEqual(["csg 0 start+endpoint"]);
    expect(f.queue(handle).iface.input.insert).toBe(128);
    expect(fence.testSignaledFlag).toBe(false);

    f.complete(handle);
    expect(fence.testSignaledFlag).toBe(true);
    expect(fence.status).toBe(1);

    expect(f.run(() => f.drv.sched.groupDestroy(f.pfile, handle), 50)).toBe(0);
    expect(f.log.filter((line) => line.includes("terminate"))).toEqual(["csg 0 terminate"]);
    f.run(() => fence.put());
    expect(f.krefs.leaks()).toEqual([]);
    expect(f.warnings).toEqual([]);
    expect(f.pmRefs).toBe(0);
    expect(f.ptdev.scheduler.reschedTarget).toBe(NO_TICK);
  });

  it("rings its own doorbell for a job while on a slot", () => {
    const f = new Fixture();
    f.start();
    const handle = f.createGroup();
    f.submit(handle);
    f.submit(handle);
    expect(f.log.filter((line) => line.startsWith("doorbell"))).toEqual(["doorbell 1"]);
    expect(f.queue(handle).iface.input.insert).toBe(256);
  });

  it("gives an empty stream the fence of the job before", () => {
    const f = new Fixture();
    f.start();
    const handle = f.createGroup();
    const none = f.submit(handle, 0, 1, 0) as DmaFence;
    expect(none.testSignaledFlag).toBe(true);
    f.submit(handle);
    const empty = f.submit(handle, 0, 1, 0) as DmaFence;
    expect(empty.testSignaledFlag).toBe(false);
    f.complete(handle);
    expect(empty.testSignaledFlag).toBe(true);
    expect(f.queue(handle).iface.input.insert).toBe(128);
  });

  it("is refused with bad arguments", () => {
    const f = new Fixture();
    f.start();
    expect(f.createGroup(9)).toBe(-22);
    expect(f.createGroup(1, 4)).toBe(-22);
    expect(f.submit(5)).toBe(-22);
    const handle = f.createGroup();
    expect(f.submit(handle, 1)).toBe(-22);
    expect(f.run(() => f.drv.sched.groupDestroy(f.pfile, 7))).toBe(-22);
  });

  it("fails its jobs when it is destroyed with jobs in flight", () => {
    const f = new Fixture();
    f.start();
    const handle = f.createGroup();
    const fence = f.submit(handle) as DmaFence;
    f.run(() => f.drv.sched.groupDestroy(f.pfile, handle), 50);
    expect(fence.status).toBe(-125);
  });
});

describe("a job that never ends", () => {
  it("times out after 5 s and takes its group with it", () => {
    const f = new Fixture();
    f.start();
    const handle = f.createGroup();
    const fence = f.submit(handle, 0, 4900) as DmaFence;
    expect(fence.testSignaledFlag).toBe(false);
    // The timer wheel rounds such a timeout up to a multiple of 256 ms.
    f.run(() => f.drv.sched.resume(f.ptdev), 360);
    expect(f.warnings).toEqual([
      expect.stringMatching(/^job timeout: pid=\d+, comm=test, seqno=1$/),
    ]);
    expect(fence.status).toBe(-110);
    const state = { groupHandle: handle, state: 0, fatalQueues: 0, pad: 0 };
    expect(f.run(() => f.drv.sched.groupGetState(f.pfile, state))).toBe(0);
    expect(state.state).toBe(1);
    expect(f.submit(handle)).toBe(-22);
  });

  it("is given the whole time again after the progress of another job", () => {
    const f = new Fixture();
    f.start();
    const handle = f.createGroup();
    f.submit(handle);
    const second = f.submit(handle, 0, 4000) as DmaFence;
    f.complete(handle);
    f.run(() => f.drv.sched.resume(f.ptdev), 4000);
    expect(f.warnings).toEqual([]);
    f.run(() => f.drv.sched.resume(f.ptdev), 1500);
    expect(second.status).toBe(-110);
  });
});

describe("more groups than slots", () => {
  it("take turns, a tick of 10 ms at a time", () => {
    const f = new Fixture({ csgSlots: 2 });
    f.start();
    const handles = [f.createGroup(), f.createGroup(), f.createGroup()];
    for (const handle of handles) f.submit(handle);
    expect(handles.map((h) => f.group(h).csgId)).toEqual([0, 1, -1]);
    const onSlots = new Set<string>();
    for (let i = 0; i < 80; i++) {
      f.run(() => f.drv.sched.groupPoolCreate({ ...f.pfile }));
      onSlots.add(handles.map((h) => f.group(h).csgId).join());
    }
    // Three jiffies, two changes; and the slot of the one that leaves is the one that is filled.
    expect([...onSlots].slice(0, 4)).toEqual(["0,1,-1", "-1,1,0", "1,-1,0", "1,0,-1"]);
    expect(f.warnings).toEqual([]);
  });

  it("let a real-time group preempt at once", () => {
    const f = new Fixture({ csgSlots: 1 });
    f.start();
    const medium = f.createGroup();
    const rt = f.createGroup(1, 3);
    f.submit(medium);
    expect(f.group(medium).csgId).toBe(0);
    f.submit(rt);
    expect(f.group(rt).csgId).toBe(0);
    expect(f.group(medium).csgId).toBe(-1);
  });
});

describe("firmware that does not answer", () => {
  it("leads to a reset; its group is innocent and cannot be used again", () => {
    let dead = false;
    const f = new Fixture({ answers: () => !dead });
    f.start();
    const handle = f.createGroup();
    const fence = f.submit(handle) as DmaFence;
    dead = true;
    f.run(() => f.drv.sched.resume(f.ptdev));
    expect(f.resets).toBe(1);
    expect(f.warnings).toEqual(["CSG 0 update request timedout"]);

    f.run(() => f.drv.sched.preReset(f.ptdev));
    expect(f.group(handle).csgId).toBe(-1);
    expect(f.group(handle).innocent).toBe(true);
    f.ptdev.reset.pending = false;
    f.run(() => f.drv.sched.postReset(f.ptdev, false), 50);
    expect(fence.status).toBe(-110);
    expect(f.submit(handle)).toBe(-22);
  });

  it("brings a group that could be suspended back after the reset", () => {
    const f = new Fixture();
    f.start();
    const handle = f.createGroup();
    f.submit(handle);
    f.run(() => f.drv.sched.preReset(f.ptdev));
    expect(f.group(handle).csgId).toBe(-1);
    f.run(() => f.drv.sched.postReset(f.ptdev, false), 5);
    expect(f.group(handle).csgId).toBe(0);
    expect(f.log.at(-1)).toBe("csg 0 resume+endpoint");
    f.complete(handle);
    expect(f.warnings).toEqual([]);
  });
});

describe("an MMU fault without a fault event", () => {
  it("is blamed on all queues of the group", () => {
    const f = new Fixture();
    f.start();
    const handle = f.createGroup(2);
    const fence = f.submit(handle) as DmaFence;
    f.unhandledFault = true;
    f.run(() => f.drv.sched.reportMmuFault(f.ptdev), 10);
    expect(f.group(handle).fatalQueues).toBe(3);
    expect(fence.status).toBe(-22);
    expect(f.group(handle).csgId).toBe(-1);
  });
});
