// The driver: one record of operations per unit of panthor (a C file, roughly), over one simulated
// Linux and one device. Operations call each other only through this record, so replacing an entry
// (an overlay of a patch) changes every caller: the record is late bound.
// Kernel: drivers/gpu/drm/panthor (7.3).

import type { Mmio } from "../device/mmio.ts";
import type { Linux } from "../machine/linux.ts";
import { devfreqOps } from "./devfreq/index.ts";
import { deviceOps } from "./device/index.ts";
import { drvOps } from "./drv/index.ts";
import { fwOps } from "./fw/index.ts";
import { gemOps } from "./gem/index.ts";
import { gpuOps } from "./gpu/index.ts";
import { heapOps } from "./heap/index.ts";
import { hwOps } from "./hw/index.ts";
import { mmuOps } from "./mmu/index.ts";
import { pwrOps } from "./pwr/index.ts";
import { schedOps } from "./sched/index.ts";

export type DeviceOps = ReturnType<typeof deviceOps>;
export type HwOps = ReturnType<typeof hwOps>;
export type GpuOps = ReturnType<typeof gpuOps>;
export type PwrOps = ReturnType<typeof pwrOps>;
export type MmuOps = ReturnType<typeof mmuOps>;
export type FwOps = ReturnType<typeof fwOps>;
export type SchedOps = ReturnType<typeof schedOps>;
export type HeapOps = ReturnType<typeof heapOps>;
export type GemOps = ReturnType<typeof gemOps>;
export type DrvOps = ReturnType<typeof drvOps>;
export type DevfreqOps = ReturnType<typeof devfreqOps>;

/** The operations, by unit. */
export interface DriverUnits {
  device: DeviceOps;
  hw: HwOps;
  gpu: GpuOps;
  pwr: PwrOps;
  mmu: MmuOps;
  fw: FwOps;
  sched: SchedOps;
  heap: HeapOps;
  gem: GemOps;
  drv: DrvOps;
  devfreq: DevfreqOps;
}

export type UnitName = keyof DriverUnits;

/** The finished driver. Operations are looked up at each call. */
export interface Driver extends DriverUnits {
  readonly linux: Linux;
  readonly mmio: Mmio;
}

/** Some operations of some units. */
export type PartialUnits = { [U in UnitName]?: Partial<DriverUnits[U]> };

/**
 * Operations to put over a driver. `final` gives the finished driver (late bound), `prev` the
 * driver below this overlay. Runs once per driver: what it allocates lives as long as the driver.
 */
export type Overlay = (final: () => Driver, prev: Driver) => PartialUnits;

/** The units, in the order in which they are built. */
export const unitNames: readonly UnitName[] = [
  "device",
  "hw",
  "gpu",
  "pwr",
  "mmu",
  "fw",
  "sched",
  "heap",
  "gem",
  "drv",
  "devfreq",
];

/** Builds the base driver and puts the overlays on it, first one lowest. */
export function makeDriver(linux: Linux, mmio: Mmio, overlays: readonly Overlay[] = []): Driver {
  const drv = { linux, mmio } as Driver;
  drv.device = deviceOps(drv);
  drv.hw = hwOps(drv);
  drv.gpu = gpuOps(drv);
  drv.pwr = pwrOps(drv);
  drv.mmu = mmuOps(drv);
  drv.fw = fwOps(drv);
  drv.sched = schedOps(drv);
  drv.heap = heapOps(drv);
  drv.gem = gemOps(drv);
  drv.drv = drvOps(drv);
  drv.devfreq = devfreqOps(drv);
  for (const overlay of overlays) {
    const prev: Driver = { ...drv };
    const replaced = overlay(() => drv, prev);
    for (const unit of unitNames) {
      const ops = replaced[unit];
      if (ops !== undefined) Object.assign(drv, { [unit]: { ...drv[unit], ...ops } });
    }
  }
  return drv;
}
