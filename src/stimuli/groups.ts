// Groups and VMs: which there are, what they were created with. Marks name groups by handle; page
// tables, ring sizes and priorities show when the firmware puts a group on a slot.

import { op } from "../device/cs/opcode.ts";
import { numberOf } from "./call-fields.ts";
import type { Call, CodeFacts, Facts, GroupFacts } from "./facts.ts";
import { markNumber } from "./mark.ts";
import { priorityClasses } from "./priority-classes.ts";
import type { Notes } from "./notes.ts";

export interface QueuePlan {
  readonly priority: number;
  readonly ringBytes: number;
}

export interface GroupPlan {
  readonly handle: number;
  vm: number;
  priority: string;
  readonly queues: QueuePlan[];
  /** False where the recording shows its creation. */
  readonly existed: boolean;
}

export interface WorldPlan {
  readonly groups: ReadonlyMap<number, GroupPlan>;
  /** VM ids, and the page table of each where it is known. */
  readonly vms: ReadonlyMap<number, number>;
  /** VMs of binds that name none, where something tells. */
  readonly binds: ReadonlyMap<Call, number>;
}

export const vmName = (id: number): string => `vm${id}`;
export const groupName = (handle: number): string => `group${handle}`;

const priorityNames = ["low", "medium", "high", "realtime"] as const;
const usualRing = 4096;
const usualPriority = 1;

/** Finds out about the groups and VMs of a recording. */
export function planWorld(
  facts: Facts,
  calls: readonly Call[],
  ranked: boolean,
  notes: Notes,
): WorldPlan {
  const created = createdGroups(calls);
  const queues = queuesOf(facts, calls, created);
  const byHandle = assignFacts(facts, [...queues.keys()]);
  const classes = ranked ? priorityClasses(byHandle) : new Map<number, number>();
  const vms = planVms(calls, byHandle, notes);
  const groups = new Map<number, GroupPlan>();
  for (const handle of [...queues.keys()].sort((a, b) => a - b)) {
    const seen = byHandle.get(handle);
    const creation = created.get(handle);
    const plan: GroupPlan = {
      handle,
      vm: creation?.vm ?? vms.of(handle),
      priority: priorityNames[creation?.priority ?? classes.get(handle) ?? 1],
      queues: Array.from({ length: queues.get(handle)! }, (_, q) => ({
        priority: seen?.queues.get(q)?.priority ?? usualPriority,
        ringBytes: seen?.queues.get(q)?.ringBytes ?? creation?.ringBytes ?? usualRing,
      })),
      existed: creation === undefined,
    };
    if (seen === undefined && creation?.ringBytes == null) {
      notes.guess(
        "groups that never got a slot: medium priority, rings of 4 KiB",
        1,
        "nothing runs on them",
      );
    }
    groups.set(handle, plan);
  }
  if (new Set(classes.values()).size > 1) {
    notes.guess("group priorities, from the order in which slots were given");
  }
  return { groups, vms: vms.tables, binds: bindsOf(facts, calls, vms.tables) };
}

/** Whether the order of slots suggests more than one priority. */
export function prioritiesDiffer(facts: Facts): boolean {
  return new Set(priorityClasses(facts.groups).values()).size > 1;
}

interface Creation {
  readonly queues: number;
  readonly priority: number;
  /** Where the recording has the arguments. */
  readonly vm: number | null;
  readonly ringBytes: number | null;
}

function createdGroups(calls: readonly Call[]): Map<number, Creation> {
  const out = new Map<number, Creation>();
  for (const call of calls) {
    if (call.name !== "GROUP_CREATE") continue;
    const handle = numberOf(call, "handle");
    if (handle === null || handle === 0) continue;
    out.set(handle, {
      queues: numberOf(call, "nq") ?? 1,
      priority: numberOf(call, "prio") ?? 1,
      vm: numberOf(call, "vm"),
      ringBytes: numberOf(call, "ring"),
    });
  }
  return out;
}

/** Queues of each group that anything names. */
function queuesOf(
  facts: Facts,
  calls: readonly Call[],
  created: ReadonlyMap<number, Creation>,
): Map<number, number> {
  const out = new Map<number, number>();
  const seen = (handle: number | null, queues: number): void => {
    if (handle !== null && handle > 0) out.set(handle, Math.max(out.get(handle) ?? 1, queues));
  };
  for (const { group, queue } of facts.rings.values()) seen(group, queue + 1);
  for (const call of calls) {
    for (const args of [...call.before, ...call.after]) {
      seen(markNumber(args, "group"), (markNumber(args, "queue") ?? 0) + 1);
    }
  }
  for (const [handle, { queues }] of created) seen(handle, queues);
  return out;
}

/** Suspend buffers are allocated in the order in which groups are created. */
function assignFacts(facts: Facts, handles: readonly number[]): Map<number, GroupFacts> {
  const ran = new Set<number>();
  for (const { group, firstRunNs } of facts.rings.values()) {
    if (firstRunNs < Infinity) ran.add(group);
  }
  const candidates = handles.filter((h) => ran.has(h)).sort((a, b) => a - b);
  const buffers = [...facts.groups.values()].sort((a, b) => a.suspendBuffer - b.suspendBuffer);
  const out = new Map<number, GroupFacts>();
  buffers.forEach((group, i) => {
    if (i < candidates.length) out.set(candidates[i], group);
  });
  return out;
}

/** VMs by the page tables that groups ran with. */
function planVms(
  calls: readonly Call[],
  byHandle: ReadonlyMap<number, GroupFacts>,
  notes: Notes,
): { readonly tables: Map<number, number>; of: (handle: number) => number } {
  const tables = new Map<number, number>();
  const vmOf = new Map<number, number>();
  const idOf = new Map<number, number>();
  const known = [...byHandle].sort(([a], [b]) => a - b);
  for (const [handle, { table }] of known) {
    let id = idOf.get(table);
    if (id === undefined) {
      id = idOf.size + 1;
      idOf.set(table, id);
      tables.set(id, table);
    }
    vmOf.set(handle, id);
  }
  for (const call of calls) {
    for (const args of [...call.before, ...call.after]) {
      const id = markNumber(args, "vm") ?? (call.name === "VM_CREATE" ? markNumber(args, "id") : 0);
      if (id !== null && id > 0 && !tables.has(id)) tables.set(id, 0);
    }
  }
  const uses = calls.some((c) => c.name.startsWith("VM_") || c.name.startsWith("GROUP_"));
  if (tables.size === 0 && uses) tables.set(1, 0);
  if (tables.size > 1) {
    notes.guess("a VM for each page table that was used", tables.size);
  }
  const first = tables.keys().next().value ?? 1;
  return { tables, of: (handle) => vmOf.get(handle) ?? first };
}

/**
 * VMs of binds: the one whose regions they lock, or, where none is resident, the one of another bind
 * of that address, or else the one whose streams name addresses in what they map.
 */
function bindsOf(
  facts: Facts,
  calls: readonly Call[],
  tables: ReadonlyMap<number, number>,
): Map<Call, number> {
  const out = new Map<Call, number>();
  if (tables.size < 2) return out;
  const ids = [...tables.keys()];
  const byAddress = new Map<string | undefined, number>();
  const binds = calls.filter((c) => c.name === "VM_BIND");
  const addressOf = (call: Call): string | undefined => call.before.at(0)?.get("va");
  for (const call of binds) {
    const locked = ids.filter((id) => call.lockedTables.has(tables.get(id)!));
    if (locked.length !== 1) continue;
    out.set(call, locked[0]);
    byAddress.set(addressOf(call), locked[0]);
  }
  for (const call of binds) {
    if (out.has(call)) continue;
    const named = ids.filter((id) => namesWithin(facts.code.get(tables.get(id)!), call));
    const found = byAddress.get(addressOf(call)) ?? (named.length === 1 ? named[0] : undefined);
    if (found !== undefined) out.set(call, found);
  }
  return out;
}

/** Whether streams load an address that a bind maps. */
function namesWithin(code: CodeFacts | undefined, bind: Call): boolean {
  for (const word of code?.words.values() ?? []) {
    if (Number(word >> 56n) !== op.MOVE48) continue;
    const address = Number(word & 0xffff_ffff_ffffn);
    for (const args of bind.before) {
      const va = markNumber(args, "va") ?? 0;
      if (address >= va && address < va + (markNumber(args, "size") ?? 0)) return true;
    }
  }
  return false;
}
