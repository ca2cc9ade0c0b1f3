// Sparse mappings: unbound parts of a resource point to a dummy object that repeats every 2 MiB.
// Kernel: panthor_mmu.c, panthor_drv.c, pulled for 7.3 as six patches. The two that change what user
// space sees beside them are patches of their own here; the other three prepare and clean up.

import { DRIVER_MINOR } from "../../../driver/drv/uapi.ts";
import { DRM_PANTHOR_DEV_QUERY_MMU_INFO } from "../../../driver/drv/uapi.ts";
import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const queryMmuInfo = patch({
  id: "atomic-pt/merged-0017",
  title: "Expose the supported page sizes",
  source: "Support sparse mappings v13 1/6",
  observable: "DEV_QUERY knows MMU_INFO",
  overlay: overlay((final, prev) => {
    const ported = asPorted(final, "drv", "ioctlDevQuery");
    return {
      drv: {
        ioctlDevQuery: (file, args) =>
          args.type === DRM_PANTHOR_DEV_QUERY_MMU_INFO
            ? ported.ioctlDevQuery(file, args)
            : prev.drv.ioctlDevQuery(file, args),
      },
    };
  }),
});

export const sparseMappings = patch({
  id: "atomic-pt/merged-0018",
  title: "Support sparse mappings",
  source: "v13 5/6 of 2026-05-22, with the preparations 2 to 4",
  observable: "VM_BIND takes MAP_SPARSE: page-table entries that point to the dummy object",
  overlay: overlay((final) => ({ mmu: asPorted(final, "mmu", "vmBindPrepareMap") })),
});

export const minorVersion = patch({
  id: "atomic-pt/merged-0019",
  title: "Bump the driver version to 1.9",
  source: "v13 6/6 of 2026-05-22",
  observable: "the minor version",
  overlay: overlay((_, prev) => ({
    drv: {
      *ioctlVersion(file, args) {
        const ret = yield* prev.drv.ioctlVersion(file, args);
        args.versionMinor = DRIVER_MINOR;
        return ret;
      },
    },
  })),
});
