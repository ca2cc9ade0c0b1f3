// The board around the GPU: addresses, interrupt numbers, clock, operating points. As in the
// recordings (Mali-G610 at 0xfb000000, one operating point of 1 GHz, not DMA-coherent).

import type { Gpu } from "../device/gpu.ts";
import type { IrqLine } from "../device/hooks.ts";
import { ProbeFailures } from "../driver/device/probe-failures.ts";
import type { PlatformDevice } from "../driver/device/types.ts";
import { Clk } from "../machine/clk.ts";
import type { Linux } from "../machine/linux.ts";

/** Linux interrupt numbers of the device's lines. */
export const irqNumbers: Readonly<Record<IrqLine, number>> = { gpu: 64, mmu: 65, job: 66 };

/** Image that panthor_fw.c asks for, by architecture. */
const firmwarePath = /^arm\/mali\/arch\d+\.\d+\/mali_csffw\.bin$/;

/** The platform device that the driver binds to. */
export function makePlatformDevice(linux: Linux, gpu: Gpu, dmaCoherent: boolean): PlatformDevice {
  const { board, coreClockHz } = gpu.profile.shape;
  return {
    name: "fb000000.gpu",
    phys: 0xfb000000,
    irqs: irqNumbers,
    clocks: {
      core: new Clk(linux.clks, "mali-core", coreClockHz),
      ...(board?.stacksClock === true ? { stacks: new Clk(linux.clks, "mali-stacks", 0) } : {}),
      ...(board?.coregroupClock === true
        ? { coregroup: new Clk(linux.clks, "mali-coregroup", 0) }
        : {}),
    },
    dmaCoherent,
    failures: new ProbeFailures(),
    opps: board?.opps ?? [coreClockHz],
    ...(board?.asnHash === undefined
      ? {}
      : { socData: { asnHashEnable: true, asnHash: board.asnHash } }),
    firmware: (path) => (firmwarePath.test(path) ? gpu.firmwareImage() : null),
  };
}
