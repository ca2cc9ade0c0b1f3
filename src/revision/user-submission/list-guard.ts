// A node that is on two lists (USUB-1): what the scheduler's tick makes of it. The C code runs from
// one list into the head of the other and takes it for a group, which ends in a fault; the model
// sees a member without owner. And an assertion of the model: a tick counts each group once.

import { oops } from "../../machine/oops.ts";
import type { PartialUnits } from "../../driver/driver.ts";
import type { ListHead } from "../../driver/sched/list.ts";
import type { PanthorGroup } from "../../driver/sched/types.ts";
import { userGroup } from "./state.ts";
import type { UsubDriver } from "./unit.ts";

/** A list leads into the head of another one. */
class ListCorruption extends Error {
  override readonly name = "ListCorruption";
}

export const listGuard = (
  drv: () => UsubDriver,
  prev: UsubDriver,
): NonNullable<PartialUnits["sched"]> => ({
  tickCtxPickGroupsFromList(sched, ctx, queue, skipIdleGroups, ownedByTickCtx) {
    const before = ctx.groupCount;
    const picked = new Set(pickedGroups(ctx.groups));
    const again = members(queue).find((group) => picked.has(group));
    const { sched: ops } = drv();
    const takes = (group: PanthorGroup): boolean =>
      ops.groupCanRun(group) && !(skipIdleGroups && ops.groupIsIdle(group));
    guardWalk(queue, sched.csgSlotCount - ctx.groupCount, takes);
    prev.sched.tickCtxPickGroupsFromList(sched, ctx, queue, skipIdleGroups, ownedByTickCtx);
    const now = pickedGroups(ctx.groups);
    if (ctx.groupCount - before === now.length - picked.size) return;
    const handle = again === undefined ? 0 : userGroup(again).handle;
    const counts = `${ctx.groupCount} counted, ${now.length} on the tick's lists`;
    drv().linux.m.rec.log(
      "warn",
      `check scheduled-once: group ${handle} twice in a tick: ${counts}`,
    );
    const bound = again === undefined ? null : userGroup(again).bound;
    if (bound === null) return;
    // Who gave it the slot that it has already is the other half of the story.
    const { m } = drv().linux;
    const { cause } = m.at;
    m.setCause(bound.entry);
    m.rec.log("warn", `check scheduled-once: group ${handle} has slot ${bound.csgId} already`);
    m.setCause(cause);
  },
  *tickWork(sched) {
    try {
      yield* prev.sched.tickWork(sched);
    } catch (error) {
      if (!(error instanceof ListCorruption)) throw error;
      const text = "Unable to handle kernel paging request at virtual address dead000000000100";
      yield* oops(drv().linux.m, text, "tick_ctx_pick_groups_from_list+0x268/0x2f0");
    }
  },
});

const pickedGroups = (lists: readonly ListHead<PanthorGroup>[]): PanthorGroup[] =>
  lists.flatMap(members);

/** Groups of a list, as far as it leads to groups. */
function members(list: ListHead<PanthorGroup>): PanthorGroup[] {
  const out: PanthorGroup[] = [];
  for (
    let pos = list.next;
    pos !== list && pos.owner !== null && out.length < 256;
    pos = pos.next
  ) {
    out.push(pos.owner);
  }
  return out;
}

/** Walks a list as the tick does, until `left` groups are taken. */
function guardWalk(
  head: ListHead<PanthorGroup>,
  left: number,
  takes: (group: PanthorGroup) => boolean,
): void {
  let steps = 0;
  for (let pos = head.next; pos !== head && left > 0; pos = pos.next) {
    // A node that points at itself: the kernel would go round for ever.
    if (pos.owner === null || ++steps > 4096) throw new ListCorruption("list corruption");
    if (takes(pos.owner)) left--;
  }
}
