// Lines of the device that are handled, opened or suspended in another order or context than the
// driver's.

import { INT_MASK, INT_STAT } from "../../../driver/device/irq.ts";
import { irqActive, irqProcessing, type PanthorIrq } from "../../../driver/device/types.ts";
import * as gpuRegs from "../../../driver/gpu/regs.ts";
import { EIO, ENOMEM, ETIMEDOUT } from "../../../machine/errno.ts";
import type { IrqReturn } from "../../../machine/irq/irqs.ts";
import { WaitQueue } from "../../../machine/wait/wait-queue.ts";
import { overlay, patch } from "../../patch.ts";

/** IRQ-15: the raw handler takes the lock without saving the state of interrupts. */
export const rawLockNotSaving = patch({
  id: "irq-latency/mutant-raw-lock-not-saving",
  title: "The raw handler does not save the interrupt state",
  source: "v2 1/11",
  observable: "in a forced thread the lock is taken with interrupts on",
  overlay: overlay((final) => ({
    device: {
      *irqRawHandler(pirq) {
        const { linux, mmio } = final();
        let ret: IrqReturn = "none";
        // PREEMPT_RT: a forced thread runs its handler with interrupts on.
        const forced = linux.m.ctx?.kind === "task";
        if (forced) yield* linux.m.localIrqRestore();
        yield* pirq.maskLock.lock();
        if (pirq.state === irqActive && (yield* mmio.read32(pirq.iomem + INT_STAT)) !== 0) {
          pirq.state = irqProcessing;
          yield* mmio.write32(pirq.iomem + INT_MASK, 0);
          ret = "wake_thread";
        }
        yield* pirq.maskLock.unlock();
        if (forced) linux.m.localIrqSave();
        return ret;
      },
    },
  })),
});

/** IRQ-15: one line whose handler stays in hard interrupt context whatever the boot option says. */
export const jobLineNeverThreaded = patch({
  id: "irq-latency/job-line-no-thread",
  title: "The job line's raw handler is never forced into a thread",
  source: "IRQF_NO_THREAD on one of the lines",
  observable: "with threadirqs the lines' common lock class is used in both contexts",
  overlay: overlay((final, prev) => ({
    device: {
      *requestIrq(pirq, handler) {
        if (pirq.name !== "job") return yield* prev.device.requestIrq(pirq, handler);
        const { device, linux, mmio } = final();
        yield* mmio.write32(pirq.iomem + INT_MASK, 0);
        if (linux.memory.failsNow()) return -ENOMEM;
        const ret = yield* linux.irqs.requestThreadedIrq({
          irq: pirq.irq,
          name: `panthor-${pirq.name}`,
          handler: () => device.irqRawHandler(pirq),
          threadFn: () => device.irqThreadedHandler(pirq, handler),
          shared: true,
          noThread: true,
          devId: pirq,
        });
        if (ret !== 0) return ret;
        pirq.ptdev.devm.push(() => linux.irqs.freeIrq(pirq.irq, pirq));
        return 0;
      },
    },
  })),
});

/** IRQ-19: gpu events behind mmu events in one context. */
export const gpuBehindMmu = patch({
  id: "irq-latency/mutant-gpu-behind-mmu",
  title: "GPU events are processed behind MMU events",
  source: "the design that the mmu thread's waits rule out",
  observable: "a page fault waits for a flush that nobody can report: timeout and reset",
  overlay: overlay((final, prev) => {
    let faults = 0;
    let idle: WaitQueue | null = null;
    const queue = (): WaitQueue =>
      (idle ??= new WaitQueue(final().linux.m, "one irq context for mmu and gpu"));
    return {
      mmu: {
        *irqHandler(ptdev, status) {
          faults++;
          yield* prev.mmu.irqHandler(ptdev, status);
          faults--;
          yield* queue().wakeUpAll();
        },
      },
      gpu: {
        *irqHandler(ptdev, status) {
          yield* queue().waitEvent(() => faults === 0);
          yield* prev.gpu.irqHandler(ptdev, status);
        },
      },
    };
  }),
});

/** IRQ-35: the callers' side of reqs_lock as two commits before the series have it. */
export const plainReqsLock = patch({
  id: "irq-latency/mutant-plain-reqs-lock",
  title: "gpu->reqs_lock is plain in the callers",
  source: "4fd08b3d1da7 and 2d354adc5bba",
  observable: "with the gpu line in hard interrupt context: inconsistent lock state",
  overlay: overlay((final) => ({
    gpu: {
      *flushCachesLocked(ptdev, command) {
        const { device, gpu: ops, mmio } = final();
        const { gpu } = ptdev;
        const done = gpuRegs.GPU_IRQ_CLEAN_CACHES_COMPLETED;
        let ret = 0;
        yield* gpu.reqsLock.lock();
        if ((gpu.pendingReqs & done) === 0) {
          gpu.pendingReqs |= done;
          yield* mmio.write32(gpuRegs.GPU_CMD, command);
        } else ret = -EIO;
        yield* gpu.reqsLock.unlock();
        if (ret !== 0) return ret;
        if (yield* ops.waitRequest(ptdev, done)) return 0;
        yield* device.scheduleReset(ptdev);
        yield* ptdev.base.err("Flush caches timeout");
        return -ETIMEDOUT;
      },
    },
  })),
});

/** IRQ-46: the gpu block goes before the mmu, which still needs its flushes. */
export const gpuSuspendedFirst = patch({
  id: "irq-latency/mutant-gpu-suspended-first",
  title: "The gpu line is suspended before the mmu",
  source: "the order of panthor_device_suspend(), inverted",
  observable: "the flush of each address space times out at suspend",
  overlay: overlay((final, prev) => ({
    mmu: {
      *suspend(ptdev) {
        yield* final().device.irqSuspend(ptdev.gpu.irq);
        yield* prev.mmu.suspend(ptdev);
      },
    },
  })),
});

/** A line whose lock stays held while its events are processed: one reading of IRQ-6. */
export const lockAcrossHandler = patch({
  id: "irq-latency/mutant-lock-across-handler",
  title: "The line's lock is held across the event handler",
  source: "v1 9/10, candidate (a) for its deadlock",
  observable: "a handler that changes the line's mask spins on the lock it holds",
  overlay: overlay((final) => ({
    device: {
      *irqThreadedHandler(pirq: PanthorIrq, handler) {
        const { mmio } = final();
        let ret: IrqReturn = "none";
        yield* pirq.maskLock.lockIrqsave();
        for (;;) {
          const raw = yield* mmio.read32(pirq.iomem + 0);
          const status = (raw & pirq.mask) >>> 0;
          if (status === 0) break;
          yield* handler(pirq.ptdev, status);
          ret = "handled";
        }
        if (pirq.state === irqProcessing) {
          pirq.state = irqActive;
          yield* mmio.write32(pirq.iomem + INT_MASK, pirq.mask);
        }
        yield* pirq.maskLock.unlockIrqrestore();
        return ret;
      },
    },
  })),
});

/** IRQ-36: tells when a block leaves ACTIVE for an interrupt of its neighbour on the line. */
export const watchForeignInterrupts = patch({
  id: "irq-latency/watch-foreign-interrupts",
  title: "Warn when a foreign interrupt changes the state of a block",
  source: "the reason for v3 1/7, as an assertion",
  observable: "nothing where the state changes for the block's own interrupts only",
  overlay: overlay((final, prev) => {
    const told = new Set<string>();
    return {
      device: {
        newIrq(ptdev, name, irq, iomem) {
          const pirq = prev.device.newIrq(ptdev, name, irq, iomem);
          let { state } = pirq;
          const { m } = final().linux;
          return Object.defineProperty(pirq, "state", {
            get: () => state,
            set: (next: typeof state) => {
              // Back to ACTIVE where it came from: nobody has processed anything.
              const back = state === irqProcessing && next === irqActive;
              if (back && m.ctx?.kind === "hardirq" && !told.has(name)) {
                told.add(name);
                m.rec.log("warn", `WARNING: panthor-${name} left ACTIVE for a foreign interrupt`);
              }
              state = next;
            },
          });
        },
      },
    };
  }),
});
