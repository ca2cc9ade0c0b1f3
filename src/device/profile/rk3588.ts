// rk3588: costs of the order of magnitude of an RK3588 (Cortex-A76 at 2.3 GHz, Mali-G610 at
// 1 GHz). Each figure names its source or is marked as an estimate; none was measured for this
// project, so use the profile for relations and races, not for absolute latencies.

import { maliG610 } from "./mali-g610.ts";
import type { Profile } from "./types.ts";

export const rk3588: Profile = {
  name: "rk3588",
  costs: {
    // estimate: a device-nGnRE load goes to the GPU's APB bridge and back.
    mmioRead: 250,
    // estimate: posted, but dsb-ordered by writel().
    mmioWrite: 80,
    // source: panthor maps the interface write-combined (panthor_gem.c:should_map_wc), and past the
    // caches a Cortex-A76 of an RK3588 takes 104 to 121 ns for memory (sbc-bench, results of a
    // ROCK 5B: 16 MiB latency). A posted write counts as much: an upper bound.
    sharedWord: 120,
    // estimate: GICv3 acknowledge, vector and generic_handle_irq().
    irqEntry: 900,
    // estimate: arm64 switch_to with cache effects.
    contextSwitch: 1_800,
    // estimate: try_to_wake_up() including the runqueue lock.
    wakeUp: 700,
    // estimate: __queue_work() and insertion, without the wake-up.
    queueWork: 250,
    // estimate: uncontended LSE atomic, hot line.
    lock: 15,
    // A lock is one such operation: its unlock is a plain store.
    atomic: 15,
    // estimate: EL0 to EL1 and back with mitigations.
    syscall: 300,
    failedSyscall: 0,
    // estimate: one 8-byte store plus its share of dma_sync (the GPU is not coherent).
    ptWrite: 12,
    // source: CNTVCT_EL0 at 24 MHz, one read with isb.
    clockRead: 40,
  },
  latencies: {
    // estimate: GIC distribution to a core that does not sleep.
    irqDelay: 1_500,
    // estimate: panthor allows 500 ms (panthor_gpu.c:panthor_gpu_soft_reset).
    softReset: 150_000,
    // estimate: 1 MiB L2, mostly clean.
    cacheFlush: 30_000,
    // source: panthor polls for 20 ms (panthor_gpu.c:panthor_gpu_block_power_on); estimate within.
    l2Power: 40_000,
    // estimate; the RK3588 has no PWR_CONTROL.
    pwrCommand: 10_000,
    // estimate.
    asCommand: 2_000,
    asFlushPt: 15_000,
    asFlushMem: 40_000,
    asUpdate: 0,
    // estimate: Cortex-M7 start, copy of data sections and init of interfaces.
    mcuBoot: 2_000_000,
    mcuHalt: 200_000,
    mcuStop: 20_000,
    // estimates: firmware interrupt entry and scan of the request words at the MCU's clock.
    fwGlobalDoorbell: 8_000,
    csgStart: 60_000,
    csgResume: 90_000,
    csgSuspend: 250_000,
    csgTerminate: 120_000,
    csgUpdate: 12_000,
    csDoorbell: 3_000,
    // estimate: a handful of cycles at 1 GHz.
    csInstruction: 20,
    csFlush: 20_000,
    // estimate: firmware hysteresis.
    csgIdle: 20_000,
    csgAckMask: 0,
    lockRetry: 0,
    lockRelease: 100,
    defaultRun: 0,
  },
  // source: arch timer at 24 MHz; the device has its own time base.
  clock: { grainNs: 1, phaseNs: 0, minDeltaNs: 1_000, deviceSharesClockEvent: false },
  shape: { ...maliG610, timestampHz: 24_000_000, runBlocksStream: false },
};
