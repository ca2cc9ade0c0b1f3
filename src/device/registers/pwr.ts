// The power control block of arch 14 and later. A device of arch 10 does not have it, so an access
// is an error there; the rows exist to name it. Kernel: panthor_pwr_regs.h (7.3).

import type { RegisterTable } from "./table.ts";

export const pwr = {
  PWR_INT_RAWSTAT: {
    offset: 0x800,
    width: 32,
    access: "rw",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_INT_BASE",
  },
  PWR_INT_CLEAR: {
    offset: 0x804,
    width: 32,
    access: "w",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_INT_BASE",
  },
  PWR_INT_MASK: {
    offset: 0x808,
    width: 32,
    access: "rw",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_INT_BASE",
  },
  PWR_INT_STAT: {
    offset: 0x80c,
    width: 32,
    access: "r",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_INT_BASE",
  },
  PWR_STATUS: {
    offset: 0x820,
    width: 64,
    access: "r",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_STATUS",
  },
  PWR_COMMAND: {
    offset: 0x828,
    width: 32,
    access: "w",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_COMMAND",
  },
  PWR_CMDARG: {
    offset: 0x830,
    width: 64,
    access: "rw",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_CMDARG",
  },
  PWR_L2_PRESENT: {
    offset: 0x900,
    width: 64,
    access: "r",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_L2_PRESENT",
  },
  PWR_L2_READY: {
    offset: 0x908,
    width: 64,
    access: "r",
    compare: "exact",
    source: "panthor_pwr_regs.h:PWR_L2_READY",
  },
} as const satisfies RegisterTable;
