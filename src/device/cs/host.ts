// What a command stream needs from the slot it runs on and from the rest of the device.

import type { DeviceEvents } from "../events.ts";
import type { DeviceClock } from "../hooks.ts";
import type { Injections } from "../inject.ts";
import type { AddressSpace } from "../mmu/address-space.ts";
import type { Profile } from "../profile/types.ts";
import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";
import type { Annotations } from "./annotation.ts";
import type { CommandStream } from "./stream.ts";

/** States as `cs_state` prints them. */
export type StreamPhase =
  | "STOPPED"
  | "SUSPENDED"
  | "IDLE"
  | "RUN"
  | "BUSY"
  | "WAIT_SB"
  | "SYNC_WAIT"
  | "PROGRESS_WAIT"
  | "FAULT_WAIT"
  | "OOM_WAIT"
  | "FATAL"
  | "HUNG"
  | "AS_FAULT";

/** Events of a stream towards the host (CS_REQ/CS_ACK bits). */
export const csEvent = {
  tilerOom: 2 ** 26,
  fatal: 2 ** 30,
  fault: 2 ** 31,
} as const;

/** The group slot of a stream. */
export interface StreamSlot {
  readonly id: number;
  /** The address space of the group. */
  readonly as: number;
  /** Progress counters by stream. */
  readonly progress: Float64Array;
  /** A stream of the group changed state: idleness has to be looked at again. */
  changed(): void;
  /** CSG_SYNC_UPDATE after a sync write of stream `cs`, unless it is muted. */
  syncUpdate(cs: number): void;
  /** CSG_PROGRESS_TIMER_EVENT. */
  progressTimeout(): void;
  /** CS_FAULT, CS_FATAL or CS_TILER_OOM of a stream. */
  streamEvent(cs: number, bit: number, name: string): void;
  /** Another stream's progress counter moved. */
  progressed(): void;
}

/** The device around the streams. */
export interface StreamHost {
  readonly events: DeviceEvents;
  readonly clock: DeviceClock;
  readonly profile: Profile;
  readonly memory: PhysicalMemory;
  readonly annotations: Annotations;
  readonly inject: Injections;
  /** By number. */
  readonly spaces: readonly AddressSpace[];
  /** Ring buffer interface words, in the MCU's address space. */
  mcuRead64(va: number): number;
  mcuWrite64(va: number, value: number): void;
  mcuWrite32(va: number, value: number): void;
  asFault(as: number, va: number, status: number): void;
  gpuFault(status: number, address: number): void;
  /** A sync object was written: blocked streams look again. */
  syncWritten(): void;
  /** The stream waits for the lock of its address space to end. */
  waitForUnlock(stream: CommandStream): void;
  /** A stream flushes caches: LATEST_FLUSH_ID moves. */
  flushed(): void;
  /** LATEST_FLUSH_ID. A method: an object literal with a getter is a hash table to the engine. */
  flushId(): number;
  /** Counters that STORE_STATE reads. */
  timestamp(): bigint;
  cycles(): bigint;
}
