// State of the panthor device and of its interrupt lines.
// Kernel: drivers/gpu/drm/panthor/panthor_device.h (7.3). No logic here.

import type { Kernel } from "../../machine/core/op.ts";
import type { Clk } from "../../machine/clk.ts";
import type { RuntimePm } from "../../machine/pm/runtime-pm.ts";
import type { Completion } from "../../machine/wait/completion.ts";
import type { Mutex } from "../../machine/lock/mutex.ts";
import type { SpinLock } from "../../machine/lock/spinlock.ts";
import type { Work } from "../../machine/workqueue/work.ts";
import type { Workqueue } from "../../machine/workqueue/workqueue.ts";
import type { PanthorDevfreq } from "../devfreq/types.ts";
import type { PanthorFw } from "../fw/types.ts";
import type { PanthorReclaim } from "../gem/types.ts";
import type { PanthorGpu } from "../gpu/types.ts";
import type { PanthorHw } from "../hw/types.ts";
import type { PanthorMmu } from "../mmu/types.ts";
import type { PanthorPwr } from "../pwr/types.ts";
import type { PanthorScheduler } from "../sched/types.ts";
import type { DrmDevice } from "./drm-device.ts";
import type { ProbeFailures } from "./probe-failures.ts";

/** enum panthor_device_pm_state. */
export const pmSuspended = 0;
export const pmResuming = 1;
export const pmActive = 2;
export const pmSuspending = 3;
export type PmState = 0 | 1 | 2 | 3;

/** enum panthor_irq_state. */
export const irqActive = 0;
export const irqProcessing = 1;
export const irqSuspended = 2;
export const irqSuspending = 3;
export type IrqState = 0 | 1 | 2 | 3;

/** struct panthor_irq: one interrupt block. `name` stands for the __name of the generated code. */
export interface PanthorIrq {
  readonly name: "gpu" | "mmu" | "job" | "pwr";
  readonly ptdev: PanthorDevice;
  /** Offset of the block's INT_RAWSTAT. */
  readonly iomem: number;
  readonly irq: number;
  /** Values for INT_MASK when active, unsigned. */
  mask: number;
  readonly maskLock: SpinLock;
  state: IrqState;
}

/** struct panthor_soc_data. */
export interface PanthorSocData {
  readonly asnHashEnable: boolean;
  readonly asnHash: readonly [number, number, number];
}

/** struct drm_panthor_gpu_info. */
export interface GpuInfo {
  gpuId: number;
  gpuRev: number;
  csfId: number;
  l2Features: number;
  tilerFeatures: number;
  memFeatures: number;
  mmuFeatures: number;
  threadFeatures: number;
  maxThreads: number;
  threadMaxWorkgroupSize: number;
  threadMaxBarrierSize: number;
  coherencyFeatures: number;
  textureFeatures: [number, number, number, number];
  asPresent: number;
  selectedCoherency: number;
  shaderPresent: bigint;
  l2Present: bigint;
  tilerPresent: bigint;
  coreFeatures: number;
  gpuFeatures: bigint;
}

/** struct drm_panthor_csif_info. */
export interface CsifInfo {
  csgSlotCount: number;
  csSlotCount: number;
  csRegCount: number;
  scoreboardSlotCount: number;
  unpreservedCsRegCount: number;
}

/** struct drm_panthor_mmu_info. */
export interface MmuInfo {
  /** Bit i: pages of 1 << i bytes. */
  pageSizeBitmap: number;
}

/** What the platform gives to the probe: resources of the device-tree node. */
export interface PlatformDevice {
  readonly name: string;
  readonly phys: number;
  readonly irqs: Readonly<Record<string, number>>;
  readonly clocks: { readonly core: Clk; readonly stacks?: Clk; readonly coregroup?: Clk };
  readonly dmaCoherent: boolean;
  readonly socData?: PanthorSocData;
  /** devm_pm_domain_attach_list(): the number of power domains, or a negative errno. */
  readonly powerDomains?: number;
  /** nvmem cell "shader-present". */
  readonly shaderPresentOverride?: bigint;
  /** Operating points in Hz; empty without a table. */
  readonly opps: readonly number[];
  /** request_firmware(): null when the file does not exist. */
  readonly firmware: (path: string) => Uint8Array | null;
  /** Steps of the next probe that fail. */
  readonly failures: ProbeFailures;
  /** Rate of the Arm architected timer where the kernel has it (CONFIG_ARM_ARCH_TIMER). */
  readonly archTimerHz?: number;
}

/** A user mapping (vm_area_struct) of MMIO pages. */
export interface IoMapping {
  readonly ptdev: PanthorDevice;
  /** Page offset in the device file, bytes. */
  readonly offset: number;
  /** What the page-table entry points to; null: the next access faults. */
  target: "register" | "dummy" | null;
}

/** struct panthor_device. */
export interface PanthorDevice {
  readonly base: DrmDevice;
  readonly pdev: PlatformDevice;
  readonly pmRuntime: RuntimePm;
  /** devm actions, run newest first when probe fails and at removal. */
  readonly devm: (() => Kernel<void>)[];
  /** User mappings of MMIO pages, in order of creation. */
  readonly ioMappings: Set<IoMapping>;

  socData: PanthorSocData | null;
  physAddr: number;
  readonly clks: { core: Clk | null; stacks: Clk | null; coregroup: Clk | null };
  coherent: boolean;

  readonly gpuInfo: GpuInfo;
  readonly csifInfo: CsifInfo;
  readonly mmuInfo: MmuInfo;

  // Set by the init of each unit; null before, as in C.
  hw: PanthorHw;
  pwr: PanthorPwr | null;
  gpu: PanthorGpu;
  fw: PanthorFw;
  mmu: PanthorMmu;
  /** Null until panthor_sched_init ends: panthor_device_is_initialized(). */
  scheduler: PanthorScheduler;
  devfreq: PanthorDevfreq;
  reclaim: PanthorReclaim;

  readonly unplug: { lock: Mutex; done: Completion };
  readonly reset: { wq: Workqueue; work: Work; pending: boolean; fast: boolean };
  readonly pm: {
    state: PmState;
    mmioLock: Mutex;
    /** Physical address of the dummy LATEST_FLUSH page. */
    dummyLatestFlush: number;
    recoveryNeeded: boolean;
  };

  /** The tracepoints that cost register or clock reads: gpu_power_status, gpu_job_irq. */
  powerTracing: boolean;
  jobIrqTracing: boolean;

  profileMask: number;
  /** Maximum clock frequency, Hz. */
  fastRate: number;
  /** Device-wide list of GEM objects (debugfs). */
  readonly gems: { lock: Mutex; list: Set<object> };
}

/** struct panthor_gpu_usage. */
export interface PanthorGpuUsage {
  time: bigint;
  cycles: bigint;
}
