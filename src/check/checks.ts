// All invariants over one timeline. They listen as entries are recorded, so that a violation lands
// in the kernel log right behind the entry that it is about, at its time and in its context.

import { causePath } from "../timeline/causality.ts";
import { K, type KindName } from "../timeline/kinds.ts";
import type { Recorder, Watcher } from "../timeline/recorder.ts";
import { asCommandCheck } from "./as-command.ts";
import type { CheckSpec, Finding } from "./check.ts";
import { fenceBoundCheck } from "./fence-bound.ts";
import { fenceOnceCheck } from "./fence-once.ts";
import { heldLocksCheck } from "./held-locks.ts";
import { interruptLocksCheck } from "./interrupt-locks.ts";
import { jobProgressCheck } from "./job-progress.ts";
import { knownMatcher, type KnownViolation } from "./known.ts";
import { poweredBlocksCheck } from "./powered-blocks.ts";
import { referencesCheck } from "./references.ts";
import { slotGroupCheck } from "./slot-group.ts";
import { unmapRegionCheck } from "./unmap-region.ts";
import { unpoweredAccessCheck } from "./unpowered-access.ts";

/** The invariants, in the order in which they see an entry. */
export const allChecks: readonly CheckSpec[] = [
  fenceOnceCheck,
  fenceBoundCheck,
  jobProgressCheck,
  unpoweredAccessCheck,
  poweredBlocksCheck,
  asCommandCheck,
  unmapRegionCheck,
  slotGroupCheck,
  heldLocksCheck,
  interruptLocksCheck,
  referencesCheck,
];

/** Findings of one check that are reported; more of them say nothing new. */
const findingsMax = 10;

/** The checks at work on a recorder. Make it before the first entry is recorded. */
export class Checks {
  readonly findings: Finding[] = [];
  private readonly atEnd: (() => void)[] = [];

  constructor(
    private readonly rec: Recorder,
    specs: readonly CheckSpec[] = allChecks,
    /** Violations that are known: in the kernel log only. */
    known: readonly KnownViolation[] = [],
  ) {
    const isKnown = knownMatcher(known);
    const watchers = new Map<number, Watcher[]>();
    for (const { name, make } of specs) {
      const counts = { known: 0, found: 0 };
      const report = (index: number, text: string): void => {
        // Known ones do not use up the room for others.
        const which = isKnown(name, text) ? "known" : "found";
        if (counts[which]++ < findingsMax) this.found(name, index, text, which === "known");
      };
      const { on, atEnd } = make({ rec, report });
      if (atEnd !== undefined) this.atEnd.push(atEnd);
      for (const [kind, fn] of Object.entries(on)) {
        const id = K[kind as KindName];
        const fns = watchers.get(id);
        if (fns === undefined) watchers.set(id, [fn]);
        else fns.push(fn);
      }
    }
    for (const [kind, fns] of watchers) rec.watch(kind, all(fns));
  }

  /** The run is over: what should have happened by now and did not. */
  finish(): void {
    for (const atEnd of this.atEnd) atEnd();
  }

  private found(check: string, index: number, text: string, known: boolean): void {
    const { rec } = this;
    // A streamed timeline may have let go of the entry; then the report stands where it is made.
    const entry = index >= rec.first ? index : rec.length - 1;
    const { comm, pid } = rec.contexts[rec.ctx(entry)];
    const context = pid < 0 ? comm : `${comm}-${pid}`;
    if (!known) {
      const causes = causePath(rec, entry);
      this.findings.push({ check, text, entry: index, timeNs: rec.time(entry), context, causes });
    }
    const { at } = rec;
    const outer = at.cause;
    at.cause = entry;
    rec.log("err", `check ${check}: ${text}`);
    at.cause = outer;
  }
}

function all(fns: readonly Watcher[]): Watcher {
  if (fns.length === 1) return fns[0];
  if (fns.length === 2) {
    const [first, second] = fns;
    return (index, a, b, c, d, e) => {
      first(index, a, b, c, d, e);
      second(index, a, b, c, d, e);
    };
  }
  return (index, a, b, c, d, e) => {
    for (const fn of fns) fn(index, a, b, c, d, e);
  };
}

/** A finding as one line: what, and where. */
export function describeFinding({ check, text, entry, timeNs, context, causes }: Finding): string {
  const path = causes.length === 0 ? "" : ` < ${causes.join(" < ")}`;
  const us = (timeNs / 1e3).toFixed(3);
  return `check ${check}: ${text} (entry ${entry}, ${us} us, ${context}${path})`;
}
