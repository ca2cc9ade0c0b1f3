// Firmware sections: validation, mapping into the MCU's VM, (re)loading. Kernel: panthor_fw.c.

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { DRM_PANTHOR_BO_NO_MMAP } from "../gem/types.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  DRM_PANTHOR_VM_BIND_OP_MAP_READONLY,
  DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED,
} from "../mmu/types.ts";
import type { FwBinaryIter } from "./image.ts";
import type { PanthorFwSection } from "./types.ts";

export const CSF_MCU_SHARED_REGION_START = 0x04000000;
export const CSF_MCU_SHARED_REGION_SIZE = 0x04000000;

const ENTRY_WR = 1 << 1;
const ENTRY_EX = 1 << 2;
const ENTRY_CACHE_MODE_MASK = 3 << 3;
const ENTRY_CACHE_MODE_CACHED = 1 << 3;
const ENTRY_PROT = 1 << 5;
const ENTRY_SHARED = 1 << 30;
const ENTRY_ZERO = 0x80000000;
const ENTRY_RD = 1 << 0;
const ENTRY_SUPPORTED_FLAGS =
  ENTRY_RD | ENTRY_WR | ENTRY_EX | ENTRY_CACHE_MODE_MASK | ENTRY_PROT | ENTRY_SHARED | ENTRY_ZERO;

/** struct panthor_fw_binary_section_entry_hdr. */
export interface SectionHeader {
  readonly flags: number;
  readonly va: { readonly start: number; readonly end: number };
  readonly data: { readonly start: number; readonly end: number };
}

const hex = (v: number): string => `0x${v.toString(16)}`;

export const fwSectionOps = (drv: Driver) => ({
  /** panthor_fw_init_section_mem(). */
  *initSectionMem(ptdev: PanthorDevice, section: PanthorFwSection): Kernel<void> {
    const mem = section.mem!;
    const wasMapped = mem.kmap !== null;
    const zero = (section.flags & ENTRY_ZERO) !== 0;
    if (section.data.length === 0 && !zero) return;
    const ret = yield* drv.gem.kernelBoVmap(mem);
    if (ptdev.base.warnOn(ret !== 0, "ret")) return;
    const kmap = mem.kmap!;
    kmap.writeBytes(0, section.data);
    if (zero) {
      const rest = drv.gem.kernelBoSize(mem) - section.data.length;
      kmap.zero(section.data.length, rest);
    }
    if (!wasMapped) yield* drv.gem.kernelBoVunmap(mem);
  },

  /** The checks of panthor_fw_load_section_entry(); null: load it, else the value to return. */
  checkSectionHeader(ptdev: PanthorDevice, hdr: SectionHeader, fwSize: number): number | null {
    const { base } = ptdev;
    const corrupted = (text: string): number => {
      base.log("err", `Firmware corrupted, ${text}`);
      return -EINVAL;
    };
    const { data, flags, va } = hdr;
    if (data.end < data.start) {
      return corrupted(`data.end < data.start (${hex(data.end)} < ${hex(data.start)})`);
    }
    if (va.end < va.start) {
      return corrupted(`hdr.va.end < hdr.va.start (${hex(va.end)} < ${hex(va.start)})`);
    }
    if (data.end > fwSize) {
      return corrupted(`file truncated? data_end=${hex(data.end)} > fw size=${hex(fwSize)}`);
    }
    const pageSize = drv.mmu.vmPageSize(drv.fw.vm(ptdev));
    if (va.start % pageSize !== 0 || va.end % pageSize !== 0) {
      return corrupted(`virtual addresses not page aligned: ${hex(va.start)}-${hex(va.end)}`);
    }
    if ((flags & ~ENTRY_SUPPORTED_FLAGS) !== 0) {
      base.log("err", `Firmware contains interface with unsupported flags (${hex(flags)})`);
      return -EINVAL;
    }
    if ((flags & ENTRY_PROT) !== 0) {
      base.log("warn", "Firmware protected mode entry is not supported, ignoring");
      return 0;
    }
    if (va.start === CSF_MCU_SHARED_REGION_START && (flags & ENTRY_SHARED) === 0) {
      base.log("err", `Interface at ${hex(CSF_MCU_SHARED_REGION_START)} must be shared`);
      return -EINVAL;
    }
    if (data.end - data.start > va.end - va.start) {
      return corrupted("section data exceeds section size");
    }
    return va.end === va.start ? 0 : null;
  },

  /** panthor_fw_load_section_entry(). */
  *loadSectionEntry(ptdev: PanthorDevice, fw: Uint8Array, iter: FwBinaryIter): Kernel<number> {
    const words = drv.fw.binaryIterRead(ptdev, iter, 5);
    if (typeof words === "number") return words;
    const [flags, vaStart, vaEnd, dataStart, dataEnd] = words;
    const hdr: SectionHeader = {
      flags,
      va: { start: vaStart, end: vaEnd },
      data: { start: dataStart, end: dataEnd },
    };
    const verdict = drv.fw.checkSectionHeader(ptdev, hdr, fw.length);
    if (verdict !== null) return verdict;

    const nameStart = iter.start + iter.offset;
    const nameBytes = fw.subarray(nameStart, nameStart + iter.size - iter.offset);
    const name = String.fromCharCode(...nameBytes).replace(/\0.*$/s, "");
    const { memory } = drv.linux;
    if (memory.failsNow()) return -ENOMEM;
    const section: PanthorFwSection = {
      flags,
      mem: null,
      name: nameBytes.length === 0 ? null : name,
      data: fw.slice(dataStart, dataEnd),
    };
    ptdev.fw.sections.push(section);
    // Its data and its name.
    if (section.data.length > 0 && memory.failsNow()) return -ENOMEM;
    if (section.name !== null && memory.failsNow()) return -ENOMEM;
    return yield* drv.fw.mapSection(ptdev, section, hdr);
  },

  /** The part of panthor_fw_load_section_entry() that gives a section its memory. */
  *mapSection(ptdev: PanthorDevice, section: PanthorFwSection, hdr: SectionHeader): Kernel<number> {
    const { flags, va } = hdr;
    let mapFlags = 0;
    if ((flags & ENTRY_WR) === 0) mapFlags |= DRM_PANTHOR_VM_BIND_OP_MAP_READONLY;
    if ((flags & ENTRY_EX) === 0) mapFlags |= DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC;
    // The coherent modes are mapped uncached too.
    if ((flags & ENTRY_CACHE_MODE_MASK) !== ENTRY_CACHE_MODE_CACHED) {
      mapFlags |= DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED;
    }
    const mem = yield* drv.gem.kernelBoCreate(
      ptdev,
      drv.fw.vm(ptdev),
      va.end - va.start,
      DRM_PANTHOR_BO_NO_MMAP,
      mapFlags,
      va.start,
      "FW section",
    );
    if (typeof mem === "number") return mem;
    section.mem = mem;
    const moved = drv.gem.kernelBoGpuva(mem) !== va.start;
    if (ptdev.base.warnOn(moved, "section->mem->va_node.start != hdr.va.start")) return -EINVAL;
    if ((flags & ENTRY_SHARED) !== 0) {
      const ret = yield* drv.gem.kernelBoVmap(mem);
      if (ret !== 0) return ret;
    }
    yield* drv.fw.initSectionMem(ptdev, section);
    if (ptdev.base.warnOnOnce(mem.obj.dmap.sgt === null, "!bo->dmap.sgt")) return -EINVAL;
    if (va.start === CSF_MCU_SHARED_REGION_START) ptdev.fw.sharedSection = section;
    return 0;
  },

  /** panthor_reload_fw_sections(). */
  *reloadFwSections(ptdev: PanthorDevice, fullReload: boolean): Kernel<void> {
    for (const section of ptdev.fw.sections) {
      if (!fullReload && (section.flags & ENTRY_WR) === 0) continue;
      yield* drv.fw.initSectionMem(ptdev, section);
      ptdev.base.warnOnOnce(section.mem!.obj.dmap.sgt === null, "!sgt");
    }
  },
});
