// Runtime PM callbacks used for system sleep: pm_runtime_force_suspend() and _resume() of
// drivers/base/power/runtime.c, what DEFINE_RUNTIME_DEV_PM_OPS() gives a driver. Left out: wake irqs.

import type { Kernel } from "../core/op.ts";
import type { RuntimePm } from "./runtime-pm.ts";

/**
 * pm_runtime_force_suspend(). A device that nobody uses may stay suspended when the system is
 * awake again.
 */
export function* forceSuspend(pm: RuntimePm): Kernel<number> {
  yield* pm.disable();
  if (pm.status === "suspended" || pm.needsForceResume) return 0;
  const { runtimeSuspend } = pm.callbacks;
  const ret = runtimeSuspend === undefined ? 0 : yield* runtimeSuspend();
  if (ret !== 0) {
    yield* pm.enable();
    return ret;
  }
  if (needNotResume(pm)) yield* pm.setSuspended();
  else pm.needsForceResume = true;
  return 0;
}

/** pm_runtime_force_resume(): what pm_runtime_force_suspend() left to be resumed. */
export function* forceResume(pm: RuntimePm): Kernel<number> {
  let ret = 0;
  if (pm.needsForceResume) {
    const { runtimeResume } = pm.callbacks;
    ret = runtimeResume === undefined ? 0 : yield* runtimeResume();
    if (ret !== 0) yield* pm.setSuspended();
    else yield* pm.markLastBusy();
  }
  pm.needsForceResume = false;
  yield* pm.enable();
  return ret;
}

/** pm_runtime_need_not_resume(): the one reference is that of the transition itself. */
function needNotResume(pm: RuntimePm): boolean {
  return pm.usageCount <= 1 && (pm.childCount === 0 || pm.ignoreChildren);
}
