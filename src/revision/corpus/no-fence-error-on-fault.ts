// Only a fault that a queue inherited marked the job's fence. Kernel: panthor_sched.c before
// "drm/panthor: Always set fence errors on CS_FAULT".

import { DRM_PANTHOR_EXCEPTION_CS_INHERIT_FAULT } from "../../driver/device/exception.ts";
import { csExceptionType } from "../../driver/fw/iface-bits.ts";
import { done } from "../../machine/core/op.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const noFenceErrorOnFault = regression({
  id: "no-fence-error-on-fault",
  title: "A CS fault leaves no error in the fence",
  fix: "e12e983a9c8a drm/panthor: Always set fence errors on CS_FAULT",
  effect: "the fence of a job that faulted signals with error 0",
  trace: "07c-cs-fault",
  catches: [
    { by: "difference", section: "fences", kind: "other error", of: /has error 0/ },
    { by: "result", of: /fence_status/ },
  ],
  overlay: overlay((final, prev) => {
    let inherited = false;
    return {
      sched: {
        *csSlotProcessFaultEventLocked(ptdev, csgId, csId) {
          const { fault } = final().fw.getCsIface(ptdev, csgId, csId).output;
          inherited = csExceptionType(fault) === DRM_PANTHOR_EXCEPTION_CS_INHERIT_FAULT;
          yield* prev.sched.csSlotProcessFaultEventLocked(ptdev, csgId, csId);
        },
        queueSetFaultyJobError: (queue) =>
          inherited ? prev.sched.queueSetFaultyJobError(queue) : done(),
      },
    };
  }),
});
