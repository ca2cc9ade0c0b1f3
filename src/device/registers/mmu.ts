// Registers of the MMU block: the interrupt block and eight address spaces, 64 bytes each.
// Kernel: drivers/gpu/drm/panthor/panthor_mmu_regs.h (7.3).

import { instance, type RegisterTable } from "./table.ts";

/** AS commands by name. */
export const asCommand = {
  nop: 0,
  update: 1,
  lock: 2,
  unlock: 3,
  flushPt: 4,
  flushMem: 5,
} as const;

const commandNames = {
  0: "NOP",
  1: "UPDATE",
  2: "LOCK",
  3: "UNLOCK",
  4: "FLUSH_PT",
  5: "FLUSH_MEM",
} as const;

const faultFields = { EXCEPTION_TYPE: [0, 8], ACCESS_TYPE: [8, 2], SOURCE_ID: [16, 16] } as const;

export const mmuInt = {
  MMU_INT_RAWSTAT: {
    offset: 0x2000,
    width: 32,
    access: "rw",
    compare: "exact",
    source: "panthor_mmu_regs.h:MMU_INT_BASE",
  },
  MMU_INT_CLEAR: {
    offset: 0x2004,
    width: 32,
    access: "w",
    compare: "exact",
    source: "panthor_mmu_regs.h:MMU_INT_BASE",
  },
  MMU_INT_MASK: {
    offset: 0x2008,
    width: 32,
    access: "rw",
    compare: "exact",
    source: "panthor_mmu_regs.h:MMU_INT_BASE",
  },
  MMU_INT_STAT: {
    offset: 0x200c,
    width: 32,
    access: "r",
    compare: "exact",
    source: "panthor_mmu_regs.h:MMU_INT_BASE",
  },
} as const satisfies RegisterTable;

export const mmuAsBase = 0x2400;
export const mmuAsStride = 0x40;

/** One address space; offsets from its base. */
export const addressSpace = {
  TRANSTAB: {
    offset: 0x0,
    width: 64,
    access: "rw",
    compare: "ignore",
    source: "panthor_mmu_regs.h:AS_TRANSTAB",
  },
  MEMATTR: {
    offset: 0x8,
    width: 64,
    access: "rw",
    compare: "exact",
    source: "panthor_mmu_regs.h:AS_MEMATTR",
  },
  LOCKADDR: {
    offset: 0x10,
    width: 64,
    access: "rw",
    compare: "exact",
    source: "panthor_mmu_regs.h:AS_LOCKADDR",
  },
  COMMAND: {
    offset: 0x18,
    width: 32,
    access: "w",
    compare: "exact",
    source: "panthor_mmu_regs.h:AS_COMMAND",
    values: commandNames,
  },
  FAULTSTATUS: {
    offset: 0x1c,
    width: 32,
    access: "r",
    compare: "exact",
    source: "panthor_mmu_regs.h:AS_FAULTSTATUS",
    fields: faultFields,
  },
  FAULTADDRESS: {
    offset: 0x20,
    width: 64,
    access: "r",
    compare: "exact",
    source: "panthor_mmu_regs.h:AS_FAULTADDRESS",
  },
  STATUS: {
    offset: 0x28,
    width: 32,
    access: "r",
    compare: "exact",
    source: "panthor_mmu_regs.h:AS_STATUS",
    fields: { AS_ACTIVE: [0, 1] },
  },
  TRANSCFG: {
    offset: 0x30,
    width: 64,
    access: "rw",
    compare: "exact",
    source: "panthor_mmu_regs.h:AS_TRANSCFG",
  },
  FAULTEXTRA: {
    offset: 0x38,
    width: 64,
    access: "r",
    compare: "exact",
    source: "panthor_mmu_regs.h:AS_FAULTEXTRA",
  },
} as const satisfies RegisterTable;

/** The registers of address spaces 0 .. count-1, AS<n>_<name>. */
export function addressSpaces(count: number): RegisterTable {
  let table: RegisterTable = {};
  for (let i = 0; i < count; i++) {
    table = { ...table, ...instance(addressSpace, `AS${i}_`, mmuAsBase + i * mmuAsStride) };
  }
  return table;
}
