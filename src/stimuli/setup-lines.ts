// The preparation of a trace: everything that a recording takes for granted, in the order in which
// a program makes it.

import type { Facts } from "./facts.ts";
import { vmName, type WorldPlan } from "./groups.ts";
import type { MemoryPlan } from "./memory.ts";
import type { Notes } from "./notes.ts";
import { bufferLines, createGroupFields } from "./object-lines.ts";
import { syncName } from "./sync-points.ts";
import { printDuration } from "../trace/units.ts";

/** What the calls of a recording make themselves. */
export interface Made {
  readonly plug: boolean;
  readonly open: boolean;
  readonly vm: boolean;
  readonly profiling: number | null;
  /** How long the program sleeps after the probe. */
  readonly idleNs: number;
}

export interface Setup {
  readonly lines: readonly string[];
  readonly bo: readonly string[];
  readonly sync: readonly string[];
}

export function setupLines(
  facts: Facts,
  made: Made,
  world: WorldPlan,
  memory: MemoryPlan,
  syncs: readonly number[],
  notes: Notes,
): Setup {
  const lines: string[] = [];
  const sync: string[] = [];
  const bo: string[] = [];
  if (!made.plug) {
    lines.push("plug:");
    // Long enough for the device to be suspended again, unless it was found running.
    if (facts.awake !== true) lines.push(`sleep: for=${printDuration(made.idleNs)}`);
  }
  if (made.profiling !== null) lines.push(`set_profiling: mask=${made.profiling}`);
  if (made.open || made.plug) return { lines, bo, sync };
  lines.push("open:");
  if (!made.vm) {
    for (const id of world.vms.keys()) {
      lines.push(`vm_create: vm=${vmName(id)}`);
      for (const b of memory.buffers.filter((x) => x.vm === id && !x.created)) {
        bo.push(b.name);
        lines.push(...bufferLines(b));
      }
      for (const group of world.groups.values()) {
        if (!group.existed || group.vm !== id) continue;
        lines.push(`group_create: ${createGroupFields(group)}`);
      }
    }
  }
  for (const handle of syncs) {
    sync.push(syncName(handle));
    lines.push(`syncobj_create: sync=${syncName(handle)}`);
  }
  notes.guess(
    "the preparation: what exists when the recording begins, and what made it",
    1,
    "its order decides which kworkers run first",
  );
  return { lines, bo, sync };
}
