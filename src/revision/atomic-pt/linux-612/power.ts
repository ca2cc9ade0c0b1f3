// Powering blocks of the GPU as in 6.12: only 32-bit halves that are asked for are accessed, and
// each is waited for until it is ready (7.3 reads it once, see docs/architecture.md). How long the L2
// takes decides which worker runs next. Kernel: panthor_gpu.c of 6.12 (panthor_gpu_block_power_on,
// panthor_gpu_block_power_off).

import type { Driver } from "../../../driver/driver.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";

const pollUs = 100;
const halves = [0, 1] as const;

/** readl_relaxed_poll_timeout() of each half that has bits of `mask`. */
function* pollHalves(
  { linux, mmio }: Driver,
  reg: number,
  mask: bigint,
  timeoutUs: number,
  met: (value: number, wanted: number) => boolean,
): Kernel<number> {
  for (const i of halves) {
    const wanted = Number(BigInt.asUintN(32, mask >> BigInt(32 * i)));
    if (wanted === 0) continue;
    const { ret } = yield* linux.time.pollTimeout(
      () => mmio.read32(reg + 4 * i),
      (value: number) => met(value, wanted),
      pollUs,
      timeoutUs,
    );
    if (ret !== 0) return ret;
  }
  return 0;
}

function* writeHalves({ mmio }: Driver, reg: number, mask: bigint): Kernel<void> {
  for (const i of halves) {
    const value = Number(BigInt.asUintN(32, mask >> BigInt(32 * i)));
    if (value !== 0) yield* mmio.write32(reg + 4 * i, value);
  }
}

const idle = (value: number, wanted: number): boolean => (value & wanted) === 0;
const ready = (value: number, wanted: number): boolean => (value & wanted) >>> 0 === wanted;

export const power = patch({
  id: "linux-6.12/power",
  title: "Powering on waits until the block is ready",
  source: "Linux 6.12",
  observable: "L2_READY is read until it is set, with 100 us between two reads",
  overlay: overlay((final) => ({
    gpu: {
      *blockPowerOn(ptdev, name, pwronReg, pwrtransReg, rdyReg, mask, timeoutUs) {
        const drv = final();
        let ret = yield* pollHalves(drv, pwrtransReg, mask, timeoutUs, idle);
        if (ret === 0) {
          yield* writeHalves(drv, pwronReg, mask);
          ret = yield* pollHalves(drv, rdyReg, mask, timeoutUs, ready);
        }
        if (ret !== 0) yield* ptdev.base.err(`timeout waiting on ${name}:${mask.toString(16)}`);
        return ret;
      },
      *blockPowerOff(ptdev, name, pwroffReg, pwrtransReg, mask, timeoutUs) {
        const drv = final();
        let ret = yield* pollHalves(drv, pwrtransReg, mask, timeoutUs, idle);
        if (ret === 0) {
          yield* writeHalves(drv, pwroffReg, mask);
          ret = yield* pollHalves(drv, pwrtransReg, mask, timeoutUs, idle);
        }
        if (ret !== 0) yield* ptdev.base.err(`timeout waiting on ${name}:${mask.toString(16)}`);
        return ret;
      },
    },
  })),
});
