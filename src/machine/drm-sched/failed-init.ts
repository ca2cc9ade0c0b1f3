// drm_sched_init() without memory, and what drm_sched_fini() makes of the scheduler that it left.
// Kernel: drivers/gpu/drm/scheduler/sched_main.c.

import type { Kernel } from "../core/op.ts";
import { nullDereference } from "../oops.ts";
import { DrmSchedRq } from "./rq.ts";
import type { DrmGpuScheduler } from "./scheduler.ts";

/** The table of run queues, and each of them; null without memory. */
export function allocRqs(sched: DrmGpuScheduler, count: number): DrmSchedRq[] | null {
  const { m, fences } = sched.kernel;
  let failed = fences.memory.failsNow();
  const rqs: DrmSchedRq[] = [];
  while (rqs.length < count && !failed) {
    failed = fences.memory.failsNow();
    if (!failed) rqs.push(new DrmSchedRq(sched));
  }
  if (!failed) return rqs;
  m.rec.log("err", "drm_sched_init: Failed to setup GPU scheduler--out of memory");
  return null;
}

/**
 * drm_sched_fini() of a scheduler whose drm_sched_init() failed: the work items that it cancels were
 * never initialised, and the table whose run queues it frees is not there.
 */
export function* finiUninitialized(sched: DrmGpuScheduler): Kernel<never> {
  for (let i = 0; i < 2; i++) sched.warn("__flush_work: !work->func");
  return yield* nullDereference(sched.kernel.m, "drm_sched_fini");
}
