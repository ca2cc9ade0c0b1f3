// The finding lists of all series, in the order of their tables.

import { findings as atomicPt } from "./atomic-pt/findings.ts";
import type { Finding } from "./finding.ts";
import { findings as irqLatency } from "./irq-latency/findings.ts";
import { findings as userSubmission } from "./user-submission/findings.ts";

/** A catalogue of findings. */
export interface FindingList {
  /** Folder of the series under src/revision. */
  readonly series: string;
  /** What the ids begin with, and how many there are. */
  readonly prefix: "IRQ" | "MMU" | "USUB";
  readonly count: number;
  readonly findings: readonly Finding[];
}

const number = ({ id }: Finding): number => Number(id.replace(/\D+/g, ""));

const byNumber = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort((a, b) => number(a) - number(b));

export const findingLists: readonly FindingList[] = [
  { series: "irq-latency", prefix: "IRQ", count: 46, findings: byNumber(irqLatency) },
  { series: "atomic-pt", prefix: "MMU", count: 62, findings: byNumber(atomicPt) },
  { series: "user-submission", prefix: "USUB", count: 43, findings: byNumber(userSubmission) },
];
