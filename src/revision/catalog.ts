// Every base and series there is. A new series is registered here.

import { atomicPtBases, atomicPtSeries } from "./atomic-pt/series.ts";
import { findingRevisions as irqLatencyFindings } from "./irq-latency/finding-revisions.ts";
import { irqLatencySeries } from "./irq-latency/series.ts";
import { userSubmissionBases, userSubmissionSeries } from "./user-submission/series.ts";
import { type Base, type Catalog, linux73, type Series } from "./series.ts";

const bases: Base[] = [linux73, ...atomicPtBases, ...userSubmissionBases];
const series: Series[] = [
  ...irqLatencySeries,
  ...irqLatencyFindings,
  ...atomicPtSeries,
  ...userSubmissionSeries,
];

export const catalog: Catalog = { bases, series };

/** Adds what modules of another repository define; called once, before the first replay. */
export function registerRevisions(more: Catalog): void {
  bases.push(...more.bases);
  series.push(...more.series);
}
