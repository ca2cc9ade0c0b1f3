// Decoding of accesses to the registers of address spaces, for the checks that follow them.

import { gpuControl } from "../device/registers/gpu-control.ts";
import { pwr, pwrCommand } from "../device/registers/pwr.ts";
import { addressSpace, mmuAsBase, mmuAsStride } from "../device/registers/mmu.ts";

/** Offsets of the words that the checks look at, from the base of an address space. */
export const asWord = {
  transtabLo: addressSpace.TRANSTAB.offset,
  transtabHi: addressSpace.TRANSTAB.offset + 4,
  lockaddrLo: addressSpace.LOCKADDR.offset,
  lockaddrHi: addressSpace.LOCKADDR.offset + 4,
  command: addressSpace.COMMAND.offset,
  status: addressSpace.STATUS.offset,
} as const;

/** AS_STATUS: a command is being executed. */
export const asActive = 1;

/** Address spaces that the register map has room for. */
export const asMax = 16;

/** The address space that a register belongs to, -1 for a register of another block. */
export function asOf(offset: number): number {
  const as = Math.floor((offset - mmuAsBase) / mmuAsStride);
  return as >= 0 && as < asMax ? as : -1;
}

/** The word inside its address space. */
export const asWordOf = (offset: number): number => (offset - mmuAsBase) % mmuAsStride;

const gpuCommand = gpuControl.GPU_CMD.offset;
const softReset = 0x101;
const powerCommand = pwr.PWR_COMMAND.offset;

/** A write that takes all address spaces back to their reset state. */
export const resetsDevice = (offset: number, value: number): boolean =>
  (offset === gpuCommand && value === softReset) ||
  (offset === powerCommand && value === pwrCommand.resetSoft);
