// The groups of a file, by handle. Kernel: panthor_sched.c (7.3), struct panthor_group_pool,
// group_from_handle(), panthor_group_pool_create(), panthor_group_pool_destroy().
// The xarray is a map; its lock is kept, for the order of lock operations.

import { ENOMEM } from "../../machine/errno.ts";
import { type Atomic, done, type Kernel } from "../../machine/core/op.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { XArray } from "../../machine/memory/xarray.ts";
import type { Driver } from "../driver.ts";
import type { PanthorFile } from "../drv/types.ts";
import { MAX_GROUPS_PER_POOL } from "./types.ts";
import type { PanthorGroup, PanthorGroupPool } from "./types.ts";

/** xa_for_each(): in ascending order of handles. */
const handlesOf = (gpool: PanthorGroupPool): number[] => [...gpool.xa.keys()].sort((a, b) => a - b);

/** xa_for_each_marked(GROUP_REGISTERED). */
export const registeredGroups = (gpool: PanthorGroupPool): PanthorGroup[] =>
  handlesOf(gpool)
    .filter((handle) => gpool.registered.has(handle))
    .map((handle) => gpool.xa.get(handle)!);

/** xa_alloc(XA_LIMIT(1, MAX_GROUPS_PER_POOL)): the lowest free handle, null when there is none. */
export function allocHandle(gpool: PanthorGroupPool): number | null {
  for (let handle = 1; handle <= MAX_GROUPS_PER_POOL; handle++) {
    if (!gpool.xa.has(handle)) return handle;
  }
  return null;
}

export const poolOps = (drv: Driver) => ({
  /** panthor_group_pool_create(). */
  groupPoolCreate(pfile: PanthorFile): Kernel<number> {
    if (drv.linux.memory.failsNow()) return done(-ENOMEM);
    const xaLock = new SpinLock(drv.linux.m, "&xa->xa_lock");
    pfile.groups = { xa: new XArray(true), registered: new Set(), xaLock };
    return done(0);
  },

  /** panthor_group_pool_destroy(). */
  *groupPoolDestroy(pfile: PanthorFile): Kernel<void> {
    const gpool = pfile.groups;
    if (gpool === null) return;
    for (const handle of handlesOf(gpool)) yield* drv.sched.groupDestroy(pfile, handle);
    pfile.groups = null;
  },

  /** group_from_handle(): with a reference; null for none, or one not fully initialised. */
  *groupFromHandle(gpool: PanthorGroupPool, handle: number): Atomic<PanthorGroup | null> {
    yield* gpool.xaLock.lock();
    const group = gpool.registered.has(handle) ? gpool.xa.get(handle)! : null;
    if (group !== null) drv.sched.groupGet(group);
    yield* gpool.xaLock.unlock();
    return group;
  },
});
