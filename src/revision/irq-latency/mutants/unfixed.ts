// The ten fixes that the work on v4 and v5 produced are in 7.3. One of them taken back: a lock that
// interrupts of other drivers take, without protection against them (IRQ-40). The others are in
// the corpus of regressions.

import { FenceCb } from "../../../machine/dma-fence/fence-ops.ts";
import { done } from "../../../machine/core/op.ts";
import { HrTimer } from "../../../machine/time/hrtimer.ts";
import { MAX_SCHEDULE_TIMEOUT } from "../../../driver/sched/types.ts";
import { overlay, patch } from "../../patch.ts";

/** When the neighbour takes an interest in a job's fence, ns after the job is queued. */
const neighbourDelayNs = 2_000;

/**
 * Another driver, whose hard interrupt adds a callback to the fence of a panthor job and takes it
 * back: what any importer of a fence may do. Changes nothing in panthor.
 */
export const neighbourDriver = patch({
  id: "irq-latency/neighbour-driver",
  title: "Another driver's hard interrupt looks at panthor's fences",
  source: "the scenario of IRQ-40",
  observable: "fence_ctx.lock is taken in hard interrupt context",
  overlay: overlay((final, prev) => ({
    sched: {
      *queueEmitJob(queue, job) {
        yield* prev.sched.queueEmitJob(queue, job);
        const { time } = final().linux;
        const fence = job.doneFence!;
        const timer = new HrTimer(time.hrtimers, "neighbour", function* () {
          const cb = new FenceCb(() => done());
          if ((yield* fence.addCallback(cb)) === 0) yield* fence.removeCallback(cb);
        });
        timer.start(time.clock.now + neighbourDelayNs);
      },
    },
  })),
});

/** IRQ-40: two of the call sites as they were. */
export const fenceLockUnprotected = patch({
  id: "irq-latency/fence-lock-unprotected",
  title: "fence_ctx.lock is taken with interrupts on",
  source: "the code before the 7.2-rc2 fix",
  observable: "lock dependency report; a deadlock if the interrupt comes inside",
  overlay: overlay((final) => ({
    sched: {
      *queueSuspendTimeout(queue) {
        yield* queue.fenceCtx.lock.lock();
        yield* final().sched.queueSuspendTimeoutLocked(queue);
        yield* queue.fenceCtx.lock.unlock();
      },

      *queueResumeTimeout(queue) {
        const { timeout } = queue;
        yield* queue.fenceCtx.lock.lock();
        if (final().sched.queueTimeoutIsSuspended(queue)) {
          yield* queue.scheduler!.timeoutWq.modDelayedWork(timeout.work, timeout.remaining);
          timeout.remaining = MAX_SCHEDULE_TIMEOUT;
        }
        yield* queue.fenceCtx.lock.unlock();
      },
    },
  })),
});

/** IRQ-45: panthor_pwr_unplug() as it was. */
export const pwrTouchedAtUnplug = patch({
  id: "irq-latency/pwr-touched-at-unplug",
  title: "The pwr block is touched at unplug whether the device is active or not",
  source: "the code before the 7.2-rc2 fix",
  observable: "INT_MASK of the pwr block is written with clocks off",
  overlay: overlay((final, prev) => ({
    pwr: {
      *unplug(ptdev) {
        const { device } = final();
        if (ptdev.pwr !== null && ptdev.pmRuntime.status !== "active") {
          yield* device.irqSuspend(ptdev.pwr.irq);
        }
        yield* prev.pwr.unplug(ptdev);
      },
    },
  })),
});
