// Arrows between what is drawn: from the event that led to another, to that other.

import type { EventSource } from "./events.ts";
import type { TrackItem } from "./track-item.ts";
import { TrackModel } from "./tracks.ts";

/**
 * Arrows between items: each has a number, known where it begins. The source is gone through once
 * before, because what an event leads to comes after it.
 */
export class Links {
  private readonly effects = new Map<number, number>();
  /** First arrow of each event that has been drawn, and how many of them have ended. */
  private readonly begun = new Map<number, { readonly first: number; ended: number }>();
  private next = 1;

  constructor(source: EventSource) {
    for (const { from } of new TrackModel(source).items()) {
      if (from >= 0) this.effects.set(from, (this.effects.get(from) ?? 0) + 1);
    }
  }

  /** Arrows that begin at an item. */
  beginAt({ n, phase }: TrackItem): number[] {
    const count = this.effects.get(n);
    if (count === undefined || phase === "end" || this.begun.has(n)) return [];
    const first = this.next;
    this.next += count;
    this.begun.set(n, { first, ended: 0 });
    return Array.from({ length: count }, (_, i) => first + i);
  }

  /** The arrow that ends at an item, null where there is none. */
  endAt({ from }: TrackItem): number | null {
    const begun = this.begun.get(from);
    return begun === undefined ? null : begun.first + begun.ended++;
  }
}
