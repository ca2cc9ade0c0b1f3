// Operations in the form that they have in Linux 7.3. The state before the series takes them away;
// a patch whose result is that form puts them back from src/driver.

import type { Driver, DriverUnits } from "../../driver/driver.ts";
import { drvOps } from "../../driver/drv/index.ts";
import { gpuOps } from "../../driver/gpu/index.ts";
import { mmuOps } from "../../driver/mmu/index.ts";
import { schedOps } from "../../driver/sched/index.ts";

const factories = { drv: drvOps, gpu: gpuOps, mmu: mmuOps, sched: schedOps };

type Operation = (...args: never[]) => unknown;

/** `names` of a unit as in 7.3, over whatever the rest of the driver is. */
export function asPorted<U extends keyof typeof factories, K extends keyof DriverUnits[U]>(
  final: () => Driver,
  unit: U,
  ...names: readonly K[]
): Pick<DriverUnits[U], K> {
  let ported: DriverUnits[U] | null = null;
  const restored: Partial<Record<K, Operation>> = {};
  for (const name of names) {
    restored[name] = (...args) => {
      // The finished driver does not exist yet when the overlay is put on.
      ported ??= factories[unit](final()) as unknown as DriverUnits[U];
      return (ported[name] as Operation)(...args);
    };
  }
  return restored as Pick<DriverUnits[U], K>;
}
