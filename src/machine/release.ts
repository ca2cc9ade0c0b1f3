// What differs between releases of Linux outside the driver, as far as it decides when a driver's code
// runs. The model is 7.3; the others are as far from it as their recordings need.

import type { MachineOptions } from "./core/machine.ts";
import type { FairHost, FairRunQueue } from "./core/sched-class.ts";
import { EevdfRunQueue612 } from "./sched/fair-612.ts";

export interface KernelRelease {
  /** The fair scheduling class of a CPU, where it is not that of 7.3. */
  readonly fair?: (host: FairHost, options: MachineOptions) => FairRunQueue;
  /**
   * pm_wq is unbound (kernel/power/main.c): work of runtime PM runs on the workers that driver work
   * queues share, and they are one more.
   */
  readonly pmUnbound: boolean;
  /**
   * drm_sched_entity_push_job() wakes the scheduler behind the entity's lock, whose release is then
   * no preemption point for the wake-up.
   */
  readonly schedWokenUnlocked: boolean;
}

export const linux73Release: KernelRelease = { pmUnbound: true, schedWokenUnlocked: false };

/** pm_wq belongs to the CPUs: `alloc_workqueue("pm", WQ_FREEZABLE, 0)`. */
export const linux612Release: KernelRelease = {
  fair: (host, options) => new EevdfRunQueue612(host, options),
  pmUnbound: false,
  schedWokenUnlocked: true,
};
