// Small changes that bring a finding of the series back, or take one away that 7.3 still has, each on
// the revision where it belongs.

import type { Patch } from "../../patch.ts";
import type { Series } from "../../series.ts";
import { atomicUpdatesV4 } from "../0001-atomic-updates.ts";
import { beforeAtomicPt } from "../before/index.ts";
import { merged } from "../merged/index.ts";
import { repeat, repeatTrapping, repeatUnwound } from "../repeat.ts";
import { emptyRangePacked, invertedLock, recordCleared } from "../versions/misc-fixes.ts";
import { partialUnmapsV1, partialUnmapsV3, partialUnmapsV4 } from "../versions/partial-unmaps.ts";
import * as eviction from "./eviction.ts";
import { flushDropsLocks } from "./hardware.ts";
import * as lock from "./lock-fixes.ts";
import * as pages from "./pages.ts";
import * as recovery from "./recovery-fixes.ts";
import { remapChecksReserve } from "./remap-reserve.ts";

const series = (base: string, patch: Patch, below: readonly Patch[] = []): Series => ({
  id: patch.id.replace("/", "-"),
  title: patch.title,
  base,
  patches: [...below, patch],
});

const on73 = (patch: Patch): Series => series("linux-7.3", patch);
/** On the first `n` patches of the merged form. */
const onMerged = (n: number, patch: Patch): Series =>
  series(beforeAtomicPt.id, patch, merged.slice(0, n));
const onV4 = (patch: Patch): Series => series(beforeAtomicPt.id, patch, [atomicUpdatesV4]);

export const mutants: readonly Series[] = [
  // Versions that were posted and not merged as they were.
  onMerged(7, invertedLock),
  onMerged(3, emptyRangePacked),
  onMerged(11, recordCleared),
  onMerged(11, partialUnmapsV1),
  onMerged(11, partialUnmapsV3),
  onMerged(11, partialUnmapsV4),
  onV4(repeat),
  onV4(repeatTrapping),
  onV4(repeatUnwound),
  { ...onV4(lock.unplugGuard), id: "atomic-pt-v4-unplug-guard" },
  { ...onMerged(5, repeat), id: "atomic-pt-repeat-without-atomic" },
  ...Object.values(lock).map(on73),
  ...Object.values(recovery).map(on73),
  ...Object.values(pages).map(on73),
  ...Object.values(eviction).map(on73),
  on73(flushDropsLocks),
  series("linux-7.3", remapChecksReserve, [pages.noReservedTable]),
];
