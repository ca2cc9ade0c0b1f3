// Registers and bits of the MMU block. Kernel: panthor_mmu_regs.h.
// Offsets are absolute. 64-bit configuration values are bigint.

export const MMU_INT_BASE = 0x2000;
export const MMU_AS_BASE = 0x2400;
const mmuAs = (as: number): number => MMU_AS_BASE + (as << 6);

export const AS_TRANSTAB = (as: number): number => mmuAs(as) + 0x0;
export const AS_MEMATTR = (as: number): number => mmuAs(as) + 0x8;
export const AS_LOCKADDR = (as: number): number => mmuAs(as) + 0x10;
export const AS_COMMAND = (as: number): number => mmuAs(as) + 0x18;
export const AS_FAULTSTATUS = (as: number): number => mmuAs(as) + 0x1c;
export const AS_FAULTADDRESS = (as: number): number => mmuAs(as) + 0x20;
export const AS_STATUS = (as: number): number => mmuAs(as) + 0x28;
export const AS_TRANSCFG = (as: number): number => mmuAs(as) + 0x30;
export const AS_FAULTEXTRA = (as: number): number => mmuAs(as) + 0x38;

export const AS_MEMATTR_AARCH64_INNER_ALLOC_IMPL = 2 << 2;
export const asMemattrInnerAllocExpl = (w: boolean, r: boolean): number =>
  (3 << 2) | (w ? 1 : 0) | (r ? 2 : 0);
export const AS_MEMATTR_AARCH64_SH_MIDGARD_INNER = 0 << 4;
export const AS_MEMATTR_AARCH64_SH_CPU_INNER = 1 << 4;
export const AS_MEMATTR_AARCH64_INNER_OUTER_NC = 1 << 6;
export const AS_MEMATTR_AARCH64_INNER_OUTER_WB = 2 << 6;

export const AS_COMMAND_NOP = 0;
export const AS_COMMAND_UPDATE = 1;
export const AS_COMMAND_LOCK = 2;
export const AS_COMMAND_UNLOCK = 3;
export const AS_COMMAND_FLUSH_PT = 4;
export const AS_COMMAND_FLUSH_MEM = 5;
export const AS_LOCK_REGION_MIN_SIZE = 1 << 15;

export const AS_FAULTSTATUS_ACCESS_TYPE_MASK = 0x3 << 8;
export const AS_FAULTSTATUS_ACCESS_TYPE_ATOMIC = 0x0 << 8;
export const AS_FAULTSTATUS_ACCESS_TYPE_EX = 0x1 << 8;
export const AS_FAULTSTATUS_ACCESS_TYPE_READ = 0x2 << 8;
export const AS_FAULTSTATUS_ACCESS_TYPE_WRITE = 0x3 << 8;

export const AS_STATUS_AS_ACTIVE = 1 << 0;

export const AS_TRANSCFG_ADRMODE_UNMAPPED = 1n;
export const AS_TRANSCFG_ADRMODE_IDENTITY = 2n;
export const AS_TRANSCFG_ADRMODE_AARCH64_4K = 6n;
export const AS_TRANSCFG_ADRMODE_AARCH64_64K = 8n;
export const asTranscfgInaBits = (x: number): bigint => BigInt(x) << 6n;
export const AS_TRANSCFG_PTW_MEMATTR_NC = 1n << 24n;
export const AS_TRANSCFG_PTW_MEMATTR_WB = 2n << 24n;
export const AS_TRANSCFG_PTW_SH_OS = 2n << 28n;
export const AS_TRANSCFG_PTW_SH_IS = 3n << 28n;
export const AS_TRANSCFG_PTW_RA = 1n << 30n;
