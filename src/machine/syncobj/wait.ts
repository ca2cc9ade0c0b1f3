// Waiting for sync objects: drivers/gpu/drm/drm_syncobj.c (drm_syncobj_array_wait_timeout,
// drm_timeout_abs_to_jiffies).

import { type Atomic, done, type Kernel } from "../core/op.ts";
import { putFence } from "../dma-fence/fences.ts";
import { EINVAL, ENOMEM, ERESTARTSYS, ETIME } from "../errno.ts";
import { scheduleTimeout } from "../wait/schedule.ts";
import * as flag from "./flags.ts";
import { type Syncobj, type SyncobjKernel, WaitEntry } from "./syncobj.ts";
import { assertMayWaitForUser, type SyncobjFile } from "./syncobj-file.ts";

/** drm_timeout_abs_to_jiffies(): 0 polls; costs a clock read otherwise. */
export function timeoutAbsToJiffies(kernel: SyncobjKernel, timeoutNs: number): Atomic<number> {
  return timeoutNs === 0 ? done(0) : absToJiffies(kernel, timeoutNs);
}

function* absToJiffies(kernel: SyncobjKernel, timeoutNs: number): Atomic<number> {
  const now = yield* kernel.time.ktimeGet();
  if (timeoutNs <= now) return 0;
  return Math.floor((timeoutNs - now) / (1e9 / kernel.m.hz)) + 1;
}

/** What one wait is about. */
export interface ArrayWait {
  readonly syncobjs: readonly Syncobj[];
  /** Null for binary waits: all points 0. */
  readonly points: readonly number[] | null;
  readonly flags: number;
  /** Jiffies. */
  readonly timeout: number;
  readonly deadlineNs: number | null;
}

export interface ArrayWaitResult {
  /** Jiffies left, or a negative errno. */
  ret: number;
  firstSignaled: number;
}

/** drm_syncobj_array_wait_timeout(). */
export function* arrayWaitTimeout(file: SyncobjFile, wait: ArrayWait): Kernel<ArrayWaitResult> {
  const result: ArrayWaitResult = { ret: wait.timeout, firstSignaled: flag.noneSignaled };
  const { syncobjs, flags } = wait;
  const forSubmit = (flags & (flag.waitForSubmit | flag.waitAvailable)) !== 0;
  if (forSubmit) assertMayWaitForUser(file, "drm_syncobj_array_wait_timeout");
  const { m, fences } = file.kernel;
  // The points, then the entries.
  if (fences.memory.failsNow() || fences.memory.failsNow()) {
    return { ...result, ret: -ENOMEM };
  }
  const task = m.current!;
  const entries = syncobjs.map((_, i) => new WaitEntry(m, task, wait.points?.[i] ?? 0));
  // Their allocation takes a per-CPU lock: the first preemption point behind the clock read.
  yield* m.preemptPoint();
  if (yield* prepare(wait, entries, result)) {
    if (forSubmit) {
      for (let i = 0; i < entries.length; i++) yield* syncobjs[i].addWait(entries[i]);
    }
    if (wait.deadlineNs !== null) {
      for (const { fence } of entries) {
        if (fence !== null) yield* fence.setDeadline(wait.deadlineNs);
      }
    }
    yield* waitLoop(file, wait, entries, result);
  }
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    yield* syncobjs[i].removeWait(entry);
    if (entry.armed) yield* entry.fence!.removeCallback(entry.fenceCb);
    yield* putFence(entry.fence);
  }
  return result;
}

/** Finds the fences and looks at them once; true if the caller has to wait. */
function* prepare(
  wait: ArrayWait,
  entries: readonly WaitEntry[],
  result: ArrayWaitResult,
): Atomic<boolean> {
  const { syncobjs, flags } = wait;
  const available = (flags & flag.waitAvailable) !== 0;
  let signaled = 0;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    entry.fence = yield* syncobjs[i].fenceOfPoint(entry.point);
    if (entry.fence === null) {
      if (available || (flags & flag.waitForSubmit) !== 0) continue;
      result.ret = -EINVAL;
      return false;
    }
    if (available || (yield* entry.fence.isSignaled())) {
      if (signaled === 0) result.firstSignaled = i;
      signaled++;
    }
  }
  if (signaled === entries.length) return false;
  return signaled === 0 || (flags & flag.waitAll) !== 0;
}

function* waitLoop(
  file: SyncobjFile,
  wait: ArrayWait,
  entries: readonly WaitEntry[],
  result: ArrayWaitResult,
): Kernel {
  const { m } = file.kernel;
  const task = m.current!;
  const reason = { what: `${entries.length} syncobj${entries.length === 1 ? "" : "s"}` };
  for (;;) {
    m.setState("S", reason);
    if (yield* poll(wait, entries, result)) break;
    if (result.ret === 0) result.ret = -ETIME;
    else if (task.signalPending) result.ret = -ERESTARTSYS;
    if (result.ret < 0) break;
    result.ret = yield* scheduleTimeout(m, result.ret);
  }
  m.setState("R");
}

/** One look at all entries, adding callbacks; true if the wait is over. */
function* poll(
  wait: ArrayWait,
  entries: readonly WaitEntry[],
  result: ArrayWaitResult,
): Atomic<boolean> {
  const available = (wait.flags & flag.waitAvailable) !== 0;
  const all = (wait.flags & flag.waitAll) !== 0;
  let signaled = 0;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (entry.fence === null) continue;
    if (!(available || (yield* entry.fence.isSignaled()) || (yield* arm(entry)))) continue;
    if (!all) {
      result.firstSignaled = i;
      return true;
    }
    signaled++;
  }
  return signaled === entries.length;
}

/** Adds the callback once; true if the fence has signalled meanwhile. */
function* arm(entry: WaitEntry): Atomic<boolean> {
  if (entry.armed) return false;
  if ((yield* entry.fence!.addCallback(entry.fenceCb)) !== 0) return true;
  entry.armed = true;
  return false;
}
