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
    const access = (index: number, offset: number, register: number): void => {
      if (!resetting || allowedInReset(offset)) return;
      report(index, `${rec.string(register)} is accessed while a soft reset is in progress`);
    };
    const off = (): void => {
      l2 = mcuOn = resetting = false;
    };
    return {
      on: {
        mmio_read(index, offset, value, register) {
          access(index, offset, register);
          if (value !== 0 && l2Ready.includes(offset)) l2 = true;
        },
        mmio_write(index, offset, value, register) {
          if (resetsDevice(offset, value)) {
            off();
            resetting = true;
            return;
          }
          access(index, offset, register);
          if (offset >= doorbellBase) {
            if (!mcuOn) report(index, `${rec.string(register)} rings while the MCU is off`);
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
        dev_state(_index, name) {
          if (name === resetDone) resetting = false;
        },
        clk_disable: off,
      },
    };
  },
};
