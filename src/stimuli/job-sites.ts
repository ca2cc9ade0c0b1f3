// Where the jobs of a recording find their streams.

import type { Call } from "./facts.ts";
import type { WorldPlan } from "./groups.ts";
import { type MarkArgs, markNumber } from "./mark.ts";
import type { Notes } from "./notes.ts";

export interface JobSite {
  readonly call: Call;
  /** Which job of the call. */
  readonly place: number;
  readonly vm: number;
  readonly addr: number;
  readonly size: number;
}

export function jobSites(calls: readonly Call[], world: WorldPlan): JobSite[] {
  const out: JobSite[] = [];
  for (const call of calls) {
    if (call.name !== "GROUP_SUBMIT") continue;
    call.before.forEach((args, place) => {
      const group = world.groups.get(markNumber(args, "group") ?? 0);
      const addr = markNumber(args, "addr") ?? 0;
      const size = markNumber(args, "size") ?? 0;
      const vm = group?.vm ?? world.vms.keys().next().value ?? 1;
      out.push({ call, place, vm, addr, size });
    });
  }
  return out;
}

/**
 * Arguments of submits that no mark gives: group and queue from the ring of each job that was
 * queued, the stream from the job before on that ring.
 */
export function fillSubmits(
  calls: readonly Call[],
  rings: ReadonlyMap<string, { readonly group: number; readonly queue: number }>,
  notes: Notes,
): void {
  const latest = new Map<string, MarkArgs>();
  for (const call of calls) {
    if (call.name !== "GROUP_SUBMIT") continue;
    for (const { ring } of call.before.length === 0 ? call.jobs : []) {
      const place = rings.get(ring);
      if (place === undefined) continue;
      const args = new Map([
        ["group", String(place.group)],
        ["queue", String(place.queue)],
      ]);
      const before = latest.get(`${place.group}:${place.queue}`);
      for (const key of ["addr", "size"]) args.set(key, before?.get(key) ?? "0");
      call.before.push(args);
      notes.guess("streams of jobs, from the job before on the same queue", 1, "");
    }
    for (const args of call.before) {
      latest.set(`${args.get("group")}:${args.get("queue")}`, args);
    }
  }
}
