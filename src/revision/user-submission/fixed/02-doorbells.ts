// Doorbell mappings belong to a group: one page of one file is revoked, the page is chosen and
// inserted under the scheduler's lock, the sink is the file's own and cannot be read, and offsets
// count from where the client maps registers.

import { userMmioOffset64 } from "../../../driver/device/mmap.ts";
import { pmActive } from "../../../driver/device/types.ts";
import { EINVAL } from "../../../machine/errno.ts";
import { K } from "../../../timeline/kinds.ts";
import { patch } from "../../patch.ts";
import { noDoorbell } from "../doorbell.ts";
import { isDoorbell, userGroup } from "../state.ts";
import { doorbellStride } from "../uapi.ts";
import { usubOverlay } from "../unit.ts";

export const doorbellLifetime = patch({
  id: "user-submission/fix-02",
  title: "drm/panthor: Tie doorbell mappings to their group",
  source: "corrects patch 3 (USUB-2, USUB-3, USUB-37, USUB-38, USUB-39, USUB-41)",
  observable: "fewer doorbell faults; no page of a slot that the group does not have",
  overlay: usubOverlay((drv, prev) => ({
    usub: {
      writableBytes: (bo) => (bo.label.str === "Queue FW interface" ? 4096 : bo.size),
      doorbellOffset(group) {
        const { pfile, handle } = userGroup(group);
        return pfile!.userMmio.offset + 2 ** 42 + (handle - 1) * doorbellStride;
      },
      *newDoorbellMapping(pfile, offset, handle) {
        if ((offset - userMmioOffset64) % doorbellStride !== 0) return -EINVAL;
        const group = yield* drv().usub.groupLookup(pfile, handle);
        if (group === null) return -EINVAL;
        const mapping = yield* prev.usub.newDoorbellMapping(pfile, offset, handle);
        if (typeof mapping !== "number") Object.assign(mapping, { group, mayRead: false });
        yield* drv().sched.groupPut(group);
        return mapping;
      },
      *doorbellVmFault(mapping) {
        const { ptdev, handle, group } = mapping;
        const { rec } = drv().linux.m;
        rec.emit(K.dev_state, rec.str("user_db_fault handle"), handle, 0);
        if (!ptdev.base.enter()) return false;
        const { lock } = ptdev.scheduler;
        yield* lock.lock();
        yield* drv().usub.raceWindow("doorbell_fault", handle);
        const on = group!.csgId >= 0 && ptdev.pm.state === pmActive && !group!.destroyed;
        drv().usub.insertDoorbellPage(mapping, on ? group!.csgId + 1 : noDoorbell);
        yield* lock.unlock();
        yield* ptdev.base.exit();
        return true;
      },
      *zapUserDoorbell(group, what, csgId) {
        if (userGroup(group).userSubmit) yield* prev.usub.zapUserDoorbell(group, what, csgId);
      },
      *unmapDoorbells(ptdev, _from, group) {
        const { mmapLock } = ptdev.base;
        yield* mmapLock.downRead();
        for (const mapping of ptdev.ioMappings) {
          if (isDoorbell(mapping) && mapping.group === group) mapping.target = null;
        }
        yield* mmapLock.upRead();
      },
    },
    device: {
      *mmioUserRead(mapping) {
        return isDoorbell(mapping) ? null : yield* prev.device.mmioUserRead(mapping);
      },
    },
  })),
});
