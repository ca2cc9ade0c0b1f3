// User mappings of MMIO pages: LATEST_FLUSH_ID, or a dummy page while the device is suspended.
// Kernel: panthor_device.c (panthor_device_mmap_io, panthor_mmio_vm_fault).

import { done, type Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import { CSF_GPU_LATEST_FLUSH_ID } from "../fw/regs.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { pmActive, type IoMapping, type PanthorDevice } from "./types.ts";

/** DRM_PANTHOR_USER_MMIO_OFFSET_32BIT and _64BIT. */
export const userMmioOffset32 = 2 ** 43;
export const userMmioOffset64 = 2 ** 56;
/** DRM_PANTHOR_USER_FLUSH_ID_MMIO_OFFSET. */
export const userFlushIdOffset = userMmioOffset64;

const pageSize = 4096;

/** What mmap() is asked for. */
export interface MmapRequest {
  readonly length: number;
  readonly shared?: boolean;
  readonly read?: boolean;
  readonly write?: boolean;
  readonly exec?: boolean;
}

export const mmapOps = (drv: Driver) => ({
  /** panthor_device_mmap_io(): the mapping itself is made by the first access. */
  mmapIo(ptdev: PanthorDevice, offset: number, request: MmapRequest): IoMapping | number {
    if (request.shared === false) return -EINVAL;
    if (offset !== userFlushIdOffset) return -EINVAL;
    if (request.length !== pageSize || request.write === true || request.exec === true) {
      return -EINVAL;
    }
    const mapping: IoMapping = { ptdev, offset, target: null };
    ptdev.ioMappings.add(mapping);
    return mapping;
  },

  /** panthor_mmio_vm_fault(): false is VM_FAULT_SIGBUS. */
  *mmioVmFault(mapping: IoMapping): Kernel<boolean> {
    const { ptdev } = mapping;
    if (!ptdev.base.enter()) return false;
    yield* ptdev.pm.mmioLock.lock();
    mapping.target = ptdev.pm.state === pmActive ? "register" : "dummy";
    yield* ptdev.pm.mmioLock.unlock();
    yield* ptdev.base.exit();
    return true;
  },

  /** A user load from a mapped MMIO page; null is SIGBUS. */
  *mmioUserRead(mapping: IoMapping): Kernel<number | null> {
    while (mapping.target === null) {
      if (!(yield* drv.device.mmioVmFault(mapping))) return null;
    }
    if (mapping.target === "dummy") {
      return drv.linux.memory.read32(mapping.ptdev.pm.dummyLatestFlush);
    }
    return yield* drv.mmio.read32(CSF_GPU_LATEST_FLUSH_ID);
  },

  /** A user store to a mapped MMIO page; false is SIGSEGV: no page of this driver is writable. */
  mmioUserWrite(_mapping: IoMapping, _value: number): Kernel<boolean> {
    return done(false);
  },

  /** unmap_mapping_range() over the MMIO offsets. */
  *unmapMappingRange(ptdev: PanthorDevice): Kernel<void> {
    const { mmapLock } = ptdev.base;
    yield* mmapLock.downRead();
    for (const mapping of ptdev.ioMappings) mapping.target = null;
    yield* mmapLock.upRead();
  },

  /** unmap_mapping_range() of drm_dev_unplug(): over everything, buffer objects too. */
  *unmapAllMappings(ptdev: PanthorDevice): Kernel<void> {
    const { mmapLock } = ptdev.base;
    yield* mmapLock.downRead();
    for (const mapping of ptdev.ioMappings) mapping.target = null;
    for (const obj of drv.gem.device().nodes.values()) {
      (obj as PanthorGemObject).cmap.faultedIn = false;
    }
    yield* mmapLock.upRead();
  },
});
