// zero-cost: only explicit delays and the device's latencies take time. This is how the recordings
// of linux-7.3 were made (base flavour); their slow firmware and priced registers as variants.

import { zeroCosts } from "../../machine/core/costs.ts";
import { maliG610 } from "./mali-g610.ts";
import { type Profile, withCosts, withLatencies } from "./types.ts";

export const zeroCost: Profile = {
  name: "zero-cost",
  costs: { ...zeroCosts, clockRead: 256 },
  latencies: {
    irqDelay: 1_000,
    softReset: 20_000,
    cacheFlush: 10_000,
    l2Power: 5_000,
    pwrCommand: 2_000,
    asCommand: 1_000,
    asFlushPt: 10_000,
    asFlushMem: 10_000,
    asUpdate: 0,
    mcuBoot: 1_000_000,
    mcuHalt: 50_000,
    mcuStop: 5_000,
    fwGlobalDoorbell: 3_000,
    csgStart: 20_000,
    csgResume: 30_000,
    csgSuspend: 50_000,
    csgTerminate: 30_000,
    csgUpdate: 5_000,
    csDoorbell: 2_000,
    csInstruction: 50,
    csFlush: 5_000,
    csgIdle: 20_000,
    csgAckMask: 0,
    lockRetry: 1_000,
    lockRelease: 100,
    defaultRun: 0,
  },
  clock: { grainNs: 256, phaseNs: 0, minDeltaNs: 500, deviceSharesClockEvent: true },
  shape: maliG610,
};

/** The `slowfw` flavour: every wait of the driver really sleeps. */
export const zeroCostSlowFw: Profile = {
  ...withLatencies(zeroCost, {
    irqDelay: 5_000,
    softReset: 200_000,
    cacheFlush: 50_000,
    l2Power: 50_000,
    mcuBoot: 5_000_000,
    mcuHalt: 500_000,
    fwGlobalDoorbell: 30_000,
    csgStart: 200_000,
    csgResume: 300_000,
    csgSuspend: 500_000,
    csgTerminate: 300_000,
    csgUpdate: 50_000,
    csDoorbell: 10_000,
    csFlush: 20_000,
  }),
  name: "zero-cost-slowfw",
};

/** The `mmiocost` flavour: a register read takes 200 ns, a write 50 ns. */
export const zeroCostMmio: Profile = {
  ...withCosts(zeroCost, { mmioRead: 200, mmioWrite: 50 }),
  name: "zero-cost-mmiocost",
};

/**
 * The device of the linux-6.12 and atomic-pt recordings: a stream that meets a locked region
 * sleeps until the release (`cs_lock_stall`, `cs_lock_pass`) instead of trying again.
 */
export const zeroCostLockEvents: Profile = {
  ...withLatencies(zeroCost, { lockRetry: 0 }),
  name: "zero-cost-lock-events",
};
