// Bits of AArch64 stage-1 and Mali LPAE descriptors, as halves of 32 bits.
// Kernel: drivers/iommu/io-pgtable-arm.c (ARM_LPAE_PTE_*), include/linux/iommu.h (IOMMU_*).

export type IoPgtableFormat = "ARM_64_LPAE_S1" | "ARM_MALI_LPAE";

export const IOMMU_READ = 1 << 0;
export const IOMMU_WRITE = 1 << 1;
export const IOMMU_CACHE = 1 << 2;
export const IOMMU_NOEXEC = 1 << 3;
export const IOMMU_MMIO = 1 << 4;
export const IOMMU_PRIV = 1 << 5;

export const levelsMax = 4;

// Low word.
export const pteTypeMask = 0x3;
export const pteBlock = 1;
export const pteTable = 3;
export const ptePage = 3;
const pteApUnpriv = 1 << 6;
const pteApRdonly = 1 << 7;
const pteHapRead = 1 << 6;
const pteHapWrite = 2 << 6;
const pteShOs = 2 << 8;
const pteShIs = 3 << 8;
const pteAf = 1 << 10;
const pteNg = 1 << 11;
const attrIndexShift = 2;
const attrIdxCache = 1;
const attrIdxDev = 2;
// High word.
/** UXN and PXN, bits 54:53. */
export const pteXnHi = 3 << (53 - 32);
/** Software bit 55: the table entry was synced to memory. */
export const pteSwSyncHi = 1 << (55 - 32);
const addrMaskHi = 0xffff;

/**
 * MAIR of stage 1: NC, write-back, device, inner non-cacheable. The C expression is a negative int,
 * so the unused upper half is all ones.
 */
export const mairS1 = 0xfffffffff404ff44n;
/** MEMATTR of Mali LPAE: implementation defined, write-allocate, implementation defined. */
export const memattrMali = 0x888d88n;

/** Output address of a descriptor (bits 47:12). */
export function descriptorAddress(lo: number, hi: number): number {
  return (hi & addrMaskHi) * 2 ** 32 + (lo >>> 12) * 4096;
}

/** iopte_leaf(). */
export function isLeaf(lo: number, level: number, format: IoPgtableFormat): boolean {
  const type = lo & pteTypeMask;
  if (level === levelsMax - 1 && format !== "ARM_MALI_LPAE") return type === ptePage;
  return type === pteBlock;
}

/** iopte_table(). */
export function isTable(lo: number, level: number): boolean {
  return level < levelsMax - 1 && (lo & pteTypeMask) === pteTable;
}

/** arm_lpae_prot_to_pte(): attribute bits for IOMMU_* permissions. */
export function protToPte(format: IoPgtableFormat, prot: number): { lo: number; hi: number } {
  let lo = 0;
  if (format === "ARM_64_LPAE_S1") {
    lo = pteNg;
    if ((prot & IOMMU_WRITE) === 0 && (prot & IOMMU_READ) !== 0) lo |= pteApRdonly;
    if ((prot & IOMMU_PRIV) === 0) lo |= pteApUnpriv;
  } else {
    if ((prot & IOMMU_READ) !== 0) lo |= pteHapRead;
    if ((prot & IOMMU_WRITE) !== 0) lo |= pteHapWrite;
  }
  if ((prot & IOMMU_MMIO) !== 0) lo |= attrIdxDev << attrIndexShift;
  else if ((prot & IOMMU_CACHE) !== 0) lo |= attrIdxCache << attrIndexShift;
  lo |= (prot & IOMMU_CACHE) !== 0 && format !== "ARM_MALI_LPAE" ? pteShIs : pteShOs;
  if (format !== "ARM_MALI_LPAE") lo |= pteAf;
  return { lo, hi: (prot & IOMMU_NOEXEC) !== 0 ? pteXnHi : 0 };
}
