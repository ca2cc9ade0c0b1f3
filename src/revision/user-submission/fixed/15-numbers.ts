// The series' ioctls get numbers that nobody has: behind those of the driver that it is applied to,
// with a minor version of its own, so that no program takes one for another.

import {
  DRM_COMMAND_BASE,
  panthorIoctlDescs,
  userSubmissionIoctlDescs,
  withIoctlDescs,
} from "../../../driver/drv/ioctl-numbers.ts";
import { DRIVER_MAJOR, DRIVER_MINOR } from "../../../driver/drv/uapi.ts";
import { patch } from "../../patch.ts";
import { usubOverlay } from "../unit.ts";

const minor = DRIVER_MINOR + 1;
const isOfPanthor = new Set(panthorIoctlDescs.map(({ name }) => name));
const added = userSubmissionIoctlDescs.filter(({ name }) => !isOfPanthor.has(name));
const firstFree = DRM_COMMAND_BASE + panthorIoctlDescs.length;

export const numbers = patch({
  id: "user-submission/fix-15",
  title: "drm/panthor: Give the ioctls of user submission free numbers",
  source: "corrects patch 1 (USUB-39)",
  observable: "minor version 10; ioctls 13 to 16 are the ones of 7.3 again",
  overlay: usubOverlay((_, prev) => ({
    drv: {
      ioctlDescs() {
        const has = new Set(prev.drv.ioctlDescs().map(({ name }) => name));
        const free = added
          .map((desc, i) => ({ ...desc, nr: firstFree + i }))
          .filter(({ name }) => has.has(name));
        const kept = prev.drv.ioctlDescs().filter(({ name }) => isOfPanthor.has(name));
        return [...withIoctlDescs(panthorIoctlDescs, kept), ...free];
      },
      version: () => `${DRIVER_MAJOR}.${minor}.0`,
      *ioctlVersion(file, args) {
        const ret = yield* prev.drv.ioctlVersion(file, args);
        args.versionMinor = minor;
        return ret;
      },
    },
  })),
});
