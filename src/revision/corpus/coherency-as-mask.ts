// The coherency protocol was written as a bit of the features' mask. Kernel: panthor_gpu.c before
// "drm/panthor: Fix panthor_gpu_coherency_set()".

import { GPU_COHERENCY_PROTOCOL } from "../../driver/gpu/regs.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const coherencyAsMask = regression({
  id: "coherency-as-mask",
  title: "COHERENCY_PROTOCOL is written as a mask",
  fix: "9beb8dca9e74 drm/panthor: Fix panthor_gpu_coherency_set()",
  effect: "a protocol that does not exist is chosen",
  trace: "01-probe",
  catches: [
    {
      by: "difference",
      section: "registers",
      kind: "other value",
      of: /COHERENCY_PROTOCOL is 0x80000000/,
    },
  ],
  overlay: overlay((final) => ({
    gpu: {
      *coherencySet(ptdev) {
        const mask = (1 << ptdev.gpuInfo.selectedCoherency) >>> 0;
        yield* final().mmio.write32(GPU_COHERENCY_PROTOCOL, mask);
      },
    },
  })),
});
