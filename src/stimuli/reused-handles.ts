// Handles of groups that come again: a handle that was given back names another group from the next
// GROUP_CREATE on that returns it. That one gets a number of its own here.

import type { Call, Facts } from "./facts.ts";
import { type MarkArgs, markNumber } from "./mark.ts";

/** Renames, in all calls of a recording and in its rings. */
export function separateHandles(facts: Facts): void {
  const calls = [...facts.tasks.values()].flatMap((t) => t.calls);
  calls.sort((a, b) => a.index - b.index);
  const seen = new Set<number>();
  for (const { group } of facts.rings.values()) seen.add(group);
  for (const call of calls) for (const handle of handlesOf(call)) seen.add(handle);
  let next = Math.max(0, ...seen) + 1;
  const named = new Set<number>();
  const present = new Map<number, number>();
  for (const call of calls) {
    if (call.name === "GROUP_CREATE") {
      for (const [n, args] of call.after.entries()) {
        const handle = markNumber(args, "handle");
        if (handle === null || handle === 0) continue;
        if (named.has(handle)) present.set(handle, next++);
        named.add(handle);
        call.after[n] = renamed(args, "handle", present);
      }
    }
    for (const handle of handlesOf(call)) named.add(handle);
    for (const list of [call.before, call.after]) {
      for (const [n, args] of list.entries()) list[n] = renamed(args, "group", present);
    }
    if (present.size > 0) rings(facts, call, present);
  }
}

function handlesOf(call: Call): number[] {
  return [...call.before, ...call.after].flatMap((args) => markNumber(args, "group") ?? []);
}

function renamed(args: MarkArgs, key: string, present: ReadonlyMap<number, number>): MarkArgs {
  const now = present.get(markNumber(args, key) ?? 0);
  return now === undefined ? args : new Map(args).set(key, String(now));
}

/** The later group's rings have the names of the earlier one's. */
function rings(facts: Facts, call: Call, present: ReadonlyMap<number, number>): void {
  for (const { ring, fence } of call.jobs) {
    const before = facts.rings.get(ring);
    const now = before === undefined ? undefined : present.get(before.group);
    if (before === undefined || now === undefined) continue;
    const name = `${ring} of ${now}`;
    const ran = facts.jobTimes.has(fence) ? call.endNs : Infinity;
    const firstRunNs = Math.min(ran, facts.rings.get(name)?.firstRunNs ?? Infinity);
    facts.rings.set(name, { group: now, queue: before.queue, firstRunNs });
  }
}
