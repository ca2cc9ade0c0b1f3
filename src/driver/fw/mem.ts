// Memory shared with the firmware: queue interfaces, suspend buffers. Kernel: panthor_fw.c.

import type { Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { DRM_PANTHOR_BO_NO_MMAP, type PanthorKernelBo } from "../gem/types.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED,
  PANTHOR_VM_KERNEL_AUTO_VA,
} from "../mmu/types.ts";
import type { PanthorVm } from "../mmu/types.ts";
import { RingbufInput, RingbufOutput } from "./iface.ts";

const outputOffset = 4096;
const queueIfaceSize = 8192;

/** What panthor_fw_alloc_queue_iface_mem() returns, its output pointers included. */
export interface QueueIfaceMem {
  readonly mem: PanthorKernelBo;
  readonly input: RingbufInput;
  readonly output: RingbufOutput;
  readonly inputFwVa: number;
  readonly outputFwVa: number;
}

export const fwMemOps = (drv: Driver) => ({
  /** panthor_fw_vm(). */
  vm(ptdev: PanthorDevice): PanthorVm {
    return ptdev.fw.vm!;
  },

  /** panthor_fw_alloc_queue_iface_mem(). */
  *allocQueueIfaceMem(ptdev: PanthorDevice): Kernel<QueueIfaceMem | number> {
    const mem = yield* drv.gem.kernelBoCreate(
      ptdev,
      drv.fw.vm(ptdev),
      queueIfaceSize,
      DRM_PANTHOR_BO_NO_MMAP,
      DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC | DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED,
      PANTHOR_VM_KERNEL_AUTO_VA,
      "Queue FW interface",
    );
    if (typeof mem === "number") return mem;
    const ret = yield* drv.gem.kernelBoVmap(mem);
    if (ret !== 0) {
      yield* drv.gem.kernelBoDestroy(mem);
      return ret;
    }
    const kmap = mem.kmap!;
    kmap.zero(0, queueIfaceSize);
    const inputFwVa = drv.gem.kernelBoGpuva(mem);
    return {
      mem,
      input: new RingbufInput(kmap.memory, kmap.phys(0)),
      output: new RingbufOutput(kmap.memory, kmap.phys(outputOffset)),
      inputFwVa,
      outputFwVa: inputFwVa + outputOffset,
    };
  },

  /** panthor_fw_alloc_suspend_buf_mem(). */
  allocSuspendBufMem(ptdev: PanthorDevice, size: number): Kernel<PanthorKernelBo | number> {
    return drv.gem.kernelBoCreate(
      ptdev,
      drv.fw.vm(ptdev),
      size,
      DRM_PANTHOR_BO_NO_MMAP,
      DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
      PANTHOR_VM_KERNEL_AUTO_VA,
      "FW suspend buffer",
    );
  },
});
