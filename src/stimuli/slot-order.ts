// Which groups stand above which on the slots, from one tick to the next. Ticks place idle groups
// behind all others whatever their priority, so only busy ones count; one that has to leave its slot
// while it is busy stands below those that stay.

import type { GroupFacts } from "./facts.ts";

interface Slot {
  readonly group: GroupFacts;
  priority: number;
  /** Streams with nothing to do; a started stream has, until it has run. */
  readonly idle: Map<number, boolean>;
}

const idleStates: ReadonlySet<string> = new Set(["IDLE", "SYNC_WAIT"]);
/** The slot keeps these streams' work, but they are not running. */
const savedStates: ReadonlySet<string> = new Set(["SUSPENDED", "STOPPED"]);

export class SlotOrder {
  private readonly slots = new Map<number, Slot>();
  private readonly evicted = new Set<GroupFacts>();
  private changedNs = -1;
  private changed = false;

  /** The firmware is told of a group's priority on its slot. */
  placed(csg: number, group: GroupFacts, priority: number, now: number): void {
    this.evicted.delete(group);
    const slot = this.slots.get(csg);
    if (slot?.group === group) slot.priority = priority;
    else this.slots.set(csg, { group, priority, idle: new Map() });
    this.changed = true;
    this.changedNs = now;
  }

  /** A stream of a slot changes its state. */
  stream(csg: number, cs: number, state: string): void {
    const slot = this.slots.get(csg);
    if (slot === undefined || savedStates.has(state)) return;
    slot.idle.set(cs, slot.idle.has(cs) && idleStates.has(state));
  }

  /** A group is suspended or terminated. */
  leaves(csg: number): void {
    const slot = this.slots.get(csg);
    if (slot === undefined) return;
    this.slots.delete(csg);
    if (busy(slot)) this.evicted.add(slot.group);
  }

  /** What the firmware was told at one time was placed by one tick: compared when time moves on. */
  turn(now: number): void {
    if (!this.changed || now === this.changedNs) return;
    this.changed = false;
    this.compare();
  }

  private compare(): void {
    const placed = [...this.slots.values()].filter(busy);
    for (const a of placed) {
      for (const b of placed) if (b.priority > a.priority) a.group.below.add(b.group.suspendBuffer);
      for (const group of this.evicted) group.below.add(a.group.suspendBuffer);
    }
    this.evicted.clear();
  }
}

function busy({ idle }: Slot): boolean {
  if (idle.size === 0) return true;
  for (const nothing of idle.values()) if (!nothing) return true;
  return false;
}
