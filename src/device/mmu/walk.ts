// A walk of the translation tables of an address space, in simulated memory.
// AArch64 stage-1 descriptors with 4 KiB granule, as drivers/iommu/io-pgtable-arm.c builds them
// for panthor (ARM_64_LPAE_S1). Fault codes: panthor_device.h:DRM_PANTHOR_EXCEPTION_*.

import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";

export type MemoryAccess = "read" | "write" | "execute";
/** ACCESS_TYPE of FAULTSTATUS; no instruction of this model makes an atomic access. */
export type FaultAccess = MemoryAccess | "atomic";

/** ADRMODE of TRANSCFG. */
export const adrModeUnmapped = 1;
export const adrModeIdentity = 2;
export const adrModeAarch64 = 6;

/** Exception types of an MMU fault; the level is added. */
export const translationFault = 0xc0;
export const permissionFault = 0xc8;
const accessFlagFault = 0xd8;
const addressSizeFaultIn = 0xe0;

const validBit = 1;
const tableOrPage = 2;
const apReadOnly = 1 << 7;
const accessFlag = 1 << 10;
const uxnHigh = 1 << (54 - 32);
const pageBits = 12;
const levelBits = 9;
const lastLevel = 3;

/** TRANSTAB and TRANSCFG as latched by UPDATE. */
export interface Translation {
  readonly transtab: number;
  readonly cfgLo: number;
  readonly cfgHi: number;
}

export interface Mapped {
  readonly ok: true;
  /** Physical address of the 4 KiB page. */
  readonly page: number;
  readonly writable: boolean;
  readonly executable: boolean;
}

export interface Unmapped {
  readonly ok: false;
  /** EXCEPTION_TYPE of FAULTSTATUS. */
  readonly exception: number;
}

/** Input address bits that TRANSCFG asks for (INA_BITS is 55 minus them). */
function inputBits(cfgLo: number): number {
  return 55 - ((cfgLo >>> 6) & 0x1f);
}

/** Translates the page of `va`. */
export function walk(memory: PhysicalMemory, t: Translation, va: number): Mapped | Unmapped {
  const mode = t.cfgLo & 0xf;
  const page = va - (va % 4096);
  if (mode === adrModeIdentity) return { ok: true, page, writable: true, executable: true };
  if (mode !== adrModeAarch64) return { ok: false, exception: translationFault };
  const bits = inputBits(t.cfgLo);
  if (va >= 2 ** bits) return { ok: false, exception: addressSizeFaultIn };
  let level = lastLevel - Math.ceil((bits - pageBits) / levelBits) + 1;
  let table = t.transtab - (t.transtab % 4096);
  for (; ; level++) {
    const shift = pageBits + levelBits * (lastLevel - level);
    const span = 2 ** shift;
    const index = Math.floor(va / span) % 512;
    if (!memory.isAllocated(table)) return { ok: false, exception: translationFault + level };
    const lo = memory.read32(table + index * 8);
    const hi = memory.read32(table + index * 8 + 4);
    const isTableOrPage = (lo & tableOrPage) !== 0;
    if ((lo & validBit) === 0 || (level === lastLevel && !isTableOrPage)) {
      return { ok: false, exception: translationFault + level };
    }
    const address = (hi & 0xffff) * 2 ** 32 + (lo >>> pageBits) * 4096;
    if (isTableOrPage && level < lastLevel) {
      table = address;
      continue;
    }
    if (level === 0) return { ok: false, exception: translationFault };
    if ((lo & accessFlag) === 0) return { ok: false, exception: accessFlagFault + level };
    return {
      ok: true,
      page: address - (address % span) + ((va % span) - (va % 4096)),
      writable: (lo & apReadOnly) === 0,
      executable: (hi & uxnHigh) === 0,
    };
  }
}
