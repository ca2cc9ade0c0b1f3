// Tells the timeline whose fences nobody may hold up any more: a program gives their group up, by
// GROUP_DESTROY or with its file.

import { K } from "../../timeline/kinds.ts";
import type { Recorder } from "../../timeline/recorder.ts";
import type { PanthorGroup } from "../sched/types.ts";

export function tellQueues(rec: Recorder, group: PanthorGroup): void {
  for (const queue of group.queues) {
    if (queue !== null) rec.emit(K.queue_closed, queue.fenceCtx.id);
  }
}
