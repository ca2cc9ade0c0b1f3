// A profile: what things cost and how the device is shaped.
// Names of latencies are those of the recordings' index (latencies_ns), in camelCase.

import type { CpuCosts } from "../../machine/core/costs.ts";

/** Device latencies, nanoseconds. */
export interface DeviceLatencies {
  /** Interrupt line high to CPU interrupt. */
  readonly irqDelay: number;
  readonly softReset: number;
  /** GPU_CMD cache flush. */
  readonly cacheFlush: number;
  /** Power domain on or off (L2, shader cores, tiler). */
  readonly l2Power: number;
  /** DELEGATE and RETRACT of PWR_COMMAND. */
  readonly pwrCommand: number;
  /** AS command (AS_ACTIVE high). */
  readonly asCommand: number;
  /** AS commands FLUSH_PT and FLUSH_MEM. */
  readonly asFlushPt: number;
  readonly asFlushMem: number;
  /** UPDATE written to new translation in force; 0: at once. */
  readonly asUpdate: number;
  /** MCU_CONTROL=AUTO to the interrupt of the global interface. */
  readonly mcuBoot: number;
  /** GLB_HALT seen to MCU_STATUS=HALT. */
  readonly mcuHalt: number;
  /** MCU_CONTROL=DISABLE to MCU_STATUS=DISABLED. */
  readonly mcuStop: number;
  /** Global doorbell to firmware looks. */
  readonly fwGlobalDoorbell: number;
  readonly csgStart: number;
  readonly csgResume: number;
  readonly csgSuspend: number;
  readonly csgTerminate: number;
  /** ENDPOINT_CONFIG or STATUS_UPDATE alone. */
  readonly csgUpdate: number;
  /** User doorbell to stream runs, and resume of a blocked stream. */
  readonly csDoorbell: number;
  /** One instruction, charged before the next visible operation. */
  readonly csInstruction: number;
  /** FLUSH_CACHE2 in a stream. */
  readonly csFlush: number;
  /** Group idle to CSG_IDLE. */
  readonly csgIdle: number;
  /** How long before its answer for a group the firmware looks at ack_irq_mask; 0: with it. */
  readonly csgAckMask: number;
  /** Retry period of a stream that touches a locked region; 0: it sleeps until the release. */
  readonly lockRetry: number;
  /** Release of a lock to the sleeping stream going on. */
  readonly lockRelease: number;
  /** A RUN_* instruction without annotation. */
  readonly defaultRun: number;
}

/** How the clock that drives timers behaves. */
export interface ClockShape {
  /** Grain of the clock source. */
  readonly grainNs: number;
  /** Offset of the clock's grid from virtual time 0. */
  readonly phaseNs: number;
  /** Least distance at which a clock event can be programmed. */
  readonly minDeltaNs: number;
  /** The device's latencies are timers on the kernel's clock event. */
  readonly deviceSharesClockEvent: boolean;
}

/** What the power control block of arch 14 adds to the shape. */
export interface PowerControlShape {
  readonly basePresent: bigint;
  readonly stackPresent: bigint;
}

/** What the board says about the device. */
export interface BoardShape {
  /** struct panthor_soc_data: hash of addresses over the slices of the L2, since arch 11. */
  readonly asnHash?: readonly [number, number, number];
  /** Operating points, Hz, ascending; without it the core clock is the only one. */
  readonly opps?: readonly number[];
  /** Clocks beside the core's. */
  readonly stacksClock?: boolean;
  readonly coregroupClock?: boolean;
}

/** Identity and size of the device. Register values by register name. */
export interface DeviceShape {
  readonly ids: Readonly<Record<string, number>>;
  readonly shaderPresent: bigint;
  readonly tilerPresent: bigint;
  readonly l2Present: bigint;
  /** GPU_FEATURES, since arch 11. */
  readonly gpuFeatures?: bigint;
  /** PWR_CONTROL, since arch 14; without it GPU_CONTROL has the registers of power domains. */
  readonly powerControl?: PowerControlShape;
  readonly board?: BoardShape;
  readonly coreClockHz: number;
  /** Frequency of the timestamp counter. */
  readonly timestampHz: number;
  /** CSF_IFACE_VERSION word, e.g. 0x01010000 for 1.1.0. */
  readonly fwVersion: number;
  readonly fwGitSha: string;
  readonly csgSlots: number;
  readonly csPerCsg: number;
  readonly csRegs: number;
  readonly scoreboards: number;
  readonly instrFeatures: number;
  readonly suspendSize: number;
  readonly protmSuspendSize: number;
  /** Translations are cached until they are invalidated. */
  readonly tlb: boolean;
  /**
   * A RUN_* instruction holds its stream up until the work is done (the recordings' device);
   * otherwise it signals its scoreboard entry and the stream goes on, as hardware does.
   */
  readonly runBlocksStream: boolean;
}

export interface Profile {
  readonly name: string;
  readonly costs: CpuCosts;
  readonly latencies: DeviceLatencies;
  readonly clock: ClockShape;
  readonly shape: DeviceShape;
}

/** A profile with some latencies replaced. */
export function withLatencies(profile: Profile, latencies: Partial<DeviceLatencies>): Profile {
  return { ...profile, latencies: { ...profile.latencies, ...latencies } };
}

/** A profile with some CPU costs replaced. */
export function withCosts(profile: Profile, costs: Partial<CpuCosts>): Profile {
  return { ...profile, costs: { ...profile.costs, ...costs } };
}

/** A profile with another device shape (fewer slots, …). */
export function withShape(profile: Profile, shape: Partial<DeviceShape>): Profile {
  return { ...profile, shape: { ...profile.shape, ...shape } };
}
