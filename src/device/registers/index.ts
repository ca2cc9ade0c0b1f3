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

/** The tables of an arch 10 device; with `pwr` those of arch 14. */
export function registerTables(shape: MapShape = fullShape, withPwr = false): RegisterTable[] {
  const tables: RegisterTable[] = [gpuControl, mcu, jobInt, mmuInt];
  tables.push(addressSpaces(shape.addressSpaces), doorbells(shape.doorbells));
  if (withPwr) tables.push(pwr);
  return tables;
}

/** Words by offset. */
export function registerMap(
  shape: MapShape = fullShape,
  withPwr = false,
): ReadonlyMap<number, RegisterWord> {
  return wordsOf(registerTables(shape, withPwr));
}

/** Words by the name that timelines print. */
export function registersByName(
  map: ReadonlyMap<number, RegisterWord>,
): ReadonlyMap<string, RegisterWord> {
  return new Map([...map.values()].map((word) => [word.name, word]));
}
