// What differs between releases of Linux outside the driver, as far as it decides when a driver's code
// runs. The model is 7.3; the others are as far from it as their recordings need.

export interface KernelRelease {
  /**
   * pm_wq is unbound (kernel/power/main.c): work of runtime PM runs on the workers that driver work
   * queues share, and they are one more.
   */
  readonly pmUnbound: boolean;
}

export const linux73Release: KernelRelease = { pmUnbound: true };

/** pm_wq belongs to the CPUs: `alloc_workqueue("pm", WQ_FREEZABLE, 0)`. */
export const linux612Release: KernelRelease = { pmUnbound: false };
