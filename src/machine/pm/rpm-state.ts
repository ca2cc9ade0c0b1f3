// State of a device's runtime PM: struct dev_pm_info of include/linux/pm.h, and what the state
// machine needs from the rest of the kernel.

import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import type { Time } from "../time/time.ts";

/** enum rpm_status. */
export type RpmStatus = "active" | "suspended" | "resuming" | "suspending";

/** enum rpm_request, in order of precedence. */
export const RpmRequest = {
  none: 0,
  idle: 1,
  suspend: 2,
  autosuspend: 3,
  resume: 4,
} as const;
export type RpmRequest = (typeof RpmRequest)[keyof typeof RpmRequest];

/** Flags of a runtime PM request (include/linux/pm_runtime.h). */
export const RPM_ASYNC = 0x01;
export const RPM_NOWAIT = 0x02;
export const RPM_GET_PUT = 0x04;
export const RPM_AUTO = 0x08;

/** Work items on the `pm` workqueue. */
export interface PmWork {
  queue(): Atomic<unknown>;
  cancelSync(): Kernel<unknown>;
}

/** The kernel around runtime PM. */
export interface PmHost {
  readonly m: Machine;
  readonly time: Time;
  /** A work item for `pm_wq`. */
  readonly pmWork: (functionName: string, fn: () => Kernel<void>) => PmWork;
  /** pm_runtime_put_autosuspend() marks the device busy itself (not in 6.12); true if not given. */
  readonly putMarksBusy?: boolean;
}

/** Driver callbacks; 0 or a negative error number. */
export interface PmCallbacks {
  readonly runtimeSuspend?: () => Kernel<number>;
  readonly runtimeResume?: () => Kernel<number>;
  readonly runtimeIdle?: () => Kernel<number>;
}

/** Text of a status in the timeline. */
export const statusText: Readonly<Record<RpmStatus, string>> = {
  active: "RPM_ACTIVE",
  suspended: "RPM_SUSPENDED",
  resuming: "RPM_RESUMING",
  suspending: "RPM_SUSPENDING",
};
