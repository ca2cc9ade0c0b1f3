// What command streams reach of the device that they run on.

import type { StreamHost } from "./cs/host.ts";
import type { CommandStream } from "./cs/stream.ts";
import type { McuMemory } from "./firmware/mcu-memory.ts";
import type { Gpu } from "./gpu.ts";
import type { DeviceClock } from "./hooks.ts";

/**
 * The host of a device's streams; `stalled` are those that wait for a region to be unlocked.
 * One literal: streams read it with every instruction.
 */
export function streamHost(
  gpu: Gpu,
  clock: DeviceClock,
  mcu: McuMemory,
  stalled: Set<CommandStream>,
): StreamHost {
  const { control, mmu } = gpu;
  return {
    events: gpu.events,
    clock,
    profile: gpu.profile,
    memory: gpu.memory,
    annotations: gpu.annotations,
    inject: gpu.injections,
    spaces: mmu.spaces,
    mcuRead64: (va) => mcu.read64(va),
    mcuWrite64: (va, value) => mcu.write64(va, value),
    mcuWrite32: (va, value) => mcu.write32(va, value),
    asFault: (as, va, status) => mmu.fault(as, va, status),
    gpuFault: (status, address) => control.fault(status, address),
    syncWritten: () => gpu.firmware.syncWritten(),
    waitForUnlock: (stream) => stalled.add(stream),
    flushed: () => control.countFlush(),
    flushId: () => control.flushId,
    timestamp: () => control.timestamp(),
    cycles: () => control.cycles(),
  };
}
