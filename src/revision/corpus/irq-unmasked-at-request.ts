// Requesting an interrupt opened its block at once. Kernel: panthor_device.h before d50b4edeb102.

import type { PanthorIrq } from "../../driver/device/types.ts";
import { done } from "../../machine/core/op.ts";
import {
  GPU_IRQ_CLEAN_CACHES_COMPLETED,
  GPU_IRQ_FAULT,
  GPU_IRQ_PROTM_FAULT,
  GPU_IRQ_RESET_COMPLETED,
} from "../../driver/gpu/regs.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

const gpuInterrupts =
  GPU_IRQ_FAULT | GPU_IRQ_PROTM_FAULT | GPU_IRQ_RESET_COMPLETED | GPU_IRQ_CLEAN_CACHES_COMPLETED;

export const irqUnmaskedAtRequest = regression({
  id: "irq-unmasked-at-request",
  title: "Interrupts are unmasked before they are needed",
  fix: "d50b4edeb102 drm/panthor: Keep interrupts masked until they are needed",
  effect: "INT_MASK is not 0 while the block is still being initialised",
  trace: "01-probe",
  catches: [{ by: "difference", section: "registers", kind: "extra", of: /INT_/ }],
  overlay: overlay((_, prev) => {
    /** Blocks whose enabling and resume in init have become part of the request. */
    const early = new WeakMap<PanthorIrq, number>();
    return {
      device: {
        *requestIrq(pirq, handler) {
          const masks = { gpu: gpuInterrupts, mmu: 0xffff, job: 0, pwr: 0 };
          pirq.mask = masks[pirq.name];
          early.set(pirq, pirq.name === "job" ? 0 : 2);
          yield* prev.device.irqResume(pirq);
          return yield* prev.device.requestIrq(pirq, handler);
        },
        irqEnableEvents: (pirq, mask) => {
          const left = early.get(pirq) ?? 0;
          if (left < 2) return prev.device.irqEnableEvents(pirq, mask);
          early.set(pirq, 1);
          return done();
        },
        irqResume: (pirq) => {
          const left = early.get(pirq) ?? 0;
          if (left !== 1) return prev.device.irqResume(pirq);
          early.set(pirq, 0);
          return done();
        },
      },
    };
  }),
});
