// Per-file state. Kernel: panthor_device.h (struct panthor_file), include/drm/drm_file.h.

import type { PanthorDevice, PanthorGpuUsage } from "../device/types.ts";
import type { PanthorGroupPool } from "../sched/types.ts";
import type { PanthorVmPool } from "../mmu/types.ts";
import type { DrmGemObject } from "../gem/types.ts";
import type { XaNodes } from "../../machine/memory/xarray.ts";
import type { PrimeFile } from "../../machine/gpuvm/prime-file.ts";
import type { SyncobjFile } from "../../machine/syncobj/syncobj-file.ts";

/** struct panthor_file. */
export interface PanthorFile {
  readonly ptdev: PanthorDevice;
  /** Offset at which the user maps MMIO pages. */
  readonly userMmio: { offset: number };
  vms: PanthorVmPool | null;
  groups: PanthorGroupPool | null;
  readonly stats: PanthorGpuUsage;
}

/** struct drm_file with the driver's part as `pfile` (driver_priv). */
export interface DrmFile {
  readonly clientId: number;
  /** pid of the opener, for fdinfo. */
  readonly pid: number;
  pfile: PanthorFile;
  /** GEM handles: object_idr. Handles start at 1. */
  readonly handles: Map<number, DrmGemObject>;
  readonly handleNodes: XaNodes;
  readonly syncobjs: SyncobjFile;
  readonly prime: PrimeFile;
  /** CAP_SYS_NICE, for the priorities above medium. */
  readonly capSysNice: boolean;
  /** client_name; none, or empty, when the program has not said. */
  clientName?: string;
  closed: boolean;
}
