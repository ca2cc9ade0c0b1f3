// The check of the creation flags returned at once, inside drm_dev_enter(). Kernel: panthor_drv.c,
// panthor_ioctl_bo_create() between cd2c9c3015e6 (DRM_PANTHOR_BO_WB_MMAP) and c57079937bf8.

import { DRM_PANTHOR_BO_NO_MMAP, DRM_PANTHOR_BO_WB_MMAP } from "../../driver/gem/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

const both = DRM_PANTHOR_BO_NO_MMAP | DRM_PANTHOR_BO_WB_MMAP;

export const devExitLeaked = regression({
  id: "dev-exit-leaked",
  title: "BO_CREATE refuses a pair of flags without drm_dev_exit()",
  fix: "c57079937bf8 drm/panthor: unlock on error in panthor_ioctl_bo_create()",
  effect: "unplugging waits for ever",
  trace: "corpus/unbind-after-refused-object",
  catches: [{ by: "deadlock", of: /programs have not ended/ }],
  overlay: overlay((_, prev) => ({
    drv: {
      *ioctlBoCreate(file, args) {
        const refused = args.size !== 0 && !args.pad && ((args.flags ?? 0) & both) === both;
        // What the early return forgets to give back.
        if (refused) file.pfile.ptdev.base.enter();
        return yield* prev.drv.ioctlBoCreate(file, args);
      },
    },
  })),
});
