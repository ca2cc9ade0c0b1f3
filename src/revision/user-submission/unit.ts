// The operations that the series adds to the driver: a unit of their own, late bound like the
// others, so that a later patch can replace a single one.

import type { Driver, Overlay, PartialUnits } from "../../driver/driver.ts";
import type { doorbellOps } from "./doorbell.ts";
import type { groupStateOps } from "./group-state.ts";
import type { kickOps } from "./kick.ts";
import type { syncUpdateOps } from "./sync-update.ts";
import type { syncobjOps } from "./syncobj.ts";
import type { xgsEvalOps } from "./xgs-eval.ts";
import type { xgsJobOps } from "./xgs-job.ts";
import type { xgsQueueOps } from "./xgs-queue.ts";
import type { windowOps } from "./window.ts";

/** Everything the series adds, by the names of its C functions. */
export type UserSubmission = ReturnType<typeof groupStateOps> &
  ReturnType<typeof doorbellOps> &
  ReturnType<typeof kickOps> &
  ReturnType<typeof syncobjOps> &
  ReturnType<typeof xgsQueueOps> &
  ReturnType<typeof xgsJobOps> &
  ReturnType<typeof xgsEvalOps> &
  ReturnType<typeof syncUpdateOps> &
  ReturnType<typeof windowOps>;

/** A driver with patches of the series on it. */
export interface UsubDriver extends Driver {
  /** Operations of the patches that are applied. */
  usub: UserSubmission;
}

/** A patch without one that it builds on: as `git am`, it does not apply. */
export class PatchDoesNotApply extends Error {
  override readonly name = "PatchDoesNotApply";

  constructor(patch: string, needs: string) {
    super(`${patch} does not apply without ${needs}`);
  }
}

export interface UsubUnits extends PartialUnits {
  readonly usub?: Partial<UserSubmission>;
}

/** Like `overlay`, for patches that add to or replace operations of the series' own unit. */
export const usubOverlay =
  (operations: (drv: () => UsubDriver, prev: UsubDriver) => UsubUnits): Overlay =>
  (final, prev) => {
    const drv = final as () => UsubDriver;
    const { usub, ...units } = operations(drv, prev as UsubDriver);
    if (usub !== undefined) {
      const made = drv();
      made.usub = { ...made.usub, ...usub } as UserSubmission;
    }
    return units;
  };

/** True if the driver has an operation of the series. */
export const hasOp = (drv: UsubDriver, op: keyof UserSubmission): boolean =>
  (drv.usub as UserSubmission | undefined)?.[op] !== undefined;

/** Refuses to apply where the patch that brings `op` is missing. */
export function needs(drv: UsubDriver, op: keyof UserSubmission, patch: string, of: string): void {
  if (!hasOp(drv, op)) throw new PatchDoesNotApply(patch, of);
}
