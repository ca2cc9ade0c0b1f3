import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { DmaFenceArray } from "../../../src/machine/dma-fence/index.ts";
import * as errno from "../../../src/machine/errno.ts";
import { Eventfd } from "../../../src/machine/eventfd.ts";
import * as so from "../../../src/machine/syncobj/index.ts";
import { sendSignal } from "../../../src/machine/wait/schedule.ts";
import { Kit } from "../dma-fence/kit.ts";

const { EBADF, EINVAL, ENOENT, ERESTARTSYS, ETIME } = errno;
const ms = 1_000_000;

class Files {
  readonly kit = new Kit();
  readonly file = new so.SyncobjFile(this.kit);

  *create(flags = 0): Kernel<number> {
    const args: so.SyncobjCreateArgs = { flags };
    expect(yield* so.syncobjCreateIoctl(this.file, args)).toBe(0);
    return args.handle!;
  }

  *point(handle: number): Kernel<number> {
    const args: so.SyncobjTimelineArrayArgs = { handles: [handle] };
    expect(yield* so.syncobjQueryIoctl(this.file, args)).toBe(0);
    return args.points![0];
  }

  signal(handle: number, point: number): Kernel<number> {
    return so.syncobjTimelineSignalIoctl(this.file, { handles: [handle], points: [point] });
  }

  *wait(args: so.SyncobjWaitArgs): Kernel<number> {
    return args.points === undefined
      ? yield* so.syncobjWaitIoctl(this.file, args)
      : yield* so.syncobjTimelineWaitIoctl(this.file, args);
  }
}

describe("sync object handles", () => {
  it("are the lowest free numbers from 1, and keep the object alive", () => {
    const t = new Files();
    t.kit.run(function* () {
      for (const expected of [1, 2, 3]) expect(yield* t.create()).toBe(expected);
      expect(yield* so.syncobjDestroyIoctl(t.file, { handle: 2 })).toBe(0);
      expect(yield* so.syncobjDestroyIoctl(t.file, { handle: 2 })).toBe(-EINVAL);
      expect(yield* t.create()).toBe(2);
      const found = yield* t.file.find(3);
      yield* t.file.release();
      expect(found!.refcount).toBe(1);
      expect(yield* t.file.find(3)).toBe(null);
    });
  });

  it("travel through descriptors, and so do fences", () => {
    const t = new Files();
    t.kit.run(function* () {
      const handle = yield* t.create();
      const byFd: so.SyncobjHandleArgs = { handle };
      expect(yield* so.syncobjHandleToFdIoctl(t.file, byFd)).toBe(0);
      expect(byFd.fd).toBe(3);
      const back: so.SyncobjHandleArgs = { fd: 3 };
      expect(yield* so.syncobjFdToHandleIoctl(t.file, back)).toBe(0);
      expect(yield* t.file.find(back.handle!)).toBe(yield* t.file.find(handle));

      const fence = t.kit.fence();
      const target = (yield* t.file.find(handle))!;
      yield* target.addPoint(fence, 4);
      const flags = so.handleToFdExportSyncFile | so.handleToFdTimeline;
      const out: so.SyncobjHandleArgs = { handle, flags, point: 4 };
      expect(yield* so.syncobjHandleToFdIoctl(t.file, out)).toBe(0);
      const other = yield* t.create();
      const into = { fd: out.fd, handle: other, flags: so.fdToHandleImportSyncFile };
      expect(yield* so.syncobjFdToHandleIoctl(t.file, into)).toBe(0);
      expect((yield* t.file.find(other))!.fence).toBe((yield* t.file.find(handle))!.fence);
      yield* t.file.fds.closeAll();
      expect(t.file.fds.get(3)).toBe(null);
    });
  });

  const { syncobjHandleToFdIoctl: toFd, syncobjFdToHandleIoctl: toHandle } = so;
  const signal = so.syncobjSignalIoctl;
  it.each<[string, number, (f: so.SyncobjFile) => Kernel<number>]>([
    ["unknown create flags", -EINVAL, (f) => so.syncobjCreateIoctl(f, { flags: 2 })],
    ["padding in destroy", -EINVAL, (f) => so.syncobjDestroyIoctl(f, { handle: 1, pad: 1 })],
    ["padding before flags", -EINVAL, (f) => toFd(f, { handle: 1, pad: 1, flags: 64 })],
    ["a point without a sync file", -EINVAL, (f) => toFd(f, { handle: 1, point: 1 })],
    ["no such handle to fd", -EINVAL, (f) => toFd(f, { handle: 77 })],
    ["no such handle to sync file", -ENOENT, (f) => toFd(f, { handle: 77, flags: 1 })],
    ["a handle without a fence to sync file", -EINVAL, (f) => toFd(f, { handle: 1, flags: 1 })],
    ["a bad descriptor", -EINVAL, (f) => toHandle(f, { fd: 9 })],
    ["no handles to reset", -EINVAL, (f) => so.syncobjResetIoctl(f, { handles: [] })],
    ["one unknown handle", -ENOENT, (f) => signal(f, { handles: [1, 77] })],
    ["no handles to wait for", 0, (f) => so.syncobjWaitIoctl(f, { handles: [], timeoutNsec: 0 })],
    [
      "a flag of timeline waits only",
      -EINVAL,
      (f) => so.syncobjWaitIoctl(f, { handles: [1], timeoutNsec: 0, flags: so.waitAvailable }),
    ],
    [
      "a wait without a fence",
      -EINVAL,
      (f) => so.syncobjWaitIoctl(f, { handles: [1], timeoutNsec: 0 }),
    ],
    ["an eventfd that is none", -EBADF, (f) => so.syncobjEventfdIoctl(f, { handle: 1, fd: 9 })],
    [
      "a transfer from nowhere",
      -ENOENT,
      (f) => so.syncobjTransferIoctl(f, { srcHandle: 77, dstHandle: 1 }),
    ],
    [
      "a transfer with unknown flags",
      -EINVAL,
      (f) => so.syncobjTransferIoctl(f, { srcHandle: 1, dstHandle: 1, flags: 8 }),
    ],
  ])("answer %s with %i", (_, ret, call) => {
    const t = new Files();
    t.kit.run(function* () {
      yield* t.create();
      expect(yield* call(t.file)).toBe(ret);
      expect((yield* t.file.find(1))!.refcount).toBe(2);
    });
  });
});

describe("timelines", () => {
  it("query the last point that signalled with everything before it", () => {
    const shuffled = fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 5 });
    fc.assert(
      fc.property(shuffled, (order) => {
        const t = new Files();
        t.kit.run(function* () {
          const handle = yield* t.create();
          const syncobj = (yield* t.file.find(handle))!;
          const fences = [1, 2, 3, 4, 5].map(() => t.kit.fence());
          for (let i = 0; i < 5; i++) yield* syncobj.addPoint(fences[i], i + 1);
          const signaled = new Set<number>();
          for (const point of order) {
            yield* fences[point - 1].signal();
            signaled.add(point);
            let expected = 0;
            while (signaled.has(expected + 1)) expected++;
            expect(yield* t.point(handle)).toBe(expected);
          }
        });
      }),
      { numRuns: 30 },
    );
  });

  it("signal from user space, and reset", () => {
    const t = new Files();
    t.kit.run(function* () {
      const handle = yield* t.create();
      expect(yield* t.point(handle)).toBe(0);
      yield* t.signal(handle, 6);
      expect(yield* t.point(handle)).toBe(6);
      const args: so.SyncobjTimelineArrayArgs = { handles: [handle], flags: so.queryLastSubmitted };
      const syncobj = (yield* t.file.find(handle))!;
      yield* syncobj.addPoint(t.kit.fence(), 8);
      yield* so.syncobjQueryIoctl(t.file, args);
      expect(args.points).toEqual([8]);
      yield* so.syncobjResetIoctl(t.file, { handles: [handle] });
      expect(yield* t.point(handle)).toBe(0);
    });
  });

  it("transfer points to points and to binary objects", () => {
    const t = new Files();
    t.kit.run(function* () {
      const [src, dst, binary] = [yield* t.create(), yield* t.create(), yield* t.create()];
      const fence = t.kit.fence();
      yield* (yield* t.file.find(src))!.addPoint(fence, 1);
      const args = { srcHandle: src, srcPoint: 1, dstHandle: dst, dstPoint: 10 };
      expect(yield* so.syncobjTransferIoctl(t.file, args)).toBe(0);
      const toBinary = { srcHandle: dst, srcPoint: 10, dstHandle: binary };
      expect(yield* so.syncobjTransferIoctl(t.file, toBinary)).toBe(0);
      const poll = { handles: [binary], timeoutNsec: 0 };
      expect(yield* t.wait(poll)).toBe(-ETIME);
      yield* fence.signal();
      expect(yield* t.wait(poll)).toBe(0);
      expect(yield* t.point(dst)).toBe(10);
    });
  });
});

describe("fences in sync objects", () => {
  it("are named when they go unsignalled, but for containers", () => {
    const t = new Files();
    const { kit } = t;
    const alone = kit.fences.contextAlloc(1);
    kit.run(function* () {
      const members = [kit.fence(), kit.fence()];
      const array = new DmaFenceArray(kit.fences, members, kit.fences.contextAlloc(1), 1);
      const fence = kit.fence(alone);
      const syncobj = (yield* t.file.find(yield* t.create()))!;
      for (const f of [fence, array]) {
        yield* syncobj.addPoint(f, 1);
        yield* syncobj.replaceFence(null);
        yield* f.put();
      }
    });
    expect(kit.events(["fence_shared"])).toEqual([`fence_shared test timeline ${alone} 1`]);
  });
});

describe("sync object waits", () => {
  it("wake in hardirq context through the chain's irq_work", () => {
    const t = new Files();
    const { kit } = t;
    kit.run(function* () {
      const handle = yield* t.create();
      const fence = kit.fence();
      yield* (yield* t.file.find(handle))!.addPoint(fence, 1);
      kit.task("gpu", function* () {
        yield* kit.sleepUs(20);
        yield* fence.signal();
      });
      const args = { handles: [handle], points: [1], timeoutNsec: 1000 * ms };
      expect(yield* t.wait(args)).toBe(0);
      expect(args).toMatchObject({ firstSignaled: 0 });
    });
    const kinds = ["dma_fence_enable_signal", "dma_fence_signaled", "sched_waking"] as const;
    const events = kit.events(kinds, true);
    expect(events).toContain("init: dma_fence_enable_signal dma_fence_chain unbound 2 1");
    expect(events.slice(-2)).toEqual([
      "gpu/hardirq: dma_fence_signaled dma_fence_chain unbound 2 1 0",
      expect.stringMatching(/^gpu\/hardirq: sched_waking init/),
    ]);
  });

  it.each([
    { timeoutMs: 0, endsAtMs: 0 },
    // One more jiffy than fits, counted from the next tick: up to two jiffies late.
    { timeoutMs: 10, endsAtMs: 12 },
    { timeoutMs: 40, endsAtMs: 44 },
  ])("give up after $timeoutMs ms", ({ timeoutMs, endsAtMs }) => {
    const t = new Files();
    t.kit.run(function* () {
      const handle = yield* t.create();
      yield* (yield* t.file.find(handle))!.replaceFence(t.kit.fence());
      const args = { handles: [handle], timeoutNsec: timeoutMs * ms };
      expect(yield* t.wait(args)).toBe(-ETIME);
      expect(Math.abs(t.kit.m.now / ms - endsAtMs)).toBeLessThanOrEqual(4);
      expect(t.kit.m.now).toBeGreaterThanOrEqual(timeoutMs * ms);
    });
  });

  it("return the first of several, or wait for all", () => {
    const t = new Files();
    t.kit.run(function* () {
      const handles = [yield* t.create(), yield* t.create()];
      const fences = [t.kit.fence(), t.kit.fence()];
      for (const i of [0, 1]) yield* (yield* t.file.find(handles[i]))!.replaceFence(fences[i]);
      t.kit.task("gpu", function* () {
        yield* t.kit.sleepUs(20);
        yield* fences[1].signal();
        yield* t.kit.sleepUs(20);
        yield* fences[0].signal();
      });
      const any: so.SyncobjWaitArgs = { handles, timeoutNsec: 1000 * ms };
      expect(yield* t.wait(any)).toBe(0);
      expect([any.firstSignaled, t.kit.m.now]).toEqual([1, 20_000]);
      const all = { handles, timeoutNsec: 1000 * ms, flags: so.waitAll };
      expect(yield* t.wait(all)).toBe(0);
      expect(t.kit.m.now).toBe(40_000);
    });
  });

  it("wait for the submission of a fence, and for its being available", () => {
    const t = new Files();
    t.kit.run(function* () {
      const handle = yield* t.create();
      const fence = t.kit.fence();
      t.kit.task("submitter", function* () {
        yield* t.kit.sleepUs(20);
        yield* (yield* t.file.find(handle))!.addPoint(fence, 3);
        yield* t.kit.sleepUs(20);
        yield* fence.signal();
      });
      const available = { handles: [handle], points: [3], timeoutNsec: 1000 * ms, flags: 4 };
      expect(yield* t.wait(available)).toBe(0);
      expect(t.kit.m.now).toBe(20_000);
      const submitted = { ...available, flags: so.waitForSubmit };
      expect(yield* t.wait(submitted)).toBe(0);
      expect(t.kit.m.now).toBe(40_000);
    });
  });

  it("find a fence that is submitted later, or time out after 5 s", () => {
    const t = new Files();
    const results: unknown[] = [];
    t.kit.task("finder", function* () {
      const handle = yield* t.create();
      results.push(yield* so.findFence(t.file, handle, 2, so.waitForSubmit), t.kit.m.now >= 5e9);
    });
    t.kit.m.run(6e9);
    expect(results).toEqual([-ETIME, true]);
  });

  it("end on a signal", () => {
    const t = new Files();
    let ret = 0;
    const waiter = t.kit.task("waiter", function* () {
      const handle = yield* t.create();
      yield* (yield* t.file.find(handle))!.replaceFence(t.kit.fence());
      ret = yield* t.wait({ handles: [handle], timeoutNsec: 1000 * ms });
    });
    t.kit.run(function* () {
      yield* t.kit.sleepUs(50);
      yield* sendSignal(t.kit.m, waiter as never);
    });
    expect(ret).toBe(-ERESTARTSYS);
  });

  it("signal eventfds at submission or at completion", () => {
    const t = new Files();
    t.kit.run(function* () {
      const handle = yield* t.create();
      const [done, available] = [new Eventfd(t.kit.m, "done"), new Eventfd(t.kit.m, "available")];
      const fd = t.file.fds.install({ kind: "eventfd", eventfd: done });
      const fd2 = t.file.fds.install({ kind: "eventfd", eventfd: available });
      yield* so.syncobjEventfdIoctl(t.file, { handle, point: 2, fd });
      yield* so.syncobjEventfdIoctl(t.file, { handle, point: 2, fd: fd2, flags: so.waitAvailable });
      const syncobj = (yield* t.file.find(handle))!;
      const fence = t.kit.fence();
      const earlier = t.kit.fence();
      yield* syncobj.addPoint(earlier, 1);
      expect([done.value, available.value]).toEqual([0n, 0n]);
      yield* syncobj.addPoint(fence, 2);
      expect([done.value, available.value]).toEqual([0n, 1n]);
      yield* fence.signal();
      expect(done.value).toBe(0n);
      yield* earlier.signal();
      expect([done.value, available.value]).toEqual([1n, 1n]);
    });
  });
});
