// Parts of arch 11 to 14, one each, with the costs and latencies of zero-cost: for what the driver
// does differently on them. Architecture, product and the number of cores are those of the part
// that the name says; every other figure is an estimate, most of them the Mali-G610's.
// No recording shows these devices.

import { maliG610 } from "./mali-g610.ts";
import type { DeviceShape, Profile } from "./types.ts";
import { zeroCost } from "./zero-cost.ts";

/** GPU_FEATURES. */
const rayIntersection = 1n << 2n;
const rayTraversal = 1n << 5n;

const part = (name: string, gpuId: number, shape: Partial<DeviceShape>): Profile => ({
  ...zeroCost,
  name,
  shape: { ...maliG610, ids: { ...maliG610.ids, GPU_ID: gpuId }, ...shape },
});

/** Arch 11, with seven cores. */
export const maliG715 = part("mali-g715", 0xb8020000, {
  shaderPresent: 0x70017n,
  fwVersion: 0x02000000,
});

/** Arch 12, with ten cores and ray tracing, on a board with three operating points. */
export const maliG720 = part("mali-g720", 0xc8000000, {
  gpuFeatures: rayIntersection,
  shaderPresent: 0x5550055n,
  // estimates
  board: { opps: [300_000_000, 600_000_000, 1_000_000_000] },
  fwVersion: 0x03000000,
});

/**
 * Arch 13, with twelve cores, on the board whose L2 wants a hash of its own (panthor_drv.c:
 * mediatek,mt8196-mali).
 * Firmware interface 4.0: endpoint requests have 64 bits (panthor_fw.c: has_64bit_ep_req).
 */
export const maliG925 = part("mali-g925", 0xd8000000, {
  gpuFeatures: rayIntersection,
  shaderPresent: 0x5550555n,
  fwVersion: 0x04000000,
  board: { asnHash: [0xb, 0xe, 0x0] },
});

/**
 * Arch 14, with fourteen cores: power domains in PWR_CONTROL, shader and tiler domains delegated to the MCU.
 * Firmware interface 4.1: GLB_STATE in the place of GLB_HALT (panthor_fw.c: has_glb_state).
 */
export const maliG1 = part("mali-g1", 0xe8000000, {
  gpuFeatures: rayIntersection | rayTraversal,
  shaderPresent: 0x55550555n,
  powerControl: { basePresent: 1n, stackPresent: 0xfn },
  fwVersion: 0x04010000,
});
