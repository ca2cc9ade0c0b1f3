// "drm/panthor: Add support for atomic page table updates" (2025) and what came of it: the state
// before, the versions, the merged form with its followers up to 7.3, and repeat and sparse mappings.

import type { Patch } from "../patch.ts";
import type { Base, Series } from "../series.ts";
import { atomicUpdatesV3, atomicUpdatesV4 } from "./0001-atomic-updates.ts";
import { beforeAtomicPt } from "./before/index.ts";
import { linux612 } from "./linux-612/index.ts";
import { merged } from "./merged/index.ts";
import { mutants } from "./mutants/index.ts";
import { atomicUpdatesV3Pattern } from "./versions/v3-pattern.ts";

export const atomicPtBases: readonly Base[] = [beforeAtomicPt, linux612];

const onBefore = (id: string, title: string, patches: readonly Patch[]): Series => ({
  id,
  title,
  base: beforeAtomicPt.id,
  patches,
});

const v3 = onBefore("atomic-pt-v3", "Atomic page table updates, v3 1/7", [atomicUpdatesV3]);

const v3Pattern = onBefore(
  "atomic-pt-v3-pattern",
  "v3 1/7, built with automatic variables filled with a pattern",
  [atomicUpdatesV3Pattern],
);

const v4 = onBefore("atomic-pt-v4", "Atomic page table updates, v4 1/7", [atomicUpdatesV4]);

/** All the way to 7.3: with its last patch it is `linux-7.3`. */
export const atomicPtMerged = onBefore(
  "atomic-pt-merged",
  "Atomic page table updates as merged, with what followed up to 7.3",
  merged,
);

/** The same patch on the kernel that it was recorded on. */
const on612 = (series: Series): Series => ({
  ...series,
  id: `linux-6.12-${series.id}`,
  title: `${series.title}, on 6.12`,
  base: linux612.id,
});

export const atomicPtSeries: readonly Series[] = [
  v3,
  v3Pattern,
  v4,
  atomicPtMerged,
  on612(v3),
  on612(v3Pattern),
  ...mutants,
];
