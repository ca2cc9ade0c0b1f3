// Priorities of groups from the order in which ticks place them on slots: groups of a higher one
// always stand above the others, groups of one priority take turns.

import type { GroupFacts } from "./facts.ts";

const low = 0;
const medium = 1;
const realtime = 3;

/** Priority (0 low to 3 realtime) by handle, of the groups that got a slot. */
export function priorityClasses(byHandle: ReadonlyMap<number, GroupFacts>): Map<number, number> {
  const groups = [...byHandle.values()];
  const classOf = turnTakers(groups);
  const depth = depths(groups, classOf);
  const most = Math.max(0, ...depth.values());
  const out = new Map<number, number>();
  for (const [handle, group] of byHandle) {
    const under = depth.get(classOf.get(group)!) ?? 0;
    const top = most === 0 ? medium : most >= realtime ? realtime : most;
    out.set(handle, Math.max(low, top - under));
  }
  return out;
}

/** Groups that stood above each other in turn are of one class: its first member stands for it. */
function turnTakers(groups: readonly GroupFacts[]): Map<GroupFacts, GroupFacts> {
  const parent = new Map(groups.map((g) => [g, g]));
  const find = (g: GroupFacts): GroupFacts => {
    let root = g;
    while (parent.get(root) !== root) root = parent.get(root)!;
    return root;
  };
  const index = new Map(groups.map((g) => [g.suspendBuffer, g]));
  // Around a cycle of "stood above" everybody is of one class: merge what reaches each other.
  const reach = new Map(groups.map((g) => [g, reachable(g, index)]));
  for (const a of groups) {
    for (const b of reach.get(a)!) if (reach.get(b)!.has(a)) parent.set(find(b), find(a));
  }
  return new Map(groups.map((g) => [g, find(g)]));
}

/** Everybody who stood above a group, or above one of those. */
function reachable(
  from: GroupFacts,
  index: ReadonlyMap<number, GroupFacts>,
): ReadonlySet<GroupFacts> {
  const seen = new Set<GroupFacts>();
  const todo = [from];
  for (let g = todo.pop(); g !== undefined; g = todo.pop()) {
    for (const buffer of g.below) {
      const above = index.get(buffer);
      if (above === undefined || seen.has(above)) continue;
      seen.add(above);
      todo.push(above);
    }
  }
  return seen;
}

/** How many classes stand above each class. */
function depths(
  groups: readonly GroupFacts[],
  classOf: ReadonlyMap<GroupFacts, GroupFacts>,
): Map<GroupFacts, number> {
  const index = new Map(groups.map((g) => [g.suspendBuffer, g]));
  const depth = new Map<GroupFacts, number>();
  const of = (c: GroupFacts): number => {
    const known = depth.get(c);
    if (known !== undefined) return known;
    depth.set(c, 0);
    let most = 0;
    for (const g of groups) {
      if (classOf.get(g) !== c) continue;
      for (const buffer of g.below) {
        const above = index.get(buffer);
        if (above === undefined || classOf.get(above) === c) continue;
        most = Math.max(most, of(classOf.get(above)!) + 1);
      }
    }
    depth.set(c, most);
    return most;
  };
  for (const c of new Set(classOf.values())) of(c);
  return depth;
}
