// Names for fences that do not depend on the order in which parallel contexts made them. A context
// number is given out when its queue or chain is made, in the program's order; so a context is named
// by its distance from the first one of a scheduler's queue, which the program makes itself.

import type { StreamEvent } from "../timeline/event-stream.ts";

export class FenceNames {
  private readonly contexts = new Map<number, string>();

  constructor(events: readonly StreamEvent[]) {
    let first = Infinity;
    for (const e of events) {
      if (e.name !== "dma_fence_init" && e.name !== "dma_fence_signaled") continue;
      const context = e.num("context");
      if (!this.contexts.has(context)) {
        this.contexts.set(context, `${e.str("driver")} ${e.str("timeline")}`);
      }
      if (e.str("driver") === "drm_sched") first = Math.min(first, context);
    }
    for (const [context, name] of this.contexts) {
      this.contexts.set(context, `${name} ${context - first}`);
    }
  }

  /** The timeline of an event's fence. */
  timeline(e: StreamEvent): string {
    return this.contexts.get(e.num("context")) ?? "of another time";
  }

  /** The fence of an event. */
  id(e: StreamEvent): string {
    return `${this.timeline(e)}:${e.num("seqno")}`;
  }
}
