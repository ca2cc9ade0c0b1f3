// Fields that two contexts change without a common lock, with the steps of a read-modify-write
// apart.

import { bit } from "../../../driver/sched/bits.ts";
import { EINVAL } from "../../../machine/errno.ts";
import { overlay, patch } from "../../patch.ts";

/**
 * How long load and store stay apart for the other update to come between them, ns. On hardware it is
 * a few instructions that the other has to hit; here it is hit whenever there is one.
 */
const otherUpdateNs = 50_000;

/** IRQ-22: `fatal_queues` is a plain word; the merged form makes the update atomic. */
export const plainFatalQueues = patch({
  id: "irq-latency/mutant-plain-fatal-queues",
  title: "fatal_queues is changed by a plain read-modify-write",
  source: "7.3 and v2; atomic since v5",
  observable: "one of two queues that die together is not marked, its fences end with -ECANCELED",
  overlay: overlay((final, prev) => ({
    sched: {
      *groupProcessTilerOom(group, csId) {
        const { linux, mmu, sched } = final();
        const { ptdev } = group;
        const heaps = yield* mmu.vmGetHeapPool(group.vm!, false);
        if (typeof heaps !== "number" || group.csgId < 0) {
          return yield* prev.sched.groupProcessTilerOom(group, csId);
        }
        yield* ptdev.scheduler.lock.lock();
        yield* ptdev.scheduler.lock.unlock();
        yield* ptdev.base.warn("Failed to extend the tiler heap");
        const loaded = group.fatalQueues;
        for (let ns = 0; ns < otherUpdateNs && group.fatalQueues === loaded; ns += 1_000) {
          yield* linux.m.spend(1_000);
        }
        group.fatalQueues = (loaded | bit(csId)) >>> 0;
        yield* sched.schedQueueDelayedWork(ptdev.scheduler, ptdev.scheduler.tickWork, 0);
        return -EINVAL;
      },
    },
  })),
});

/** How long something else has the CPU of the worker, ns: an interrupt, a hypervisor. */
const stallNs = 50_000;

/** IRQ-28: what makes it show. Changes nothing in the driver's own steps. */
export const stalledWorkerBy = (ns: number) =>
  patch({
    id: "irq-latency/stalled-worker",
    title: "The worker that runs group_sync_upd_work loses its CPU before it takes a lock",
    source: "the scenario of IRQ-28",
    observable: "group_term_work, queued later, may run first",
    overlay: overlay((final, prev) => ({
      sched: {
        *groupSyncUpdWork(group) {
          yield* final().linux.m.spend(ns);
          yield* prev.sched.groupSyncUpdWork(group);
        },
      },
    })),
  });

export const stalledWorker = stalledWorkerBy(stallNs);

/** IRQ-21: tells of a pass between the last one of a leaving group and its slot becoming empty. */
export const watchLeavingGroups = patch({
  id: "irq-latency/watch-leaving-groups",
  title: "Warn when a slot is processed between its group's last pass and its unbind",
  source: "the purpose of v3 7/7, as an assertion",
  observable: "nothing where the two are one section",
  overlay: overlay((final, prev) => {
    const leaving = new Set<number>();
    /** Who is about to make the last pass of which slot. */
    let last: { readonly csgId: number; readonly task: unknown } | null = null;
    return {
      sched: {
        *groupProcessLastIrq(group) {
          last = { csgId: group.csgId, task: final().linux.m.current };
          yield* prev.sched.groupProcessLastIrq(group);
          last = null;
        },
        *schedProcessCsgIrqLocked(ptdev, csgId) {
          const { m } = final().linux;
          const isLast = last?.csgId === csgId && last.task === m.current;
          if (leaving.has(csgId)) {
            const text = `WARNING: CSG slot ${csgId} is processed once more before it is empty`;
            m.rec.log("warn", text);
          }
          yield* prev.sched.schedProcessCsgIrqLocked(ptdev, csgId);
          if (isLast) leaving.add(csgId);
        },
        *groupLeaveSlot(group) {
          leaving.delete(group.csgId);
          yield* prev.sched.groupLeaveSlot(group);
        },
      },
    };
  }),
});
