// The MCU and the page of user-visible CSF registers.
// Kernel: drivers/gpu/drm/panthor/panthor_fw_regs.h (7.3).

import type { RegisterTable } from "./table.ts";

export const mcuStatus = { disabled: 0, enabled: 1, halt: 2, fatal: 3 } as const;

export const mcu = {
  MCU_CONTROL: {
    offset: 0x700,
    width: 32,
    access: "rw",
    compare: "exact",
    source: "panthor_fw_regs.h:MCU_CONTROL",
    values: { 0: "DISABLE", 1: "ENABLE", 2: "AUTO" },
  },
  MCU_STATUS: {
    offset: 0x704,
    width: 32,
    access: "r",
    compare: "exact",
    source: "panthor_fw_regs.h:MCU_STATUS",
    values: { 0: "DISABLED", 1: "ENABLED", 2: "HALT", 3: "FATAL" },
  },
  LATEST_FLUSH_ID: {
    offset: 0x10000,
    width: 32,
    access: "r",
    compare: "ignore",
    source: "panthor_fw_regs.h:CSF_GPU_LATEST_FLUSH_ID",
  },
} as const satisfies RegisterTable;
