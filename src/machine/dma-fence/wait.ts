// Sleeping on fences: drivers/dma-buf/dma-fence.c (dma_fence_default_wait,
// dma_fence_wait_any_timeout).

import type { Task, WaitReason } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import { EINVAL, ERESTARTSYS } from "../errno.ts";
import { scheduleTimeout } from "../wait/schedule.ts";
import { wakeUpProcess } from "../wait/wake.ts";
import { FenceCb } from "./fence-ops.ts";
import type { DmaFence } from "./fence.ts";

/** struct default_wait_cb: wakes a task. */
export class TaskWaitCb extends FenceCb {
  constructor(
    readonly m: Machine,
    readonly task: Task,
  ) {
    super(wakeTask);
  }
}

/** dma_fence_default_wait_cb(). */
function wakeTask(_fence: DmaFence, cb: FenceCb): Atomic {
  const { m, task } = cb as TaskWaitCb;
  return wakeUpProcess(m, task) as Atomic<unknown> as Atomic;
}

/**
 * dma_fence_default_wait(): jiffies left (at least 1), 0: timed out, -ERESTARTSYS.
 */
export function* defaultWait(fence: DmaFence, intr: boolean, timeout: number): Kernel<number> {
  const { fences, lock } = fence;
  const { m } = fences;
  const task = m.current!;
  let ret = timeout === 0 ? 1 : timeout;
  yield* lock.lockIrqsave();
  if (fence.testSignaledFlag) {
    yield* lock.unlockIrqrestore();
    return ret;
  }
  if (intr && task.signalPending) ret = -ERESTARTSYS;
  else if (timeout === 0) ret = 0;
  else {
    const cb = new TaskWaitCb(m, task);
    const reason = fence.waitReason;
    fence.linkFirst(cb);
    while (!fence.testSignaledFlag && ret > 0) {
      m.setState(intr ? "S" : "D", reason);
      yield* lock.unlockIrqrestore();
      ret = yield* scheduleTimeout(m, ret);
      yield* lock.lockIrqsave();
      if (ret > 0 && intr && task.signalPending) ret = -ERESTARTSYS;
    }
    if (cb.queued) fence.unlink(cb);
    m.setState("R");
  }
  yield* lock.unlockIrqrestore();
  return ret;
}

/** Result of `waitAnyTimeout`: as the C function's return value and `idx`. */
export interface WaitAnyResult {
  readonly ret: number;
  /** The first fence found signalled; -1 if none. */
  readonly index: number;
}

/** dma_fence_wait_any_timeout(). */
export function* waitAnyTimeout(
  m: Machine,
  fences: readonly DmaFence[],
  intr: boolean,
  timeout: number,
): Kernel<WaitAnyResult> {
  if (fences.length === 0 || timeout < 0) return { ret: -EINVAL, index: -1 };
  if (timeout === 0) {
    for (let i = 0; i < fences.length; i++) {
      if (yield* fences[i].isSignaled()) return { ret: 1, index: i };
    }
    return { ret: 0, index: -1 };
  }
  const task = m.current!;
  const cbs: TaskWaitCb[] = [];
  let ret = timeout;
  let index = -1;
  for (let i = 0; i < fences.length && index < 0; i++) {
    const cb = new TaskWaitCb(m, task);
    if ((yield* fences[i].addCallback(cb)) !== 0) index = i;
    else cbs.push(cb);
  }
  if (index < 0) {
    const reason: WaitReason = { what: `any of ${fences.length} dma_fences` };
    while (ret > 0) {
      m.setState(intr ? "S" : "D", reason);
      index = fences.findIndex((fence) => fence.testSignaledFlag);
      if (index >= 0) break;
      ret = yield* scheduleTimeout(m, ret);
      if (ret > 0 && intr && task.signalPending) ret = -ERESTARTSYS;
    }
    m.setState("R");
  }
  for (let i = cbs.length - 1; i >= 0; i--) yield* fences[i].removeCallback(cbs[i]);
  return { ret, index };
}
