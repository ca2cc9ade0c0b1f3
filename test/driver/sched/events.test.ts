import { describe, expect, it } from "vitest";
import type { DmaFence } from "../../../src/machine/dma-fence/fence.ts";
import {
  CS_FATAL,
  CS_FAULT,
  CS_STATUS_BLOCKED_REASON_SYNC_WAIT,
  CS_STATUS_WAIT_SYNC_64B,
  CS_STATUS_WAIT_SYNC_COND_GT,
  CS_TILER_OOM,
  CSG_IDLE,
  CSG_PROGRESS_TIMER_EVENT,
  GLB_IDLE,
  JOB_INT_GLOBAL_IF,
} from "../../../src/driver/fw/iface-bits.ts";
import { listEmpty } from "../../../src/driver/sched/list.ts";
import { Fixture } from "./fixture.ts";

function started(queues = 1): { f: Fixture; handle: number; fence: DmaFence } {
  const f = new Fixture();
  f.start();
  const handle = f.createGroup(queues);
  const fence = f.submit(handle) as DmaFence;
  f.log.length = 0;
  return { f, handle, fence };
}

const tick = (f: Fixture): void => f.run(() => f.drv.sched.resume(f.ptdev), 5);

describe("CS_FATAL", () => {
  it("ends the group; its jobs fail with -EINVAL", () => {
    const { f, handle, fence } = started(2);
    Object.assign(f.cs[0][0].output, { fatal: 0x40, fatalInfo: 0x5678n });
    f.csEvent(0, 0, CS_FATAL);
    expect(f.group(handle).fatalQueues).toBe(1);
    expect(f.warnings).toEqual([
      expect.stringMatching(/^CS_FATAL: pid=\d+, comm=test$/),
      [
        "CSG slot 0 CS slot: 0",
        "CS_FATAL.EXCEPTION_TYPE: 0x40 (exception)",
        "CS_FATAL.EXCEPTION_DATA: 0x0",
        "CS_FATAL_INFO.EXCEPTION_DATA: 0x5678",
      ].join("\n"),
    ]);
    expect(f.log).toContain("csg 0 terminate");
    expect(fence.status).toBe(-22);
    expect(f.resets).toBe(0);
    // Acknowledged: the queue's event and the slot's interrupt.
    expect((f.cs[0][0].input.req ^ f.cs[0][0].output.ack) & CS_FATAL).toBe(0);
    expect(f.csg[0].input.csIrqAck).toBe(f.csg[0].output.csIrqReq);
  });

  it("of the unrecoverable kind asks for a reset, and nothing is scheduled until then", () => {
    const { f, handle, fence } = started();
    Object.assign(f.cs[0][0].output, { fatal: 0x41, fatalInfo: 0n });
    f.csEvent(0, 0, CS_FATAL);
    tick(f);
    expect(f.resets).toBe(1);
    expect(f.log).not.toContain("csg 0 terminate");
    expect(f.group(handle).csgId).toBe(0);
    expect(fence.status).toBe(0);
  });
});

describe("CS_FAULT", () => {
  it("gives an error to the job at the extract position only", () => {
    const { f, handle, fence } = started();
    const second = f.submit(handle) as DmaFence;
    const third = f.submit(handle) as DmaFence;
    f.queue(handle).iface.output.extract = 128 + 40;
    f.cs[0][0].output.fault = 0x58;
    Object.assign(f.cs[0][0].output, { faultInfo: 0n });
    const bell = f.csg[0].input.doorbellReq;
    f.csEvent(0, 0, CS_FAULT);
    expect(f.csg[0].input.doorbellReq).not.toBe(bell);
    f.complete(handle, 0, 3);
    expect([fence, second, third].map((x) => x.status)).toEqual([1, -22, 1]);
    expect(f.group(handle).fatalQueues).toBe(0);
  });
});

describe("the progress timer", () => {
  it("ends the group as a timeout does", () => {
    const { f, handle, fence } = started();
    f.event(0, CSG_PROGRESS_TIMER_EVENT);
    expect(f.group(handle).timedout).toBe(true);
    expect(fence.status).toBe(-110);
    expect(f.warnings[1]).toBe("CSG slot 0 progress timeout");
  });
});

describe("tiler out of memory", () => {
  const oom = (f: Fixture): void => {
    const heap = { heapAddress: 0xabc000, heapVtStart: 3, heapVtEnd: 1, heapFragEnd: 0 };
    Object.assign(f.cs[0][0].output, heap);
    f.csEvent(0, 0, CS_TILER_OOM);
  };

  it("gives the firmware a chunk, and acknowledges only then", () => {
    const { f } = started();
    f.growRet = 0x7000000;
    oom(f);
    expect(f.log).toContain("grow 0xabc000 3 1");
    expect(f.cs[0][0].input.heapStart).toBe(0x7000000);
    expect(f.cs[0][0].input.heapEnd).toBe(0x7000000);
    expect((f.cs[0][0].input.req ^ f.cs[0][0].output.ack) & CS_TILER_OOM).toBe(0);
  });

  it("answers with no chunk when the heap is full", () => {
    const { f, handle } = started();
    f.growRet = -12;
    oom(f);
    expect(f.cs[0][0].input.heapStart).toBe(0);
    expect(f.group(handle).fatalQueues).toBe(0);
  });

  it("ends the group on any other error", () => {
    const { f, handle, fence } = started();
    f.growRet = -22;
    oom(f);
    expect(f.group(handle).fatalQueues).toBe(1);
    expect(f.warnings).toEqual(["Failed to extend the tiler heap"]);
    expect(fence.status).toBe(-22);
  });
});

describe("idle", () => {
  it("gives the power reference back when nothing is left to run", () => {
    const { f, handle } = started();
    expect(f.ptdev.scheduler.pm.hasRef).toBe(true);
    f.complete(handle);
    f.event(0, CSG_IDLE);
    expect(f.ptdev.scheduler.pm.hasRef).toBe(false);
    expect(f.group(handle).csgId).toBe(0);
    expect(f.ptdev.scheduler.mightHaveIdleGroups).toBe(true);
    expect(f.pmRefs).toBe(0);
  });

  it("of the whole GPU is acknowledged, with a tick", () => {
    const { f } = started();
    f.glb.input.req = 0;
    f.glb.output.ack = GLB_IDLE;
    f.run(() => f.drv.sched.reportFwEvents(f.ptdev, JOB_INT_GLOBAL_IF));
    expect(f.glb.input.req).toBe(GLB_IDLE);
    expect(f.log).toContain("csg 0 status");
  });
});

describe("a queue that waits for a sync object", () => {
  function blocked(): { f: Fixture; handle: number } {
    const { f, handle } = started();
    Object.assign(f.cs[0][0].output, {
      statusBlockedReason: CS_STATUS_BLOCKED_REASON_SYNC_WAIT,
      statusWait: CS_STATUS_WAIT_SYNC_COND_GT | CS_STATUS_WAIT_SYNC_64B,
      statusWaitSyncPtr: 0x5000000,
      statusWaitSyncValue: 4,
      statusWaitSyncValueHi: 1,
    });
    tick(f);
    return { f, handle };
  }

  it("is blocked after a status update, and its group waits", () => {
    const { f, handle } = blocked();
    const group = f.group(handle);
    expect(group.blockedQueues).toBe(1);
    expect(listEmpty(group.waitNode)).toBe(false);
    expect(f.queue(handle).syncwait).toMatchObject({ ref: 0x1_0000_0004n, gt: true, sync64: true });
  });

  it("is looked at when a sync object has changed, and unblocked by its value", () => {
    const { f, handle } = blocked();
    const group = f.group(handle);
    f.run(() => f.drv.sched.suspend(f.ptdev));
    expect(group.csgId).toBe(-1);
    expect(f.maps).toBe(1);

    f.userBo.write64(0, 0x1_0000_0004n);
    f.run(() => f.drv.sched.syncUpdWork(f.ptdev.scheduler));
    expect(group.blockedQueues).toBe(1);

    f.userBo.write64(0, 0x1_0000_0005n);
    f.run(() => f.drv.sched.syncUpdWork(f.ptdev.scheduler));
    expect(group.blockedQueues).toBe(0);
    expect(listEmpty(group.waitNode)).toBe(true);
    expect(listEmpty(group.runNode)).toBe(false);
    expect(f.maps).toBe(0);
  });

  it("keeps its job's timeout running while the whole group is blocked", () => {
    const { f, handle } = blocked();
    const { remaining, work } = f.queue(handle).timeout;
    expect(remaining).toBe(Infinity);
    f.run(() => f.drv.sched.suspend(f.ptdev));
    expect(f.queue(handle).timeout.remaining).toBe(Infinity);
    expect(work.pending).toBe(true);
  });
});

describe("suspend", () => {
  it("stops the timeout and keeps what was left of it", () => {
    const { f, handle } = started();
    f.run(() => f.drv.sched.suspend(f.ptdev));
    const { remaining } = f.queue(handle).timeout;
    expect(f.log).toContain("csg 0 suspend");
    expect(remaining).toBeGreaterThan(1200);
    expect(remaining).toBeLessThanOrEqual(1250);
    tick(f);
    expect(f.group(handle).csgId).toBe(0);
    expect(f.log.at(-1)).toBe("csg 0 resume+endpoint");
    expect(f.queue(handle).timeout.remaining).toBe(Infinity);
  });
});
