import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Driver } from "../../../src/driver/driver.ts";
import { bindOps } from "../../../src/driver/sched/bind.ts";
import { listAddTail, listEntries, ListHead } from "../../../src/driver/sched/list.ts";
import { tickApplyOps } from "../../../src/driver/sched/tick-apply.ts";
import { priorityLists, tickContextOps } from "../../../src/driver/sched/tick-context.ts";
import { tickOps } from "../../../src/driver/sched/tick.ts";
import { NO_TICK } from "../../../src/driver/sched/types.ts";
import type {
  PanthorGroup,
  PanthorSchedTickCtx,
  PanthorScheduler,
} from "../../../src/driver/sched/types.ts";

const drv = {} as Driver;
const groupGet = (group: PanthorGroup): PanthorGroup => group;
const ops = { ...bindOps(drv), ...tickContextOps(drv), ...tickApplyOps(drv), ...tickOps(drv) };
Object.assign(drv, { sched: { ...ops, groupGet } });

interface Spec {
  readonly name: string;
  readonly priority?: number;
  readonly idle?: boolean;
  readonly vm?: object;
  readonly fatal?: boolean;
}

const oneVm = { name: "vm" };

function group(spec: Spec): PanthorGroup & { name: string } {
  const g = {
    name: spec.name,
    priority: spec.priority ?? 1,
    state: 0,
    destroyed: false,
    timedout: false,
    fatalQueues: spec.fatal === true ? 1 : 0,
    idleQueues: spec.idle === true ? 1 : 0,
    blockedQueues: 0,
    queueCount: 1,
    csgId: -1,
    vm: spec.vm ?? oneVm,
    runNode: new ListHead<PanthorGroup>(),
  } as unknown as PanthorGroup & { name: string };
  g.runNode.owner = g;
  return g;
}

function scheduler(slots: number, asSlots = 7): PanthorScheduler {
  return {
    csgSlotCount: slots,
    asSlotCount: asSlots,
    csgSlots: Array.from({ length: slots }, () => ({ group: null, priority: 0 })),
    groups: { runnable: priorityLists(), idle: priorityLists(), waiting: new ListHead() },
    reschedTarget: NO_TICK,
    lastTick: 0,
    tickPeriod: 3,
  } as unknown as PanthorScheduler;
}

function context(): PanthorSchedTickCtx {
  return {
    oldGroups: priorityLists(),
    groups: priorityLists(),
    idleGroupCount: 0,
    groupCount: 0,
    vms: [],
    asCount: 0,
    immediateTick: false,
    stopTick: true,
    csgUpdFailedMask: 0,
  };
}

/** On slots, slot priorities descending from 15 as given. */
function onSlots(sched: PanthorScheduler, ctx: PanthorSchedTickCtx, specs: Spec[]): void {
  specs.forEach((spec, i) => {
    const g = group(spec);
    g.csgId = i;
    sched.csgSlots[i] = { group: g, priority: 15 - i };
    ops.tickCtxInsertOldGroup(sched, ctx, g);
  });
}

function runnable(sched: PanthorScheduler, specs: Spec[]): void {
  for (const spec of specs) {
    const g = group(spec);
    const lists = spec.idle === true ? sched.groups.idle : sched.groups.runnable;
    listAddTail(g.runNode, lists[g.priority]);
  }
}

const names = (lists: ReadonlyArray<ListHead<PanthorGroup>>): string[] =>
  [...lists].reverse().flatMap((l) => [...listEntries(l)].map((g) => (g as never as Spec).name));

describe("choice of groups", () => {
  it("rotates groups of one priority: the first one goes last", () => {
    const sched = scheduler(8);
    const ctx = context();
    onSlots(
      sched,
      ctx,
      ["a", "b", "c"].map((name) => ({ name })),
    );
    ops.tickPickGroups(sched, ctx, true);
    expect(names(ctx.groups)).toEqual(["b", "c", "a"]);
    expect(ctx.stopTick).toBe(false);
    expect(names(ctx.oldGroups)).toEqual([]);
  });

  it("evicts the one that had the highest slot priority when others wait", () => {
    const sched = scheduler(2);
    const ctx = context();
    onSlots(sched, ctx, [{ name: "a" }, { name: "b" }]);
    runnable(sched, [{ name: "c" }, { name: "d" }]);
    ops.tickPickGroups(sched, ctx, true);
    expect(names(ctx.groups)).toEqual(["b", "c"]);
    expect(names(ctx.oldGroups)).toEqual(["a"]);
    expect(names(sched.groups.runnable)).toEqual(["d"]);
  });

  it("keeps running groups in the middle of a period, except for real-time ones", () => {
    const sched = scheduler(2);
    const ctx = context();
    onSlots(sched, ctx, [{ name: "a" }, { name: "b" }]);
    runnable(sched, [{ name: "high", priority: 2 }]);
    ops.tickPickGroups(sched, ctx, false);
    expect(names(ctx.groups)).toEqual(["a", "b"]);

    const rtSched = scheduler(2);
    const rt = context();
    onSlots(rtSched, rt, [{ name: "a" }, { name: "b" }]);
    runnable(rtSched, [{ name: "rt", priority: 3 }]);
    ops.tickPickGroups(rtSched, rt, false);
    expect(names(rt.groups)).toEqual(["rt", "a"]);
    expect(names(rt.oldGroups)).toEqual(["b"]);
  });

  it("gives slots that are left to idle groups, those on a slot first", () => {
    const sched = scheduler(3);
    const ctx = context();
    onSlots(sched, ctx, [{ name: "sleeping", idle: true }]);
    runnable(sched, [{ name: "busy" }, { name: "dozing", idle: true }]);
    ops.tickPickGroups(sched, ctx, true);
    expect(names(ctx.groups)).toEqual(["busy", "sleeping", "dozing"]);
    expect(ctx.idleGroupCount).toBe(2);
    expect(ctx.stopTick).toBe(true);
  });

  it("does not take more VMs than there are address spaces", () => {
    const sched = scheduler(8, 2);
    const ctx = context();
    const [one, two, three] = [{}, {}, {}];
    runnable(sched, [
      { name: "a", vm: one },
      { name: "b", vm: two },
      { name: "c", vm: three },
      { name: "d", vm: one },
    ]);
    ops.tickPickGroups(sched, ctx, true);
    expect(names(ctx.groups)).toEqual(["a", "b", "d"]);
    expect(names(sched.groups.runnable)).toEqual(["c"]);
  });

  it("leaves groups that cannot run where they are, to be terminated", () => {
    const sched = scheduler(8);
    const ctx = context();
    onSlots(sched, ctx, [{ name: "bad", fatal: true }, { name: "good" }]);
    ops.tickPickGroups(sched, ctx, true);
    expect(names(ctx.groups)).toEqual(["good"]);
    expect(names(ctx.oldGroups)).toEqual(["bad"]);
  });

  it("fills all slots it can, highest priority first", () => {
    const spec = fc.record({ priority: fc.nat({ max: 3 }), idle: fc.boolean() });
    const arb = fc.tuple(fc.array(spec, { maxLength: 20 }), fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(arb, ([specs, slots]) => {
        const sched = scheduler(slots);
        const ctx = context();
        runnable(
          sched,
          specs.map((s, i) => ({ ...s, name: String(i) })),
        );
        ops.tickPickGroups(sched, ctx, true);
        const picked = ctx.groups.flatMap((l) => [...listEntries(l)]);
        expect(picked.length).toBe(Math.min(slots, specs.length));
        expect(ctx.groupCount).toBe(picked.length);
        const busyLeft = sched.groups.runnable.flatMap((l) => [...listEntries(l)]);
        const lowest = Math.min(...picked.map((g) => g.priority));
        if (busyLeft.length > 0) {
          // No idle group got a slot, and none of a higher priority stayed behind.
          expect(ctx.idleGroupCount).toBe(0);
          expect(busyLeft.every((g) => g.priority <= lowest)).toBe(true);
        }
      }),
    );
  });
});

describe("order of old groups", () => {
  it("is by slot priority, descending, whatever the slot", () => {
    const priorities = fc.uniqueArray(fc.nat({ max: 15 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(priorities, (prios) => {
        const sched = scheduler(8);
        const ctx = context();
        prios.forEach((priority, i) => {
          const g = group({ name: String(priority) });
          g.csgId = i;
          sched.csgSlots[i] = { group: g, priority };
          ops.tickCtxInsertOldGroup(sched, ctx, g);
        });
        const sorted = [...prios].sort((a, b) => b - a).map(String);
        expect(names(ctx.oldGroups)).toEqual(sorted);
      }),
    );
  });
});

describe("next tick", () => {
  const target = (stop: boolean, reschedTarget: number, lastTick: number) => {
    const sched = { ...scheduler(1), reschedTarget, lastTick } as PanthorScheduler;
    const delay = ops.tickCtxUpdateReschedTarget(sched, { ...context(), stopTick: stop });
    return [delay, sched.reschedTarget];
  };

  it.each([
    ["stopped", true, 105, 100, [NO_TICK, NO_TICK]],
    ["started from off", false, NO_TICK, 100, [3, 103]],
    ["missed", false, 90, 100, [3, 103]],
    ["still ahead", false, 102, 100, [2, 102]],
    ["too far ahead", false, 110, 100, [3, 103]],
  ] as const)("%s", (_name, stop, reschedTarget, lastTick, expected) => {
    expect(target(stop, reschedTarget, lastTick)).toEqual(expected);
  });
});
