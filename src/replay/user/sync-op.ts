// struct drm_panthor_sync_op from the points that a trace names.

import type { SyncPoint } from "../../trace/field.ts";
import type { UserContext } from "./context.ts";

const timeline = 1;
const signal = 0x8000_0000;

/** Waits first, then signals. */
export function syncOps(
  c: UserContext,
  waits: readonly SyncPoint[] = [],
  signals: readonly SyncPoint[] = [],
): { flags: number; handle: number; timelineValue: number }[] {
  const op = (direction: number) => (p: SyncPoint) => ({
    flags: (direction | (p.point === null ? 0 : timeline)) >>> 0,
    handle: c.sync(p).handle,
    timelineValue: p.point ?? 0,
  });
  return [...waits.map(op(0)), ...signals.map(op(signal))];
}
