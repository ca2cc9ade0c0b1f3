// The driver before the series: Linux 7.3 with the parts of panthor_mmu.c and panthor_gpu.c that the
// series and its followers changed as they were in 6.16. Everything else stays that of 7.3, so that
// what differs is the series.

import type { Patch } from "../../patch.ts";
import type { Base } from "../../series.ts";
import { addressSpaces } from "./address-spaces.ts";
import { blocksWhole } from "./blocks.ts";
import { flush } from "./flush.ts";
import { pages } from "./pages.ts";
import { schedulerWarns } from "./scheduler-warning.ts";
import { noSparse, rangeUnchecked } from "./uapi.ts";
import { destroyWithGroups } from "./vm-destruction.ts";

/** 7.3 back to 6.16, where the series is concerned. */
export const backToBefore: readonly Patch[] = [
  noSparse,
  rangeUnchecked,
  blocksWhole,
  destroyWithGroups,
  schedulerWarns,
  flush,
  pages,
  addressSpaces,
];

export const beforeAtomicPt: Base = {
  id: "before-atomic-pt",
  title: "Linux 7.3 without atomic page-table updates: lock and flush per page-table call",
  patches: backToBefore,
};
