// struct drm_panthor_sync_op from the points that a trace names.

import type { SyncPoint } from "../../trace/field.ts";
import type { UserContext } from "./context.ts";

const timeline = 1;
const signal = 0x8000_0000;
const none: readonly SyncPoint[] = [];

export interface SyncOpArgs {
  readonly flags: number;
  readonly handle: number;
  readonly timelineValue: number;
}

/** Waits first, then signals. */
export function syncOps(
  c: UserContext,
  waits: readonly SyncPoint[] = none,
  signals: readonly SyncPoint[] = none,
): SyncOpArgs[] {
  const ops: SyncOpArgs[] = [];
  for (const point of waits) ops.push(syncOp(c, point, 0));
  for (const point of signals) ops.push(syncOp(c, point, signal));
  return ops;
}

function syncOp(c: UserContext, p: SyncPoint, direction: number): SyncOpArgs {
  return {
    flags: (direction | (p.point === null ? 0 : timeline)) >>> 0,
    handle: c.sync(p).handle,
    timelineValue: p.point ?? 0,
  };
}
