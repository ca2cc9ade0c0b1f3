// User mappings of doorbell pages: chosen at the fault, revoked when a group gets or loses a slot.
// RFC patch 3: panthor_device.c (panthor_mmio_vm_fault, panthor_device_mmap_io), panthor_sched.c
// (panthor_sched_doorbell_id, group_bind_locked, group_unbind_locked).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import { K } from "../../timeline/kinds.ts";
import { type MmapRequest, userMmioOffset64 } from "../../driver/device/mmap.ts";
import type { PanthorDevice } from "../../driver/device/types.ts";
import type { PanthorFile } from "../../driver/drv/types.ts";
import { csfDoorbell } from "../../driver/fw/regs.ts";
import { MAX_GROUPS_PER_POOL, type PanthorGroup } from "../../driver/sched/types.ts";
import { type DoorbellMapping, isDoorbell, userDevice, userGroup } from "./state.ts";
import { doorbellStride } from "./uapi.ts";
import type { UsubDriver } from "./unit.ts";

/** PANTHOR_PRIVATE_MMIO_OFFSET: behind the offsets that the base's uAPI has. */
export const privateMmioOffset = userMmioOffset64 + 2 ** 42;
const pageSize = 4096;
/** The u8 that says that a queue has no doorbell. */
export const noDoorbell = 0xff;

/** PANTHOR_DOORBELL_OFFSET(). */
export const doorbellOffsetOf = (handle: number): number =>
  privateMmioOffset + (handle - 1) * doorbellStride;

export const doorbellOps = (drv: () => UsubDriver) => ({
  /** panthor_device_mmap_io(): a doorbell page; which one is decided at the first access. */
  *mmapDoorbell(
    pfile: PanthorFile,
    offset: number,
    request: MmapRequest,
  ): Kernel<DoorbellMapping | number> {
    const { ptdev } = pfile;
    if (request.shared === false) return -EINVAL;
    if (request.length !== pageSize) return -EINVAL;
    if (request.read === true || request.exec === true) return -EINVAL;
    const handle = Math.floor((offset - privateMmioOffset) / doorbellStride) + 1;
    if (handle > MAX_GROUPS_PER_POOL) return -EINVAL;
    const mapping = yield* drv().usub.newDoorbellMapping(pfile, offset, handle);
    if (typeof mapping !== "number") ptdev.ioMappings.add(mapping);
    return mapping;
  },

  /** The VMA: of a handle, whether or not it is one (USUB-38); readable by mprotect (USUB-37). */
  *newDoorbellMapping(
    pfile: PanthorFile,
    offset: number,
    handle: number,
  ): Kernel<DoorbellMapping | number> {
    const { ptdev } = pfile;
    const mapping: DoorbellMapping = {
      ptdev,
      pfile,
      offset,
      handle,
      target: null,
      doorbell: noDoorbell,
      mayRead: true,
      group: null,
    };
    return mapping;
  },

  /** panthor_sched_doorbell_id(): the doorbell of a group's first queue. */
  *schedDoorbellId(pfile: PanthorFile, handle: number): Kernel<number> {
    const group = yield* drv().usub.groupLookup(pfile, handle);
    if (group === null) return noDoorbell;
    const { lock } = pfile.ptdev.scheduler;
    yield* lock.lock();
    const id = group.queueCount === 0 ? noDoorbell : group.queues[0]!.doorbellId & 0xff;
    yield* lock.unlock();
    yield* drv().sched.groupPut(group);
    return id;
  },

  /** panthor_mmio_vm_fault() of a doorbell: false is VM_FAULT_SIGBUS. */
  *doorbellVmFault(mapping: DoorbellMapping): Kernel<boolean> {
    const { ptdev, pfile, handle } = mapping;
    const { rec } = drv().linux.m;
    rec.emit(K.dev_state, rec.str("user_db_fault handle"), handle, 0);
    if (!ptdev.base.enter()) return false;
    const id = yield* drv().usub.schedDoorbellId(pfile, handle);
    yield* drv().usub.raceWindow("doorbell_fault", handle);
    drv().usub.insertDoorbellPage(mapping, id);
    yield* ptdev.base.exit();
    return true;
  },

  /** vmf_insert_pfn_prot(): the doorbell's page, or the dummy page of the device. */
  insertDoorbellPage(mapping: DoorbellMapping, id: number): void {
    const { rec } = drv().linux.m;
    mapping.target = id === noDoorbell ? "dummy" : "register";
    mapping.doorbell = id;
    rec.emit(K.dev_state, rec.str("user_db_insert handle,doorbell"), mapping.handle, id);
  },

  /** The zeroed page behind doorbells of groups without a slot: one for all (USUB-37). */
  dummyDoorbellPage(mapping: DoorbellMapping): number {
    const state = userDevice(mapping.ptdev);
    if (state.dummyDoorbell === 0) {
      state.dummyDoorbell = drv().linux.memory.allocPage();
      const page = state.dummyDoorbell;
      mapping.ptdev.base.addAction(function* () {
        drv().linux.memory.free(page, 1);
      });
    }
    return state.dummyDoorbell;
  },

  /** A user store: a ring, or nothing when the dummy page is behind it. */
  *doorbellWrite(mapping: DoorbellMapping, value: number): Kernel<boolean> {
    const { rec } = drv().linux.m;
    while (mapping.target === null) {
      if (!(yield* drv().device.mmioVmFault(mapping))) return false;
    }
    const within = mapping.offset % pageSize;
    if (mapping.target === "dummy") {
      rec.emit(K.user_doorbell, -1);
      drv().linux.memory.write32(drv().usub.dummyDoorbellPage(mapping) + within, value);
      return true;
    }
    rec.emit(K.user_doorbell, mapping.doorbell);
    yield* drv().mmio.write32(csfDoorbell(mapping.doorbell), value);
    return true;
  },

  /** group_bind_locked(), group_unbind_locked(): the PTEs that may no longer be there. */
  *zapUserDoorbell(group: PanthorGroup, what: "bind" | "unbind", csgId: number): Kernel<void> {
    const { rec } = drv().linux.m;
    const user = userGroup(group);
    const { handle } = user;
    const name = what === "bind" ? "user_db_zap bind handle,csg" : "user_db_zap unbind handle";
    const entry = rec.emit(K.dev_state, rec.str(name), handle, csgId);
    user.bound = what === "bind" ? { csgId, entry } : null;
    yield* drv().usub.unmapDoorbells(group.ptdev, doorbellOffsetOf(handle), group);
  },

  /** unmap_mapping_range() with a length of 0: to the end of the file, in every file (USUB-3). */
  *unmapDoorbells(ptdev: PanthorDevice, from: number, _group: PanthorGroup): Kernel<void> {
    const { mmapLock } = ptdev.base;
    yield* mmapLock.downRead();
    for (const mapping of ptdev.ioMappings) {
      if (isDoorbell(mapping) && mapping.offset >= from) mapping.target = null;
    }
    yield* mmapLock.upRead();
  },
});
