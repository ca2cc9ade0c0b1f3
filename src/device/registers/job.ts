// The job interrupt block: one bit per CSG slot, bit 31 for the global interface.
// Kernel: drivers/gpu/drm/panthor/panthor_fw_regs.h (7.3).

import type { RegisterTable } from "./table.ts";

/** JOB_INT_GLOBAL_IF as an unsigned word. */
export const jobIntGlobalIf = 0x80000000;

export const jobInt = {
  JOB_INT_RAWSTAT: {
    offset: 0x1000,
    width: 32,
    access: "rw",
    compare: "exact",
    source: "panthor_fw_regs.h:JOB_INT_BASE",
  },
  JOB_INT_CLEAR: {
    offset: 0x1004,
    width: 32,
    access: "w",
    compare: "exact",
    source: "panthor_fw_regs.h:JOB_INT_BASE",
  },
  JOB_INT_MASK: {
    offset: 0x1008,
    width: 32,
    access: "rw",
    compare: "exact",
    source: "panthor_fw_regs.h:JOB_INT_BASE",
  },
  JOB_INT_STAT: {
    offset: 0x100c,
    width: 32,
    access: "r",
    compare: "exact",
    source: "panthor_fw_regs.h:JOB_INT_BASE",
  },
} as const satisfies RegisterTable;
