// Race windows that the recorded kernel was given for some scenarios, off by default: GROUP_CREATE
// between the handle's allocation and the group's registration, and the doorbell fault between
// choosing a page and inserting it. They make a race last; the driver behaves as without them.

import type { Kernel } from "../../machine/core/op.ts";
import { K } from "../../timeline/kinds.ts";
import type { UsubDriver } from "./unit.ts";

export type RaceWindow =
  | "group_create"
  | "doorbell_fault"
  | "kick_lookup"
  | "xgs_lookup"
  | "xgs_timeout"
  | "xgs_add"
  | "xgs_signal"
  | "suspend"
  | "submit"
  | "sync_update";

export const windowOps = (drv: () => UsubDriver, open = new Map<RaceWindow, number>()) => ({
  /** Opens a window of `ns` wherever `where` is passed; 0 closes it. */
  setRaceWindow(where: RaceWindow, ns: number): void {
    if (ns > 0) open.set(where, ns);
    else open.delete(where);
  },

  /** A place where a window may be. */
  *raceWindow(where: RaceWindow, a: number): Kernel<void> {
    const ns = open.get(where);
    if (ns === undefined) return;
    const { linux } = drv();
    const { rec } = linux.m;
    rec.emit(K.dev_state, rec.str("race_window_begin"), a, ns);
    yield* linux.time.sleep.usleepRange(ns / 1000, ns / 1000);
    rec.emit(K.dev_state, rec.str("race_window_end"), a, ns);
  },
});
