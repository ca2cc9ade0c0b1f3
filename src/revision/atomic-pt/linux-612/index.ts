// Linux 6.12 as far as the recordings made on it are compared: the state before the series, and what
// else decides when which address space is accessed.

import { kernel612 } from "../../../machine/kernel-version.ts";
import type { Base } from "../../series.ts";
import { backToBefore } from "../before/index.ts";
import { rangeUnchecked } from "../before/uapi.ts";
import { halt } from "./halt.ts";
import { interrupts } from "./interrupts.ts";
import { memattr } from "./memattr.ts";
import { power } from "./power.ts";
import { slotIdle } from "./slot-idle.ts";
import { splitBlocks } from "./split-blocks.ts";
import { suspend } from "./suspend.ts";

export const linux612: Base = {
  id: "linux-6.12",
  title: "Linux 6.12, as far as address spaces, fences and doorbells are concerned",
  kernel: kernel612,
  patches: [
    // 6.12.117 refuses a bind above the user's range: the check was put back into it.
    ...backToBefore.filter((p) => p !== rangeUnchecked),
    power,
    memattr,
    suspend,
    halt,
    interrupts,
    slotIdle,
    splitBlocks,
  ],
};
