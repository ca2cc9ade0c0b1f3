// Patch 3/8: a group's doorbell page is mapped to user space. A fault inserts the page of the
// group's slot, or a dummy page; binding and unbinding a group removes it again. RFC:
// panthor_device.c, panthor_drv.c, panthor_sched.c.

import { ENODEV } from "../../machine/errno.ts";
import { userMmioOffset64 } from "../../driver/device/mmap.ts";
import { patch } from "../patch.ts";
import { doorbellOffsetOf, doorbellOps, privateMmioOffset } from "./doorbell.ts";
import { isDoorbell, userGroup } from "./state.ts";
import { needs, usubOverlay } from "./unit.ts";

export const doorbells = patch({
  id: "user-submission/03",
  title: "drm/panthor: Map doorbell pages",
  source: "20240828172605.19176-4-mihail.atanassov@arm.com",
  observable:
    "doorbell pages can be mapped; user_db_fault, user_db_insert, and user_db_zap whenever any " +
    "group gets or loses a slot; stores to doorbells without a system call",
  overlay: usubOverlay((drv, prev) => {
    needs(prev, "groupGetEventfds", "user-submission/03", "user-submission/02");
    return {
      usub: {
        ...doorbellOps(drv),
        doorbellOffset: (group) => doorbellOffsetOf(userGroup(group).handle),
      },
      drv: {
        *mmap(file, offset, request) {
          const { ptdev, userMmio } = file.pfile;
          const adjusted = offset - userMmio.offset + userMmioOffset64;
          if (offset < userMmio.offset || adjusted < privateMmioOffset) {
            return yield* prev.drv.mmap(file, offset, request);
          }
          if (!ptdev.base.enter()) return -ENODEV;
          const ret = yield* drv().usub.mmapDoorbell(file.pfile, adjusted, request);
          yield* ptdev.base.exit();
          return ret;
        },
      },
      device: {
        *mmioVmFault(mapping) {
          if (isDoorbell(mapping)) return yield* drv().usub.doorbellVmFault(mapping);
          return yield* prev.device.mmioVmFault(mapping);
        },
        *mmioUserRead(mapping) {
          if (!isDoorbell(mapping)) return yield* prev.device.mmioUserRead(mapping);
          while (mapping.target === null) {
            if (!(yield* drv().device.mmioVmFault(mapping))) return null;
          }
          if (mapping.target === "register") return 0;
          return drv().linux.memory.read32(drv().usub.dummyDoorbellPage(mapping));
        },
        *mmioUserWrite(mapping, value) {
          if (isDoorbell(mapping)) return yield* drv().usub.doorbellWrite(mapping, value);
          return yield* prev.device.mmioUserWrite(mapping, value);
        },
      },
      sched: {
        *groupBindLocked(group, csgId) {
          const ret = yield* prev.sched.groupBindLocked(group, csgId);
          if (ret === 0) yield* drv().usub.zapUserDoorbell(group, "bind", csgId);
          return ret;
        },
        *groupUnbindLocked(group) {
          // The slot's reference goes at the end: keep one for the zap.
          drv().sched.groupGet(group);
          yield* drv().usub.raceWindow("suspend", userGroup(group).handle);
          const ret = yield* prev.sched.groupUnbindLocked(group);
          if (ret === 0) yield* drv().usub.zapUserDoorbell(group, "unbind", 0);
          yield* drv().sched.groupPut(group);
          return ret;
        },
      },
    };
  }),
});
