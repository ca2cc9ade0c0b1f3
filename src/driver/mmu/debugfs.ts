// debugfs "gpuvas": the mappings of all VMs. Kernel: panthor_mmu.c (show_each_vm, show_vm_gpuvas),
// drm_debugfs.c:drm_debugfs_gpuva_info. The kernel prints the address of each mapping's object as it
// is (not %p, so not hashed): an address of the run, which is `-` here as in goldens.

import type { Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorVm } from "./types.ts";

const column = (text: string): string => text.padEnd(18);
const hex = (v: number): string => `0x${v.toString(16).padStart(16, "0")}`;

export const debugfsOps = (drv: Driver) => ({
  /** show_vm_gpuvas(): lines of text. */
  *showVmGpuvas(vm: PanthorVm): Kernel<string[]> {
    yield* vm.opLock.lock();
    const lines = [
      `DRM GPU VA space (${vm.name}) [${hex(vm.mmStart)};${hex(vm.mmStart + vm.mmRange)}]`,
      // panthor_vm_create() reserves nothing.
      `Kernel reserved node [${hex(0)};${hex(0)}]`,
      "",
      ` VAs | ${["start", "range", "end", "object"].map(column).join(" | ")} | object offset`,
      "-".repeat(109),
    ];
    for (const { va, gem } of vm.mappings) {
      const { addr, range } = va;
      const object = column(gem.obj === null ? hex(0) : "-");
      const numbers = [hex(addr), hex(range), hex(addr + range), object, hex(gem.offset)];
      lines.push(`     | ${numbers.join(" | ")}`);
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
