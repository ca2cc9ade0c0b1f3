// One reading of a timeline for whoever compares: the same sequence of events whether it was
// replayed (Recorder) or recorded on a real kernel (recording/*), so that no comparer needs to know.

import { flagHardirq, flagSoftirq, type Recorder } from "./recorder.ts";
import { kindFields, kindNames } from "./kinds.ts";

/** An event as a comparer sees it. `field` gives numbers for numeric fields, else strings. */
export interface StreamEvent {
  /** Nanoseconds. */
  readonly time: number;
  readonly cpu: number;
  readonly comm: string;
  readonly pid: number;
  readonly hardirq: boolean;
  readonly softirq: boolean;
  readonly name: string;
  /** Index in its source: recorder entry, or line number of a recording. */
  readonly index: number;
  num(field: string): number;
  str(field: string): string;
}

/** Events [first, end) of a replayed timeline. */
export function* recorderEvents(
  rec: Recorder,
  first = 0,
  end = rec.length,
): Generator<StreamEvent> {
  for (let i = first; i < end; i++) {
    const flags = rec.flags(i);
    const ctx = rec.contexts[rec.ctx(i)];
    yield {
      time: rec.time(i),
      cpu: rec.cpu(i),
      comm: ctx.comm,
      pid: ctx.pid,
      hardirq: (flags & flagHardirq) !== 0,
      softirq: (flags & flagSoftirq) !== 0,
      name: kindNames[rec.kind(i)],
      index: i,
      num: (field) => rec.arg(i, fieldIndex(rec.kind(i), field)),
      str: (field) => rec.string(rec.arg(i, fieldIndex(rec.kind(i), field))),
    };
  }
}

function fieldIndex(kind: number, field: string): number {
  const fields = kindFields[kind];
  for (let n = 0; n < fields.length; n++) if (fields[n][0] === field) return n;
  throw new RangeError(`${kindNames[kind]} has no field ${field}`);
}

/**
 * Follows the context of each event: the interrupt, the work item or the task it ran in.
 * Labels: `hardirq panthor-job`, `softirq`, `irq/66-panthor-job`, `tick_work`, `init`, `device`.
 */
export class ContextTracker {
  private readonly irqs: string[][] = [];
  private readonly works = new Map<number, string[]>();

  /** The label of `event`'s context; call once per event, in order. */
  label(event: StreamEvent): string {
    const irqs = (this.irqs[event.cpu] ??= []);
    switch (event.name) {
      case "irq_handler_entry":
        irqs.push(event.str("name"));
        break;
      case "irq_handler_exit":
        irqs.pop();
        break;
      case "workqueue_execute_start": {
        const stack = this.works.get(event.pid);
        if (stack === undefined) this.works.set(event.pid, [event.str("function")]);
        else stack.push(event.str("function"));
        break;
      }
      case "workqueue_execute_end":
        this.works.get(event.pid)?.pop();
        return event.comm;
    }
    if (event.hardirq && irqs.length > 0) return `hardirq ${irqs[irqs.length - 1]}`;
    if (event.softirq) return "softirq";
    const works = this.works.get(event.pid);
    if (works !== undefined && works.length > 0) return works[works.length - 1];
    return event.comm;
  }
}
