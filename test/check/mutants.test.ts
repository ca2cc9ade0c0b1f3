// Each invariant that a driver's mistake can violate, on a driver that makes the mistake: a replay
// of a small trace with one operation replaced.

import * as Effect from "effect/Effect";
import { isRight } from "effect/Either";
import { expect, it } from "vitest";
import { zeroCost } from "../../src/device/profile/index.ts";
import { gpuControl } from "../../src/device/registers/gpu-control.ts";
import { AS_COMMAND } from "../../src/driver/mmu/regs.ts";
import type { Overlay } from "../../src/driver/driver.ts";
import { done } from "../../src/machine/core/op.ts";
import { replay } from "../../src/replay/replay.ts";
import type { Revision } from "../../src/revision/revision.ts";
import { catalog } from "../../src/revision/catalog.ts";
import { parseRevision } from "../../src/revision/revision.ts";
import { overlay, patch } from "../../src/revision/patch.ts";
import { parseTrace } from "../../src/trace/parse.ts";

const text = `
version: 1
name: one-job
description: A job, mappings while its VM has an address space, a pause in which the device sleeps.
streams:
  work: |
    run 100us
events:
  - |
    app-1 +0: plug:
    app-1 +200ms: open:
    app-1 +0: vm_create: vm=vm
    app-1 +0: bo_create: bo=bo size=64KiB vm=vm
    app-1 +0: bo_write: bo=bo stream=work
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x1000000 size=64KiB
    app-1 +0: group_create: group=g vm=vm queue={}
    app-1 +0: syncobj_create: sync=s
    app-1 +0: group_submit: group=g stream=work signal=s
    app-1 +0: syncobj_wait: sync=s timeout=1s ret=any
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x2000000 size=64KiB
    app-1 +0: vm_bind: vm=vm op=unmap va=0x2000000 size=64KiB
    app-1 +300ms: dev_query: type=gpu_info
    app-1 +0: group_destroy: group=g
    app-1 +20ms: vm_destroy: vm=vm
`;
const trace = parseTrace(text, "one-job.yaml");
/** A job that need not wait for the one before it. */
const twoJobs = parseTrace(
  text
    .replace(
      "    app-1 +0: syncobj_wait",
      "    app-1 +0: group_submit: group=g stream=work\n    app-1 +0: syncobj_wait",
    )
    .replace("timeout=1s", "timeout=40s"),
  "two-jobs.yaml",
);
/** One group waits for a sync object for 20 s, as it may; the job of the other takes 12 s. */
const besideAWait = parseTrace(
  `
version: 1
name: beside-a-wait
description: A job that must be killed beside a group that waits.
streams:
  slow: |
    run 12s
  wait: |
    move48 d0, 0x2000000
    move48 d2, 0
    sync_wait64 gt, d0, d2
  set: |
    move48 d0, 0x2000000
    move48 d2, 1
    sync_set64 d0, d2
events:
  - |
    app-1 +0: plug:
    app-1 +200ms: open:
    app-1 +0: vm_create: vm=vm
    app-1 +0: bo_create: bo=bo size=64KiB vm=vm
    app-1 +0: bo_write: bo=bo stream=slow
    app-1 +0: bo_write: bo=bo offset=0x200 stream=wait
    app-1 +0: bo_write: bo=bo offset=0x400 stream=set
    app-1 +0: vm_bind: vm=vm op=map bo=bo va=0x1000000 size=64KiB
    app-1 +0: bo_create: bo=sync size=4KiB vm=vm
    app-1 +0: vm_bind: vm=vm op=map bo=sync va=0x2000000 size=4KiB
    app-1 +0: group_create: group=waits vm=vm queue={}
    app-1 +0: group_create: group=hangs vm=vm queue={}
    app-1 +0: group_create: group=sets vm=vm queue={}
    app-1 +0: syncobj_create: sync=w
    app-1 +0: syncobj_create: sync=h
    app-1 +0: group_submit: group=waits stream=wait signal=w
    app-1 +0: group_submit: group=hangs stream=slow signal=h
    app-1 +20s: group_submit: group=sets stream=set
    app-1 +0: syncobj_wait: sync=w,h all timeout=40s
`,
  "beside-a-wait.yaml",
);
const base = Effect.runSync(parseRevision("linux-7.3", catalog));

/** Names of the checks that flag a driver with this overlay. */
function flags(mutation: Overlay | null, of = trace): string[] {
  if (!isRight(of)) throw of.left;
  const mutant: Revision =
    mutation === null
      ? base
      : {
          ...base,
          patches: [
            ...base.patches,
            patch({
              id: "test/mutant",
              title: "a mistake",
              source: "test",
              overlay: mutation,
            }),
          ],
        };
  const { findings } = replay({ trace: of.right, revision: mutant, profile: zeroCost });
  return [...new Set(findings.map(({ check }) => check))];
}

it("flags nothing in the driver as it is", () => {
  expect(flags(null)).toEqual([]);
});

it("flags an unmap without the region lock", () => {
  const mistake = overlay(() => ({
    mmu: {
      *vmLockRegionSlow(vm, start, size) {
        // The driver believes that it holds the lock.
        vm.lockedRegion.start = start;
        vm.lockedRegion.size = size;
        return 0;
      },
    },
  }));
  expect(flags(mistake)).toContain("unmap-region");
});

it("flags AS commands without a look at the status", () => {
  const mistake = overlay((final) => ({
    mmu: {
      *asSendCmdAndWait(_ptdev, asNr, cmd) {
        yield* final().mmio.write32(AS_COMMAND(asNr), cmd);
        return 0;
      },
    },
  }));
  expect(flags(mistake)).toContain("as-command");
});

it("flags a register read while the device sleeps", () => {
  const mistake = overlay((final, prev) => ({
    drv: {
      *ioctl(file, name, args) {
        if (name === "DEV_QUERY") yield* final().mmio.read32(gpuControl.GPU_ID.offset);
        return yield* prev.drv.ioctl(file, name, args);
      },
    },
  }));
  expect(flags(mistake)).toEqual(["unpowered-access"]);
});

it("flags an MCU that is started without the L2", () => {
  const mistake = overlay((final) => ({
    gpu: { resume: (ptdev) => final().device.irqResume(ptdev.gpu.irq) },
  }));
  expect(flags(mistake)).toContain("powered-blocks");
});

it("flags accesses during a soft reset", () => {
  const mistake = overlay((final, prev) => ({
    fw: {
      // Asks for a reset and does not wait for its end.
      *resume(ptdev) {
        yield* final().mmio.write32(gpuControl.GPU_CMD.offset, 0x101);
        return yield* prev.fw.resume(ptdev);
      },
    },
  }));
  expect(flags(mistake)).toContain("powered-blocks");
});

/** Queues never get a timeout. */
const noTimeout = overlay(() => ({ sched: { queueResumeTimeout: () => done() } }));

it("flags a job that nothing ends in time, whoever waits beside it", () => {
  expect(flags(null, besideAWait)).toEqual([]);
  expect(flags(noTimeout, besideAWait)).toEqual(["fence-bound"]);
});

it("flags a suspend buffer that two slots save to", () => {
  const mistake = overlay((final, prev) => ({
    sched: {
      *csgSlotProgLocked(ptdev, csgId, priority) {
        const ret = yield* prev.sched.csgSlotProgLocked(ptdev, csgId, priority);
        const first = final().fw.getCsgIface(ptdev, 0).input;
        if (csgId > 0) final().fw.getCsgIface(ptdev, csgId).input.suspendBuf = first.suspendBuf;
        return ret;
      },
    },
  }));
  expect(flags(mistake, besideAWait)).toContain("slot-group");
});

it("flags jobs that nothing runs in time", () => {
  // The reservations are locked and the job is pushed, but much later.
  const mistake = overlay((final, prev) => ({
    sched: {
      *queueRunJob(job) {
        yield* final().linux.time.nanosleep(11e9);
        return yield* prev.sched.queueRunJob(job);
      },
    },
  }));
  expect(flags(mistake, twoJobs)).toContain("job-progress");
});

it("flags a mutex that an ioctl leaves locked", () => {
  const mistake = overlay((_, prev) => ({
    drv: {
      *ioctl(file, name, args) {
        const ret = yield* prev.drv.ioctl(file, name, args);
        if (name === "VM_DESTROY") yield* file.pfile.ptdev.scheduler!.lock.lock();
        return ret;
      },
    },
  }));
  expect(flags(mistake)).toContain("held-locks");
});

it("flags references that are kept", () => {
  expect(flags(overlay(() => ({ sched: { groupPut: () => done() } })))).toEqual(["references"]);
});

it("flags fences that nothing signals", () => {
  const mistake = overlay(() => ({
    sched: { groupSyncUpdWork: () => done(), groupTermPostProcessing: () => done() },
  }));
  expect(flags(mistake)).toContain("fence-once");
});
