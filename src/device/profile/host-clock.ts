// host-clock: the machine of the recordings that ran against the host's clock (flavour `smp2`):
// User-Mode Linux on two CPUs. Costs are medians of the distances between neighbouring events in
// those recordings, so they contain the tracing itself; their scatter is not modelled.

import type { CpuCosts } from "../../machine/core/costs.ts";
import type { Profile } from "./types.ts";
import { zeroCost } from "./zero-cost.ts";

const costs: CpuCosts = {
  // mmio_read to the mmio_write after it, and write to write.
  mmioRead: 840,
  mmioWrite: 1_020,
  sharedWord: 0,
  // irq_deliver to irq_handler_entry.
  irqEntry: 600,
  // sched_wakeup to sched_switch.
  contextSwitch: 2_380,
  // sched_waking to sched_wakeup.
  wakeUp: 990,
  // workqueue_queue_work to workqueue_activate_work.
  queueWork: 210,
  lock: 0,
  atomic: 0,
  // Between the marks around a system call: the user program writes two, formatted.
  syscall: 14_600,
  failedSyscall: 0,
  ptWrite: 0,
  clockRead: 0,
};

export const hostClock: Profile = {
  ...zeroCost,
  name: "host-clock",
  costs,
  clock: { ...zeroCost.clock, grainNs: 1 },
};
