// debugfs "gpuvas": the mappings of all VMs. Kernel: panthor_mmu.c (show_each_vm, show_vm_gpuvas),
// drm_debugfs.c:drm_debugfs_gpuva_info.

import type { Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorVm } from "./types.ts";

const hex = (v: number): string => `0x${v.toString(16).padStart(16, "0")}`;

export const debugfsOps = (drv: Driver) => ({
  /** show_vm_gpuvas(): lines of text. */
  *showVmGpuvas(vm: PanthorVm): Kernel<string[]> {
    yield* vm.opLock.lock();
    const lines = [
      `DRM GPU VA space (${vm.name}) [${hex(vm.mmStart)};${hex(vm.mmStart + vm.mmRange)}]`,
      "  start              | end                | offset",
    ];
    for (const { va, gem } of vm.mappings) {
      lines.push(`  ${hex(va.addr)} | ${hex(va.addr + va.range)} | ${hex(gem.offset)}`);
    }
    yield* vm.opLock.unlock();
    return lines;
  },

  /** show_each_vm(). */
  *showEachVm(ptdev: PanthorDevice): Kernel<string[]> {
    const { lock, list } = ptdev.mmu.vm;
    const lines: string[] = [];
    yield* lock.lock();
    for (const vm of list) lines.push(...(yield* drv.mmu.showVmGpuvas(vm)), "");
    yield* lock.unlock();
    return lines;
  },

  /** panthor_mmu_debugfs_init(). */
  debugfsInit(ptdev: PanthorDevice): void {
    ptdev.base.debugfs.set("gpuvas", () => drv.mmu.showEachVm(ptdev));
  },
});
