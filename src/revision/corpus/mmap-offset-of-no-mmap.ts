// BO_MMAP_OFFSET gave an offset that could never be mapped. Kernel: panthor_drv.c before
// "drm/panthor: Don't create a file offset for NO_MMAP BOs".

import { DRM_PANTHOR_BO_NO_MMAP } from "../../driver/gem/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const mmapOffsetOfNoMmap = regression({
  id: "mmap-offset-of-no-mmap",
  title: "BO_MMAP_OFFSET succeeds for an object without mmap",
  fix: "b437b8f745e2 drm/panthor: Don't create a file offset for NO_MMAP BOs",
  effect: "the ioctl returns 0 instead of -EPERM",
  trace: "corpus/group-arguments",
  catches: [{ by: "result", of: /bo_mmap_offset/ }],
  overlay: overlay((final, prev) => ({
    drv: {
      *ioctlBoMmapOffset(file, args) {
        const bo = final().drv.lookup(file, args.handle);
        if (bo === null || (bo.flags & DRM_PANTHOR_BO_NO_MMAP) === 0 || args.pad) {
          if (bo !== null) yield* bo.put();
          return yield* prev.drv.ioctlBoMmapOffset(file, args);
        }
        bo.createMmapOffset();
        args.offset = bo.mmapOffset;
        yield* bo.put();
        return 0;
      },
    },
  })),
});
