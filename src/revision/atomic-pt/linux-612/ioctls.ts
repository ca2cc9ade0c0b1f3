// What programs can call by number: panthor's ioctls end with TILER_HEAP_DESTROY, and the core has no
// names of clients and no changes of handles. Kernel: include/uapi/drm/{panthor_drm,drm}.h of 6.12.

import { overlay, patch } from "../../patch.ts";

const laterOfPanthor = new Set([
  "BO_SET_LABEL",
  "SET_USER_MMIO_OFFSET",
  "BO_SYNC",
  "BO_QUERY_INFO",
]);
const laterOfCore = new Set(["SET_CLIENT_NAME", "GEM_CHANGE_HANDLE"]);

export const ioctls = patch({
  id: "linux-6.12/ioctls",
  title: "No later ioctls",
  source: "Linux 6.12",
  observable: "-EINVAL for the numbers of later ioctls",
  overlay: overlay((_, prev) => ({
    drv: {
      ioctlDescs: () => prev.drv.ioctlDescs().filter(({ name }) => !laterOfPanthor.has(name)),
      coreIoctlDescs: () => prev.drv.coreIoctlDescs().filter(({ name }) => !laterOfCore.has(name)),
    },
  })),
});
