// Registers of the MCU, the job interrupt block and the doorbells. Kernel: panthor_fw_regs.h.

import { doorbellBase, doorbellStride } from "../../device/registers/doorbell.ts";
import { jobInt } from "../../device/registers/job.ts";
import { mcu } from "../../device/registers/mcu.ts";

export const MCU_CONTROL = mcu.MCU_CONTROL.offset;
export const MCU_CONTROL_DISABLE = 0;
export const MCU_CONTROL_ENABLE = 1;
export const MCU_CONTROL_AUTO = 2;

export const MCU_STATUS = mcu.MCU_STATUS.offset;
export const MCU_STATUS_DISABLED = 0;
export const MCU_STATUS_ENABLED = 1;
export const MCU_STATUS_HALT = 2;
export const MCU_STATUS_FATAL = 3;

export const JOB_INT_BASE = jobInt.JOB_INT_RAWSTAT.offset;

export const CSF_GPU_LATEST_FLUSH_ID = mcu.LATEST_FLUSH_ID.offset;

export const csfDoorbell = (i: number): number => doorbellBase + i * doorbellStride;
