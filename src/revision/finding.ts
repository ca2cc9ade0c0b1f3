// A finding of a series' catalogue (IRQ-n, MMU-n, USUB-n): which trace exposes it, at which revision
// it is there and at which it is not, and what catches it. Plain data; src/findings judges it.

import type { Catch } from "./catch.ts";

/** Number of a finding in its catalogue. */
export type FindingId = `${"IRQ" | "MMU" | "USUB"}-${number}`;

/** What became of it, in the words of the catalogue's sources. */
export type FindingStatus =
  /** Fixed within the series, before it was merged. */
  | "fixed in the series"
  /** Fixed by a later change. */
  | "fixed later"
  /** Nothing known fixes it. */
  | "open"
  /** A question or a claim of a review that turned out not to hold, or a decision. */
  | "settled";

/** A finding that shows: replayed at both revisions, caught at the one and quiet at the other. */
export interface Shown {
  readonly kind: "shown";
  /** Under traces/, without extension. Its first sentence says what it shows. */
  readonly trace: string;
  /** Revision that has the finding. */
  readonly has: string;
  /** Revision that does not. */
  readonly hasNot: string;
  /** Profile both are replayed on; the trace's own where not given. */
  readonly profile?: string;
  /** All of these must catch it: each is judged on `has` against `hasNot`. */
  readonly catches: readonly Catch[];
  /**
   * The sources leave its mechanism open: what was modelled, as a candidate, with the words and the
   * section of the source that propose it.
   */
  readonly candidate?: string;
  /** The mechanism is settled, and the trace shows a part of the finding: which, and why no more. */
  readonly part?: string;
}

/** A finding that no timeline can show: a commit message, the width of a type. */
export interface CannotShow {
  readonly kind: "cannot show";
  readonly reason: string;
}

export interface Finding {
  readonly id: FindingId;
  /** One line: what goes wrong. */
  readonly title: string;
  readonly status: FindingStatus;
  readonly exposure: Shown | CannotShow;
  /** Other parts, or other readings of a mechanism that the sources leave open, judged like it. */
  readonly others?: readonly Shown[];
}
