// Overlays on top of each other as one: a patch that does what another version splits up.

import {
  type Driver,
  type Overlay,
  type PartialUnits,
  type UnitName,
} from "../../driver/driver.ts";

/** The overlays in order, the first lowest. */
export const compose =
  (...overlays: readonly Overlay[]): Overlay =>
  (final, prev) => {
    let below: Driver = prev;
    const all: PartialUnits = {};
    for (const overlay of overlays) {
      const ops = overlay(final, below);
      const next: Driver = { ...below };
      for (const unit of Object.keys(ops) as UnitName[]) {
        Object.assign(next, { [unit]: { ...below[unit], ...ops[unit] } });
        Object.assign(all, { [unit]: { ...all[unit], ...ops[unit] } });
      }
      below = next;
    }
    return all;
  };
