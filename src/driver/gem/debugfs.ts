// The device-wide list of objects, and debugfs "gems". Kernel: panthor_gem.c
// (panthor_gem_debugfs_*), panthor_gem_print_info.

import { done, type Kernel } from "../../machine/core/op.ts";
import { pageSize } from "../../machine/memory/physical-memory.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import {
  PANTHOR_DEBUGFS_GEM_USAGE_FLAG_FW_MAPPED,
  PANTHOR_DEBUGFS_GEM_USAGE_FLAG_KERNEL,
  PANTHOR_GEM_UNRECLAIMABLE,
  type PanthorGemObject,
} from "./types.ts";

const stateImported = 1 << 0;
const stateExported = 1 << 1;
const stateEvicted = 1 << 2;

const hex = (v: number): string => `0x${v.toString(16)}`;

export const debugfsOps = (drv: Driver) => ({
  /** panthor_gem_debugfs_bo_add(). */
  *debugfsBoAdd(bo: PanthorGemObject): Kernel<void> {
    const { gems } = bo.ptdev;
    const { current } = drv.linux.m;
    bo.debugfs.creator.tgid = current?.pid ?? 0;
    bo.debugfs.creator.processName = current?.comm ?? "";
    yield* gems.lock.lock();
    gems.list.add(bo);
    bo.debugfs.listed = true;
    yield* gems.lock.unlock();
  },

  /** panthor_gem_debugfs_bo_rm(). */
  *debugfsBoRm(bo: PanthorGemObject): Kernel<void> {
    const { gems } = bo.ptdev;
    if (!bo.debugfs.listed) return;
    yield* gems.lock.lock();
    gems.list.delete(bo);
    bo.debugfs.listed = false;
    yield* gems.lock.unlock();
  },

  /** panthor_gem_debugfs_set_usage_flags(). */
  debugfsSetUsageFlags(bo: PanthorGemObject, usageFlags: number): Kernel<void> {
    bo.debugfs.flags = usageFlags;
    return drv.gem.debugfsBoAdd(bo);
  },

  /** panthor_gem_debugfs_print_flag_names(): what the bits of the two columns mean. */
  debugfsPrintFlagNames(): string[] {
    const names = (flags: Readonly<Record<string, number>>): string =>
      Object.entries(flags)
        .map(([name, bit]) => `${name} (${hex(bit)})`)
        .join(", ");
    return [
      `GEM state flags: ${names({ imported: stateImported, exported: stateExported, evicted: stateEvicted })}`,
      `GEM usage flags: ${names({
        kernel: PANTHOR_DEBUGFS_GEM_USAGE_FLAG_KERNEL,
        "fw-mapped": PANTHOR_DEBUGFS_GEM_USAGE_FLAG_FW_MAPPED,
      })}`,
    ];
  },

  /** panthor_gem_debugfs_print_bos(): the legend, one line per object, then the totals. */
  *debugfsPrintBos(ptdev: PanthorDevice): Kernel<string[]> {
    const lines = drv.gem.debugfsPrintFlagNames();
    const totals = { size: 0, resident: 0, reclaimable: 0 };
    yield* ptdev.gems.lock.lock();
    for (const entry of ptdev.gems.list) {
      const bo = entry as PanthorGemObject;
      if (bo.refcount === 0) continue;
      const resident = bo.backing.pages === null ? 0 : bo.size;
      let state = bo.imported ? stateImported : 0;
      if (!bo.imported && resident === 0 && bo.reclaimedCount > 0) state |= stateEvicted;
      if (bo.dmaBuf !== null) state |= stateExported;
      const { creator, flags } = bo.debugfs;
      yield* bo.label.lock.lock();
      const label = bo.label.str ?? "";
      yield* bo.label.lock.unlock();
      lines.push(
        [
          `${creator.processName}/${creator.tgid}`.padEnd(31),
          // The global name: only FLINK gives one, which render nodes do not have.
          "0".padEnd(15),
          String(bo.refcount).padEnd(10),
          String(bo.reclaimedCount).padEnd(10),
          String(bo.size).padEnd(15),
          String(resident).padEnd(15),
          hex(bo.mmapOffset / pageSize).padEnd(17),
          hex(state).padEnd(10),
          hex(flags).padEnd(10),
          label,
        ].join(" "),
      );
      totals.size += bo.size;
      totals.resident += resident;
      if (bo.reclaimState !== PANTHOR_GEM_UNRECLAIMABLE) totals.reclaimable += resident;
    }
    yield* ptdev.gems.lock.unlock();
    const { size, resident, reclaimable } = totals;
    const sums = [`Total size: ${size}`, `Total resident: ${resident}`];
    lines.push([...sums, `Total reclaimable: ${reclaimable}`].join(", "));
    return lines;
  },

  /** shrink_get(): pages that the last scan took. */
  shrinkGet(ptdev: PanthorDevice): string {
    return `0x${ptdev.reclaim.nrPagesReclaimedOnLastScan.toString(16).padStart(8, "0")}`;
  },

  /** panthor_gem_debugfs_init(). */
  debugfsInit(ptdev: PanthorDevice): void {
    const { debugfs } = ptdev.base;
    debugfs.set("gems", () => drv.gem.debugfsPrintBos(ptdev));
    debugfs.set("shrink", () => done([drv.gem.shrinkGet(ptdev)]));
  },

  /** panthor_gem_status(): DRM_GEM_OBJECT_RESIDENT for fdinfo. */
  isResident(bo: PanthorGemObject): boolean {
    return bo.imported || bo.backing.pages !== null;
  },
});
