// SYNC_UPDATE: user space has changed a native sync object from the CPU. RFC patch 8:
// panthor_drv.c (panthor_ioctl_sync_update).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { PanthorDevice } from "../../driver/device/types.ts";
import type { PanthorFile } from "../../driver/drv/types.ts";
import { CSF_GLB_DOORBELL_ID } from "../../driver/fw/iface-bits.ts";
import type { SyncUpdateArgs } from "./uapi.ts";
import type { UsubDriver } from "./unit.ts";

export const syncUpdateOps = (drv: () => UsubDriver) => ({
  /** panthor_ioctl_sync_update(). */
  *ioctlSyncUpdate(pfile: PanthorFile, args: SyncUpdateArgs): Kernel<number> {
    const { usub } = drv();
    if (args.pad) return -EINVAL;
    yield* usub.syncUpdateDoorbell(pfile.ptdev);
    yield* usub.schedSyncUpdate(pfile.ptdev);
    yield* usub.xgsPoolRecheck(pfile);
    return 0;
  },

  /** Only while the device is in use; an error counts as true (USUB-13). */
  *syncUpdateDoorbell(ptdev: PanthorDevice): Kernel<void> {
    if ((yield* ptdev.pmRuntime.getIfInUse()) === 0) return;
    yield* drv().fw.ringDoorbell(ptdev, CSF_GLB_DOORBELL_ID);
    yield* ptdev.pmRuntime.putAutosuspend();
  },
});
