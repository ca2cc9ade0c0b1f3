// Architecture-specific operations. Kernel: panthor_hw.h (struct panthor_hw, panthor_hw_ops).

import type { Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";

export interface PanthorHwOps {
  softReset(ptdev: PanthorDevice): Kernel<number>;
  l2PowerOff(ptdev: PanthorDevice): Kernel<void>;
  l2PowerOn(ptdev: PanthorDevice): Kernel<number>;
  powerChangedOn?(ptdev: PanthorDevice): Kernel<number>;
  powerChangedOff?(ptdev: PanthorDevice): Kernel<void>;
}

export interface PanthorHw {
  readonly ops: PanthorHwOps;
}
