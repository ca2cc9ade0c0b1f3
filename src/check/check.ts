// An invariant over the timeline: what it listens to and how it reports. One file of this folder
// is one invariant; checks.ts runs them all.

import type { KindName } from "../timeline/kinds.ts";
import type { Recorder, Watcher } from "../timeline/recorder.ts";

/** A violation, located. */
export interface Finding {
  readonly check: string;
  readonly text: string;
  /** The timeline entry that violates the invariant. */
  readonly entry: number;
  readonly timeNs: number;
  /** Where it happened: `comm-pid`. */
  readonly context: string;
  /** Who led to the entry, nearest first. */
  readonly causes: readonly string[];
}

/** What a check works with. */
export interface CheckEnv {
  readonly rec: Recorder;
  /** Notes a violation by entry `index`. */
  report(index: number, text: string): void;
}

/**
 * An invariant at work: it sees the entries of some kinds, in order, as they are recorded, with
 * their numbers; the time is `rec.at.now`.
 */
export interface Check {
  readonly on: { readonly [N in KindName]?: Watcher };
  /** The programs have exited and the driver is gone. */
  readonly atEnd?: () => void;
}

export interface CheckSpec {
  /** What the kernel log and reports call it. */
  readonly name: string;
  /** The invariant as a sentence. */
  readonly rule: string;
  readonly make: (env: CheckEnv) => Check;
}
