// A user program in few words: a VM, a buffer of command streams, groups, jobs, waits.

import type { PanthorGemObject } from "../../src/driver/gem/types.ts";
import type { DrmFile } from "../../src/driver/drv/types.ts";
import type { Annotation } from "../../src/device/cs/annotation.ts";
import type { Kernel } from "../../src/machine/core/op.ts";
import type { Bench } from "./harness.ts";

export const streamsVa = 0x1000000;
const streamsSize = 0x10000;
/** Distance between the streams of the buffer. */
const streamStride = 0x200;
const streamSize = 64;
const signalTimeline = 0x80000001;

export class User {
  vmId = 0;
  boHandle = 0;
  syncobj = 0;
  private point = 0;

  constructor(
    readonly bench: Bench,
    readonly file: DrmFile,
  ) {}

  /** Runs an ioctl that must succeed. */
  *must(ret: Kernel<number>, what: string): Kernel<void> {
    const r = yield* ret;
    if (r < 0) throw new Error(`${what}: ${r}`);
  }

  /** VM_CREATE, BO_CREATE, VM_BIND of the stream buffer. */
  *setup(): Kernel<void> {
    const { drv } = this.bench.drv;
    const vm = { id: 0 };
    yield* this.must(drv.ioctl(this.file, "VM_CREATE", vm), "VM_CREATE");
    this.vmId = vm.id;
    const bo = { size: streamsSize, handle: 0 };
    yield* this.must(drv.ioctl(this.file, "BO_CREATE", bo), "BO_CREATE");
    this.boHandle = bo.handle;
    yield* this.map(streamsVa, streamsSize);
  }

  *map(va: number, size: number): Kernel<void> {
    const op = { flags: 0, boHandle: this.boHandle, va, size };
    const args = { vmId: this.vmId, ops: [op] };
    yield* this.must(this.bench.drv.drv.ioctl(this.file, "VM_BIND", args), "VM_BIND");
  }

  *group(queues = 1): Kernel<number> {
    const args = {
      queues: Array.from({ length: queues }, () => ({ ringbufSize: 4096, priority: 1 })),
      maxComputeCores: 4,
      maxFragmentCores: 4,
      maxTilerCores: 1,
      priority: 1,
      computeCoreMask: 0x50005n,
      fragmentCoreMask: 0x50005n,
      tilerCoreMask: 1n,
      vmId: this.vmId,
      groupHandle: 0,
    };
    yield* this.must(this.bench.drv.drv.ioctl(this.file, "GROUP_CREATE", args), "GROUP_CREATE");
    return args.groupHandle;
  }

  *createSyncobj(): Kernel<void> {
    const args = { handle: 0 };
    yield* this.bench.drv.drv.ioctl(this.file, "SYNCOBJ_CREATE", args);
    this.syncobj = args.handle;
  }

  /** Says what stream `n` of the buffer does. */
  stream(n: number, annotation: Annotation): void {
    const bo = this.file.handles.get(this.boHandle) as PanthorGemObject;
    this.bench.gpu.annotate(bo.backing.pages![0] + n * streamStride, annotation);
  }

  /** GROUP_SUBMIT of stream `n`; the point that it signals. */
  *submit(group: number, n: number, queueIndex = 0): Kernel<number> {
    const point = ++this.point;
    const job = {
      queueIndex,
      streamAddr: streamsVa + n * streamStride,
      streamSize,
      syncs: [{ flags: signalTimeline, handle: this.syncobj, timelineValue: point }],
    };
    const args = { groupHandle: group, queueSubmits: [job] };
    const submit = this.bench.drv.drv.ioctl(this.file, "GROUP_SUBMIT", args);
    yield* this.must(submit, "GROUP_SUBMIT");
    return point;
  }

  *wait(point: number, timeoutNs = 60e9): Kernel<number> {
    const { drv, linux } = this.bench;
    const now = yield* linux.time.ktimeGet();
    return yield* drv.drv.ioctl(this.file, "SYNCOBJ_TIMELINE_WAIT", {
      handles: [this.syncobj],
      points: [point],
      timeoutNsec: now + timeoutNs,
    });
  }

  sleep(ms: number): Kernel<number> {
    return this.bench.linux.time.nanosleep(ms * 1e6);
  }
}
