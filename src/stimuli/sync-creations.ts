// Which sync object each SYNCOBJ_CREATE makes. Marks of the recorder do not say: an object is made
// by a creation before its first use, and one that is used before any creation was there already.

import type { Call } from "./facts.ts";
import { markNumber } from "./mark.ts";
import type { SyncPlan } from "./sync-points.ts";

export interface SyncCreations {
  /** Handles of objects that exist when the recording begins. */
  readonly existing: readonly number[];
  /** Handle that each creation makes. */
  readonly made: ReadonlyMap<Call, number>;
  /** Handles that nothing uses but their destruction. */
  readonly spare: ReadonlySet<number>;
}

export function planSyncCreations(calls: readonly Call[], plan: SyncPlan): SyncCreations {
  const made = new Map<Call, number>();
  const used = new Set<number>();
  const existing: number[] = [];
  const free: Call[] = [];
  for (const call of calls) {
    if (call.name === "SYNCOBJ_CREATE") {
      const handle = call.after.map((a) => markNumber(a, "handle")).find((n) => n !== null);
      if (handle === undefined) free.push(call);
      else {
        made.set(call, handle);
        used.add(handle);
      }
      continue;
    }
    for (const handle of handlesOf(call, plan)) {
      if (used.has(handle)) continue;
      used.add(handle);
      const creation = free.shift();
      if (creation === undefined) existing.push(handle);
      else made.set(creation, handle);
    }
  }
  for (const handle of plan.handles) if (!used.has(handle)) existing.push(handle);
  const spare = new Set<number>();
  let next = Math.max(0, ...plan.handles, ...made.values());
  for (const creation of free) {
    made.set(creation, ++next);
    spare.add(next);
  }
  return { existing: existing.sort((a, b) => a - b), made, spare };
}

function handlesOf(call: Call, plan: SyncPlan): number[] {
  const names: string[] = [];
  for (const { wait, signal } of plan.operations.get(call) ?? []) names.push(...wait, ...signal);
  const point = plan.points.get(call);
  if (point !== undefined) names.push(point);
  return names.map((name) => Number(/^sync(\d+)/.exec(name)![1]));
}
