// Halting the firmware before a reset: the wait sleeps between two looks, the firmware's word counts
// beside the status, and the request is taken back at once (7.3 polls without sleeping, and takes it
// back before the next boot). While it sleeps, other workers run.
// Kernel: panthor_fw.c of 6.12 (panthor_fw_pre_reset, panthor_fw_post_reset).

import * as bits from "../../../driver/fw/iface-bits.ts";
import * as regs from "../../../driver/fw/regs.ts";
import { overlay, patch } from "../../patch.ts";

const haltTimeoutUs = 100_000;

export const halt = patch({
  id: "linux-6.12/halt",
  title: "Waiting for the firmware to halt sleeps",
  source: "Linux 6.12",
  observable: "the worker that suspends gives way between two reads of MCU_STATUS",
  overlay: overlay((final) => ({
    fw: {
      *preReset(ptdev, onHang) {
        const { device, fw, linux, mmio } = final();
        const { reset } = ptdev;
        yield* linux.wq.cancelDelayedWorkSync(ptdev.fw.watchdog.pingWork);
        reset.fast = false;
        if (!onHang) {
          const glb = fw.getGlbIface(ptdev);
          yield* fw.haltMcu(ptdev);
          const { ret } = yield* linux.time.pollTimeout(
            () => mmio.read32(regs.MCU_STATUS),
            (status: number) => status === regs.MCU_STATUS_HALT,
            10,
            haltTimeoutUs,
          );
          if (ret === 0 && glb.output.haltStatus === bits.PANTHOR_FW_HALT_OK) reset.fast = true;
          else ptdev.base.warn("Failed to cleanly suspend MCU");
          yield* fw.mcuSetActive(ptdev);
        }
        yield* device.irqSuspend(ptdev.fw.irq);
        yield* fw.stop(ptdev);
      },
    },
  })),
});
