// The coherency features were read before the device was resumed. Kernel: panthor_device.c before
// "drm/panthor: Call panthor_gpu_coherency_init() after PM resume()".

import { done } from "../../machine/core/op.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const coherencyBeforePower = regression({
  id: "coherency-before-power",
  title: "A register is read before the device has power",
  fix: "7d5a3b22f5b5 drm/panthor: Call panthor_gpu_coherency_init() after PM resume()",
  effect: "GPU_COHERENCY_FEATURES is read without clocks",
  trace: "corpus/coherent-probe",
  catches: [{ by: "check", name: "unpowered-access" }],
  overlay: overlay((_, prev) => ({
    devfreq: {
      *init(ptdev) {
        const ret = yield* prev.gpu.coherencyInit(ptdev);
        return ret === 0 ? yield* prev.devfreq.init(ptdev) : ret;
      },
    },
    gpu: { coherencyInit: () => done(0) },
  })),
});
