// An event line without a field that its kind always has: named, counted and located, never read as
// if the field were 0.

import { describe, expect, it } from "vitest";
import { recordingOf } from "../../src/recording/recording.ts";

const head = "     app-1       [000] d..2.   1.000000";

function decoded(...bodies: string[]) {
  const text = bodies.map((b, i) => `${head}${String(i).padStart(3, "0")}: ${b}\n`).join("");
  const recording = recordingOf(Buffer.from(text), "board.txt");
  const events = [...recording.events()];
  return { events, recording, lines: recording.incompleteLines() };
}

const whole = "dma_fence_init: driver=panthor timeline=queue-fence context=5 seqno=1";

describe("an event that lacks a field", () => {
  it("is no event of its kind, and says where and what", () => {
    const { events, lines, recording } = decoded(
      whole,
      "dma_fence_init: driver=panthor timeline=queue-fence seqno=2",
      "dma_fence_init: driver=panthor timeline=queue-fence seqno=3",
    );
    expect(events.map((e) => e.name)).toEqual([
      "dma_fence_init",
      "dma_fence_init (incomplete)",
      "dma_fence_init (incomplete)",
    ]);
    expect(lines).toEqual(["board.txt:2: event dma_fence_init lacks field context (and 1 more)"]);
    expect(recording.summary().incomplete).toMatchObject([{ field: "context", at: 2, count: 2 }]);
    // Counted under the name that it was recorded with.
    expect(recording.summary().perEvent.get("dma_fence_init")).toBe(3);
    expect(events[1].num("seqno")).toBe(2);
  });

  it("is one whose number is none, too", () => {
    const { lines } = decoded("mmio_read: off=0x28 val=zero reg=GPU_INT_MASK");
    expect(lines).toEqual(["board.txt:1: event mmio_read lacks field val"]);
  });

  it("is not one of a kernel generation that has no such field", () => {
    const { events, lines } = decoded(
      "workqueue_activate_work: work struct 000000001b5c2a63",
      "workqueue_execute_start: work struct 000000001b5c2a63: function tick_work [panthor]",
    );
    expect(events.map((e) => e.name)).toEqual([
      "workqueue_activate_work",
      "workqueue_execute_start",
    ]);
    expect(lines).toEqual([]);
  });

  it("keeps what its fields are in another order", () => {
    const { events, lines } = decoded("dma_fence_init: context=5 seqno=7 timeline=t driver=d");
    expect([events[0].name, events[0].num("seqno"), lines]).toEqual(["dma_fence_init", 7, []]);
  });
});
