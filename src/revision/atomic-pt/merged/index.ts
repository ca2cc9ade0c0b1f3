// The change as it was merged, and what followed it up to Linux 7.3, in order.

import type { Patch } from "../../patch.ts";
import { flushCachesCommand } from "./0001-flush-caches-command.ts";
import { serialiseFlushes } from "./0002-serialise-flushes.ts";
import { waitAfterCommand } from "./0003-wait-after-command.ts";
import { packRegionRange } from "./0004-pack-region-range.ts";
import { recoverFromFlush } from "./0005-recover-from-flush.ts";
import { atomicUpdatesMerged } from "./0006-atomic-updates.ts";
import { unmapCannotFail } from "./0007-unmap-cannot-fail.ts";
import { schedulerWarning, schedulerWarningOfFixes } from "./0008-scheduler-warnings.ts";
import { flushOnRecycle } from "./0010-flush-on-recycle.ts";
import { unlockBeforeDisable } from "./0011-unlock-before-disable.ts";
import { partialUnmaps } from "./0012-partial-unmaps.ts";
import { evictBeforeVmDestruction } from "./0013-evict-before-vm-destruction.ts";
import { checkUserRange } from "./0014-check-user-range.ts";
import { maskWithAddressSpace } from "./0015-mask-with-address-space.ts";
import { supersetLock } from "./0016-superset-lock.ts";
import { minorVersion, queryMmuInfo, sparseMappings } from "./0017-sparse.ts";

export const merged: readonly Patch[] = [
  flushCachesCommand,
  serialiseFlushes,
  waitAfterCommand,
  packRegionRange,
  recoverFromFlush,
  atomicUpdatesMerged,
  unmapCannotFail,
  schedulerWarning,
  schedulerWarningOfFixes,
  flushOnRecycle,
  unlockBeforeDisable,
  partialUnmaps,
  evictBeforeVmDestruction,
  checkUserRange,
  maskWithAddressSpace,
  supersetLock,
  queryMmuInfo,
  sparseMappings,
  minorVersion,
];
