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
              overlay: Effect.succeed(mutation),
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
