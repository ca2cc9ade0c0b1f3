// The register map of a device: every word by offset, and by name.

import { doorbells } from "./doorbell.ts";
import { gpuControl } from "./gpu-control.ts";
import { jobInt } from "./job.ts";
import { mcu } from "./mcu.ts";
import { addressSpaces, mmuInt } from "./mmu.ts";
import { pwr } from "./pwr.ts";
import { type RegisterTable, type RegisterWord, wordsOf } from "./table.ts";

export * from "./table.ts";

/** Address spaces and doorbells that the map has room for. */
export interface MapShape {
  readonly addressSpaces: number;
  readonly doorbells: number;
}

const fullShape: MapShape = { addressSpaces: 16, doorbells: 32 };

/**
 * Where the registers of power domains are: in GPU_CONTROL, in PWR_CONTROL since arch 14, or (for
 * names) in either.
 */
export type PowerRegisters = "gpu-control" | "pwr-control" | "both";

const powerRegister = /^(SHADER|TILER|L2)_(PRESENT|READY|PWRON|PWROFF|PWRTRANS|PWRACTIVE)$/;

/** The tables of a device. */
export function registerTables(
  shape: MapShape = fullShape,
  power: PowerRegisters = "gpu-control",
): RegisterTable[] {
  const control = power === "pwr-control" ? withoutPower : gpuControl;
  const tables: RegisterTable[] = [control, mcu, jobInt, mmuInt];
  tables.push(addressSpaces(shape.addressSpaces), doorbells(shape.doorbells));
  if (power !== "gpu-control") tables.push(pwr);
  return tables;
}

const withoutPower: RegisterTable = Object.fromEntries(
  Object.entries(gpuControl).filter(([name]) => !powerRegister.test(name)),
);

/** Words by offset. */
export function registerMap(
  shape: MapShape = fullShape,
  power: PowerRegisters = "gpu-control",
): ReadonlyMap<number, RegisterWord> {
  return wordsOf(registerTables(shape, power));
}

/** Words by the name that timelines print. */
export function registersByName(
  map: ReadonlyMap<number, RegisterWord>,
): ReadonlyMap<string, RegisterWord> {
  return new Map([...map.values()].map((word) => [word.name, word]));
}
