// The judging of a finding as a job for a worker, which is sent its id.

import { findingLists } from "../revision/findings.ts";
import { type FindingResult, judgeFinding } from "./judge.ts";

export interface FindingJob {
  /** Id of the finding. */
  readonly finding: string;
  /** Folder of all traces. */
  readonly traces: string;
}

export interface FindingFilter {
  /** Ids (`IRQ-10`) or catalogues (`IRQ`); empty for all. */
  readonly ids: readonly string[];
  /** Folder name of a series; null for all. */
  readonly series: string | null;
}

/** A job for each finding that the filter lets through, in the order of the catalogues. */
export function findingJobs(traces: string, { ids, series }: FindingFilter): FindingJob[] {
  const wanted = ids.map((id) => id.toUpperCase());
  return findingLists
    .filter((list) => series === null || list.series === series)
    .flatMap((list) => list.findings)
    .filter(
      ({ id }) => wanted.length === 0 || wanted.some((w) => id === w || id.startsWith(`${w}-`)),
    )
    .map(({ id }) => ({ finding: id, traces }));
}

/** Performs a job. The finding must exist; the judging itself never throws. */
export function runFindingJob({ finding: id, traces }: FindingJob): FindingResult {
  for (const { series, findings } of findingLists) {
    const finding = findings.find((f) => f.id === id);
    if (finding !== undefined) return judgeFinding(finding, series, traces);
  }
  throw new RangeError(`no finding ${id}`);
}
