// What the kernels that recordings were made on do in different ways outside the driver, as far as
// it shows in the order of events. A base of revisions says which kernel it stands for.

import { type BootState, recordedBoot, recordedBoot612 } from "./boot.ts";
import type { FairHost, FairRunQueue } from "./core/sched-class.ts";
import { rcu612, rcu73, type RcuVersion } from "./rcu/rcu.ts";
import { Eevdf612RunQueue } from "./sched/fair-6.12.ts";
import { EevdfRunQueue } from "./sched/fair.ts";

export interface KernelVersion {
  readonly release: string;
  /** The SCHED_NORMAL run queue of a CPU. */
  readonly fair: (
    host: FairHost,
    options: { readonly cpus: number; readonly hz: number },
  ) => FairRunQueue;
  /** pm_wq belongs to no CPU: its workers are those of other unbound queues. */
  readonly pmUnbound: boolean;
  /** pm_runtime_put_autosuspend() marks the device busy: one look at the clock. */
  readonly putMarksBusy: boolean;
  /** read_poll_timeout() looks at the clock behind an operation, not before it. */
  readonly pollReadsFirst: boolean;
  /**
   * drm_sched_entity_push_job() wakes the scheduler behind the entity's lock, whose release is then
   * no preemption point for the wake-up.
   */
  readonly schedWokenUnlocked: boolean;
  /** drm_sched_free_job_work() frees one job and queues itself for the next. */
  readonly freesOneByOne: boolean;
  /** kfree_rcu() is a place where its caller may be preempted. */
  readonly freeGivesWay: boolean;
  /** dma_fence_get_stub() makes the stub when it is first called, with a look at the clock. */
  readonly stubMadeLate: boolean;
  /** How grace periods begin and end. */
  readonly rcu: RcuVersion;
  /** A thread that is reaped as it ends looks at the clock. */
  readonly reapReadsClock: boolean;
  /** What is under way when the recorded ones begin to probe. */
  readonly boot: (hz: number) => BootState;
  /** When the recorded one begins to probe, where traces do not say so: ns since boot. */
  readonly startNs: number | null;
}

export const kernel73: KernelVersion = {
  release: "7.3",
  fair: (host, options) => new EevdfRunQueue(host, options),
  pmUnbound: true,
  putMarksBusy: true,
  pollReadsFirst: false,
  schedWokenUnlocked: false,
  freesOneByOne: false,
  freeGivesWay: false,
  stubMadeLate: false,
  rcu: rcu73,
  reapReadsClock: true,
  boot: recordedBoot,
  startNs: null,
};

export const kernel612: KernelVersion = {
  release: "6.12",
  fair: (host, options) => new Eevdf612RunQueue(host, options),
  pmUnbound: false,
  putMarksBusy: false,
  pollReadsFirst: true,
  schedWokenUnlocked: true,
  freesOneByOne: true,
  freeGivesWay: true,
  stubMadeLate: true,
  rcu: rcu612,
  reapReadsClock: false,
  boot: recordedBoot612,
  startNs: 1_036_000_197,
};
