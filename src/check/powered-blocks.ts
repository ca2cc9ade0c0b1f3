// What each block needs before it is told to do something, beyond the bus clock
// (unpowered-access.ts): the MCU needs the L2, doorbells need an MCU, and while a soft reset is in
// progress nothing but interrupts and power may be touched.
//
// The L2 counts from when it is asked to come up: before arch 14 the driver does not wait for it.

import { doorbellBase } from "../device/registers/doorbell.ts";
import { gpuControl } from "../device/registers/gpu-control.ts";
import { mcu } from "../device/registers/mcu.ts";
import { pwr, pwrBase, pwrCommand, pwrEnd } from "../device/registers/pwr.ts";
import { resetsDevice } from "./as-registers.ts";
import type { CheckSpec } from "./check.ts";

const l2On = gpuControl.L2_PWRON.offset;
const l2Off = gpuControl.L2_PWROFF.offset;
const mcuControl = mcu.MCU_CONTROL.offset;
const powerCommand = pwr.PWR_COMMAND.offset;
/** GPU_INT_RAWSTAT to GPU_INT_STAT, and GPU_CMD behind them, which asked for the reset. */
const gpuIntFirst = gpuControl.GPU_INT_RAWSTAT.offset;
const gpuIntLast = gpuControl.GPU_CMD.offset;
const mcuDisable = 0;
/** A domain that stayed on is not asked to come up again: the driver reads that it is ready. */
const l2Ready = [gpuControl.L2_READY.offset, pwr.PWR_L2_READY.offset];

const allowedInReset = (offset: number): boolean =>
  (offset >= gpuIntFirst && offset <= gpuIntLast) || (offset >= pwrBase && offset < pwrEnd);

export const poweredBlocksCheck: CheckSpec = {
  name: "powered-blocks",
  rule: "no MCU start without L2, no doorbell without MCU, no access during a soft reset",
  make({ rec, report }) {
    const resetDone = rec.str("reset_done");
    let l2 = false;
    let mcuOn = false;
    let resetting = false;
    const name = (index: number): string => rec.string(rec.arg(index, 2));
    const access = (index: number): void => {
      if (!resetting || allowedInReset(rec.arg(index, 0))) return;
      report(index, `${name(index)} is accessed while a soft reset is in progress`);
    };
    const off = (): void => {
      l2 = mcuOn = resetting = false;
    };
    return {
      on: {
        mmio_read(index) {
          access(index);
          if (l2Ready.includes(rec.arg(index, 0)) && rec.arg(index, 1) !== 0) l2 = true;
        },
        mmio_write(index) {
          const offset = rec.arg(index, 0);
          const value = rec.arg(index, 1);
          if (resetsDevice(offset, value)) {
            off();
            resetting = true;
            return;
          }
          access(index);
          if (offset >= doorbellBase) {
            if (!mcuOn) report(index, `${name(index)} rings while the MCU is off`);
          } else if (offset === mcuControl) {
            mcuOn = value !== mcuDisable;
            if (mcuOn && !l2) report(index, "the MCU is started while the L2 is off");
          } else if (offset === l2On) l2 ||= value !== 0;
          else if (offset === l2Off) l2 &&= value === 0;
          else if (offset === powerCommand) {
            // Commands of the L2 have the domain's number 0 in bits 15:8.
            if (value === pwrCommand.powerUp) l2 = true;
            else if (value === pwrCommand.powerDown) l2 = false;
          }
        },
        dev_state(index) {
          if (rec.arg(index, 0) === resetDone) resetting = false;
        },
        clk_disable: off,
      },
    };
  },
};
