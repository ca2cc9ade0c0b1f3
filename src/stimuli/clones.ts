// Tasks that programs start while a recording runs, and waits for their ends.

import type { Call, TaskFacts } from "./facts.ts";
import type { Notes } from "./notes.ts";

export class Clones {
  constructor(
    private readonly tasks: ReadonlyMap<number, TaskFacts>,
    private readonly notes: Notes,
  ) {}

  /** The event of a clone; none for a task of which no calls are on record. */
  begun(call: Call): string[] {
    const task = this.task(call);
    if (task === null) {
      const why = "what they do shows only in what comes of it";
      this.notes.lost("tasks that start without marks of their own", 1, why);
      return [];
    }
    return [`clone: pid=${task.pid}${task.process ? " process" : ""}`];
  }

  /** The event of a wait for the end of a task. */
  ended(call: Call): string[] {
    const task = this.task(call);
    if (task === null) return [];
    if (task.calls.some((c) => c.index > call.index)) {
      this.notes.lost("waits of tasks for each other", 1, "only the end of a task is waited for");
      return [];
    }
    return [`join: pid=${task.pid}`];
  }

  /** The task that a call is about, if the trace has it. */
  private task(call: Call): TaskFacts | null {
    const task = this.tasks.get(Number(call.detail));
    return task === undefined || task.calls.length === 0 ? null : task;
  }
}
