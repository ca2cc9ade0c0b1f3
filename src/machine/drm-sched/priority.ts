// Names of include/drm/gpu_scheduler.h that several files share.

import type { KernelVersion } from "../kernel-version.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic } from "../core/op.ts";
import type { Fences } from "../dma-fence/fences.ts";
import type { Workqueues } from "../workqueue/workqueues.ts";

/** enum drm_sched_priority: lower is more important. */
export const SchedPriority = { invalid: -1, kernel: 0, high: 1, normal: 2, low: 3 } as const;
export type SchedPriority = (typeof SchedPriority)[keyof typeof SchedPriority];
export const schedPriorityCount = 4;

/** The `sched_policy` module parameter. */
export type SchedPolicy = "rr" | "fifo" | "fair";

/** enum drm_gpu_sched_stat: what the timeout handler of a driver did. */
export const GpuSchedStat = { none: 0, reset: 1, enodev: 2, noHang: 3 } as const;
export type GpuSchedStat = (typeof GpuSchedStat)[keyof typeof GpuSchedStat];

/** What the GPU scheduler needs of the kernel around it. */
export interface SchedKernel {
  readonly m: Machine;
  readonly fences: Fences;
  readonly wq: Workqueues;
  readonly time: { ktimeGet(): Atomic<number>; readonly jiffies: number };
  /** 7.3 when not given. */
  readonly version?: KernelVersion;
}

/** atomic_t shared by several schedulers. */
export interface Counter {
  value: number;
}
