// Linux 6.12 as far as the recordings made on it are compared: the state before the series, and what
// else decides when which address space is accessed.

import { kernel612 } from "../../../machine/kernel-version.ts";
import type { Base } from "../../series.ts";
import { backToBefore } from "../before/index.ts";
import { rangeUnchecked } from "../before/uapi.ts";
import { recoverFromFlush } from "../merged/0005-recover-from-flush.ts";
import { halt } from "./halt.ts";
import { interrupts } from "./interrupts.ts";
import { ioctls } from "./ioctls.ts";
import { jobTimeout } from "./job-timeout.ts";
import { memattr } from "./memattr.ts";
import { power } from "./power.ts";
import { release } from "./release.ts";
import { requeuedReset } from "./requeued-reset.ts";
import { slotIdle } from "./slot-idle.ts";
import { splitBlocks } from "./split-blocks.ts";
import { suspend } from "./suspend.ts";
import { vmBo } from "./vm-bo.ts";

export const linux612: Base = {
  id: "linux-6.12",
  title: "Linux 6.12, as far as address spaces, fences and doorbells are concerned",
  kernel: kernel612,
  patches: [
    // 6.12.117 refuses a bind above the user's range: the check was put back into it.
    ...backToBefore.filter((p) => p !== rangeUnchecked),
    // So is the reset after a flush that timed out: the recording 07k resumes with one pending.
    recoverFromFlush,
    power,
    memattr,
    suspend,
    halt,
    interrupts,
    requeuedReset,
    jobTimeout,
    release,
    slotIdle,
    splitBlocks,
    vmBo,
    ioctls,
  ],
};
