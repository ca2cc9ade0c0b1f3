// Predicates about fences: later than at the good end, later after a stage of its completion,
// signalled by somebody, with an error, or not at all.

import { us } from "../diff/difference.ts";
import type { FenceRow } from "../golden/model.ts";
import { formatUs } from "../golden/print.ts";
import type { StageName } from "../timeline/completion.ts";
import { printErrno } from "../trace/errno-name.ts";
import type { Pattern } from "./pattern.ts";
import type { ReplayObservation } from "./observe.ts";
import type { Predicate } from "./predicate.ts";

/** Which fences: all of them, or those of a name. */
export interface Which {
  /** `any`, `context:seqno`, a sync object of the trace, `sync:point`, or a fence timeline. */
  readonly name: string;
}

/** What a fence's signal is timed from. */
export type Since = StageName | "init" | "queued" | "run";

export const anyFence: Which = { name: "any" };

const called = ({ name }: Which): string => (name === "any" ? "a fence" : `fence ${name}`);

/** The fences of `at` that are meant. */
export function fencesOf({ name }: Which, at: ReplayObservation): readonly FenceRow[] {
  const { fences } = at.golden;
  if (name === "any") return fences;
  const ids = Object.hasOwn(at.points, name) ? at.points[name] : [name];
  return fences.filter((f) => ids.includes(f.fence) || f.timeline === name);
}

function problemOf(which: Which): NonNullable<Predicate["problem"]> {
  return (at) => {
    if (which.name === "any" || fencesOf(which, at).length > 0) return null;
    const { fences } = at.golden;
    const names = [...Object.keys(at.points), ...fences.map((f) => f.fence)];
    const known = names.slice(0, 12).join(", ") + (names.length > 12 ? ", …" : "");
    return `no fence is called ${which.name}; expected one of ${known || "none: there is no fence"}`;
  };
}

function about(
  which: Which,
  text: string,
  line: (fence: FenceRow) => string | null,
  byMany = false,
): Predicate {
  return {
    text,
    compares: false,
    byMany,
    evidence: (_, at) => {
      for (const fence of fencesOf(which, at)) {
        const shown = line(fence);
        if (shown !== null) return `fence ${fence.fence} ${shown}`;
      }
      return null;
    },
    problem: problemOf(which),
  };
}

/** Signalled later than at the good end by more than `ns`, or not at all. */
export function fenceLater(ns: number, which: Which = anyFence): Predicate {
  const by = ns === 0 ? "later" : `more than ${formatUs(ns)} us later`;
  return {
    text: `signals ${called(which)} ${by}`,
    compares: true,
    byMany: false,
    evidence: (good, at) => {
      const rows = new Map(at.golden.fences.map((f) => [f.fence, f]));
      for (const was of fencesOf(which, good!)) {
        if (was.signalled < 0) continue;
        const is = rows.get(was.fence);
        if (is === undefined) return `fence ${was.fence} is not created`;
        if (is.signalled < 0) return `fence ${was.fence} is not signalled`;
        const later = is.signalled - was.signalled;
        if (later > ns) return `fence ${was.fence} is signalled ${us(later)}`;
      }
      return null;
    },
    problem: problemOf(which),
  };
}

/** Signalled more than `ns` after a stage that it went through. */
export function fenceLaterAfter(ns: number, since: Since, which: Which = anyFence): Predicate {
  const stage = since.replace("_", " ");
  return about(
    which,
    `signals ${called(which)} more than ${formatUs(ns)} us after ${stage}`,
    (fence) => {
      const start = timeOf(fence, since);
      if (start < 0 || fence.signalled < 0 || fence.signalled - start <= ns) return null;
      return `is signalled ${formatUs(fence.signalled - start)} us after ${stage}`;
    },
  );
}

/** When a fence went through a stage, ns; -1 where it did not. */
export function timeOf(fence: FenceRow, since: Since): number {
  if (since === "init" || since === "queued" || since === "run") return fence[since];
  if (fence.signalled < 0 || fence.stages.length === 0) return -1;
  // Stages are deltas, each from the one before it; the last one is the signal.
  let time = fence.signalled;
  for (const [name, ns] of [...fence.stages].reverse()) {
    if (name === since) return time;
    time -= ns;
  }
  return since === "gpu_done" ? time : -1;
}

/** Signalled in a context whose name matches: a work item, a thread, an interrupt. */
export function fenceBy(pattern: Pattern, which: Which = anyFence): Predicate {
  return about(which, `signals ${called(which)} by ${pattern.text}`, (fence) =>
    fence.signalled >= 0 && pattern.matches(fence.by) ? `is signalled by ${fence.by}` : null,
  );
}

/** Not signalled by the end of the replay. */
export function fencePending(which: Which = anyFence): Predicate {
  return about(which, `leaves ${called(which)} pending`, (fence) =>
    fence.signalled < 0 ? "is not signalled" : null,
  );
}

/** Signalled with an error: any (null), or one. */
export function fenceFails(errno: number | null, which: Which = anyFence): Predicate {
  const name = errno === null ? "an error" : `-${printErrno(errno)}`;
  return about(which, `signals ${called(which)} with ${name}`, ({ error }) => {
    const meant = errno === null ? error !== 0 : Math.abs(error) === errno;
    return meant ? `is signalled with -${printErrno(Math.abs(error))}` : null;
  });
}
