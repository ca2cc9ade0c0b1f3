// The finding lists of all series, in the order of their tables.

import type { Finding } from "./finding.ts";
import { findings as irqLatency } from "./irq-latency/findings.ts";

/** A catalogue of findings. */
export interface FindingList {
  /** Folder of the series under src/revision. */
  readonly series: string;
  /** What the ids begin with, and how many there are. */
  readonly prefix: "IRQ" | "MMU" | "USUB";
  readonly count: number;
  readonly findings: readonly Finding[];
}

export const findingLists: readonly FindingList[] = [
  { series: "irq-latency", prefix: "IRQ", count: 46, findings: irqLatency },
];
