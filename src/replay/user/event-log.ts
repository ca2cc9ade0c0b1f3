// Which event of the trace a timeline entry belongs to, and which fences the trace's sync objects
// stood for: what reports need to speak in the trace's own words.

import { DmaFenceChain } from "../../machine/dma-fence/chain.ts";
import type { DmaFence } from "../../machine/dma-fence/fence.ts";
import { SyncobjFile } from "../../machine/syncobj/syncobj-file.ts";
import type { Action } from "../../trace/events/index.ts";
import { printPoint, type SyncPoint } from "../../trace/field.ts";
import type { UserContext } from "./context.ts";

export class EventLog {
  private readonly entries: number[] = [];
  private readonly pids: number[] = [];
  private readonly lines: number[] = [];
  /** Fences (`context:seqno`) by the point that they were put into; a point may be used again. */
  readonly fences = new Map<string, string[]>();
  /** Line of the event that made a fence. */
  readonly madeAt = new Map<string, number>();

  /** Task `pid` begins with the event of `line`; `entry` is the next of the timeline. */
  begins(entry: number, pid: number, line: number): void {
    this.entries.push(entry);
    this.pids.push(pid);
    this.lines.push(line);
  }

  /** Line of the event that task `pid` was at when `entry` was recorded, null for none. */
  lineOf(entry: number, pid: number): number | null {
    let lo = 0;
    let hi = this.entries.length;
    while (lo < hi) {
      const middle = (lo + hi) >> 1;
      if (this.entries[middle] <= entry) lo = middle + 1;
      else hi = middle;
    }
    for (let i = lo - 1; i >= 0; i--) if (this.pids[i] === pid) return this.lines[i];
    return null;
  }

  /** Notes the fences that a submission has put into sync objects. */
  submitted(c: UserContext, action: Action): void {
    if (action.name === "group_submit") {
      for (const { signal } of action.args.job) for (const p of signal ?? []) this.note(c, p);
    } else if (action.name === "vm_bind") {
      for (const { signal } of action.args.bind) for (const p of signal ?? []) this.note(c, p);
    }
  }

  private note(c: UserContext, point: SyncPoint): void {
    const { file, handle } = c.sync(point);
    const syncobjs = file.file?.syncobjs;
    if (!(syncobjs instanceof SyncobjFile)) return;
    const fence = fenceAt(syncobjs.peek(handle)?.fence ?? null, point.point);
    if (fence === null) return;
    const name = `${fence.context}:${fence.seqno}`;
    const key = printPoint(point);
    const list = this.fences.get(key);
    if (list === undefined) this.fences.set(key, [name]);
    else if (!list.includes(name)) list.push(name);
    this.madeAt.set(name, c.line);
  }
}

/** The fence of a point, as far as the chain still has it. Takes no reference. */
function fenceAt(head: DmaFence | null, point: number | null): DmaFence | null {
  if (point === null) return head;
  for (let node = head; node instanceof DmaFenceChain; node = node.prev) {
    if (node.seqno === point) return node.fence;
  }
  return null;
}
