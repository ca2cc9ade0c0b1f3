// Doorbell pages: 0 is the global doorbell, n the one of CSG slot n-1.
// Kernel: drivers/gpu/drm/panthor/panthor_fw_regs.h:CSF_DOORBELL (7.3).

import type { RegisterTable } from "./table.ts";

export const doorbellBase = 0x80000;
export const doorbellStride = 0x10000;
export const doorbellsMax = 64;

/** The doorbell registers 0 .. count-1, DOORBELL_<n>. */
export function doorbells(count: number): RegisterTable {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `DOORBELL_${i}`,
      {
        offset: doorbellBase + i * doorbellStride,
        width: 32,
        access: "w",
        compare: "exact",
        source: "panthor_fw_regs.h:CSF_DOORBELL",
      } as const,
    ]),
  );
}
