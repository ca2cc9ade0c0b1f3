// Patch 8/8: the SYNC_UPDATE ioctl. RFC: panthor_drv.c.

import { patch } from "../patch.ts";
import { withIoctls } from "./0006-xgs-queues.ts";
import { withCommands } from "./ioctl-numbers.ts";
import { syncUpdateOps } from "./sync-update.ts";
import type { SyncUpdateArgs } from "./uapi.ts";
import { needs, usubOverlay } from "./unit.ts";

export const syncUpdate = patch({
  id: "user-submission/08",
  title: "drm/panthor: Add SYNC_UPDATE ioctl",
  source: "20240828172605.19176-9-mihail.atanassov@arm.com",
  observable:
    "SYNC_UPDATE rings the global doorbell of a device in use, queues sync_upd_work and evaluates " +
    "the XGS waits of the caller",
  overlay: usubOverlay((drv, prev) => {
    needs(prev, "xgsPoolRecheck", "user-submission/08", "user-submission/06");
    return {
      usub: syncUpdateOps(drv),
      drv: {
        ...withCommands(prev.drv, ["SYNC_UPDATE"]),
        ioctlTable() {
          return withIoctls(prev.drv.ioctlTable(), {
            SYNC_UPDATE: (file, args: SyncUpdateArgs) =>
              drv().usub.ioctlSyncUpdate(file.pfile, args),
          });
        },
      },
    };
  }),
});
