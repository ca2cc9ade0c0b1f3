// `fake_mali param NAME=VALUE` marks of the recordings as injections and latencies.

import type { Gpu } from "../../../src/device/gpu.ts";
import type { DeviceLatencies } from "../../../src/device/profile/index.ts";

interface Pending {
  slowNs: number;
  stormNs: number;
  stormMask: number;
  skip: number;
  spaces: number;
  late: number[];
}

const settings = new WeakMap<Gpu, Pending>();
const none: Pending = {
  slowNs: 0,
  stormNs: 0,
  stormMask: 0,
  skip: 0,
  spaces: 0xfffffffe,
  late: [],
};

/** Applies a mark; latencies that it changes, or null. */
export function applyParam(gpu: Gpu, text: string): Partial<DeviceLatencies> | null {
  const m = /^fake_mali param (\w+)=(\d+)/.exec(text);
  if (m === null) return null;
  const n = Number(m[2]);
  const pending = settings.get(gpu) ?? { ...none };
  settings.set(gpu, pending);
  switch (m[1]) {
    case "fw_dead":
      gpu.inject({ kind: "fw-dead" });
      return null;
    case "flush_stuck":
      gpu.inject({ kind: "flush-stuck" });
      return null;
    case "as_stuck":
      gpu.inject({ kind: "as-stuck", mask: n });
      return null;
    case "boot_fail":
      gpu.inject({ kind: "boot-fail", count: n });
      return null;
    case "as_stuck_skip":
      pending.skip = n;
      return null;
    case "as_stuck_as":
      pending.spaces = n;
      return null;
    case "as_stuck_cmd":
      gpu.inject({
        kind: "as-command-stuck",
        commands: n,
        skip: pending.skip,
        spaces: pending.spaces,
      });
      return null;
    case "sync_mute":
      gpu.inject({ kind: "sync-mute", count: n });
      return null;
    case "flush_sync":
      gpu.inject({ kind: "flush-raises-sync", count: n });
      return null;
    case "susp_finish":
      gpu.inject({ kind: "suspend-finishes-job", count: n });
      return null;
    case "susp_slow_ns":
      pending.slowNs = n;
      return null;
    case "susp_slow_cnt":
      gpu.inject({ kind: "slow-suspend", ns: pending.slowNs, count: n });
      return null;
    case "storm_ns":
      pending.stormNs = n;
      return null;
    case "storm_mask":
      pending.stormMask = n;
      return null;
    case "storm":
      gpu.inject({
        kind: "event-storm",
        count: n,
        periodNs: pending.stormNs,
        mask: pending.stormMask,
      });
      return null;
    case "late1_ns":
      pending.late = [n];
      gpu.inject({ kind: "late-events", delaysNs: pending.late });
      return null;
    case "late2_ns":
      pending.late = [...pending.late, n];
      gpu.inject({ kind: "late-events", delaysNs: pending.late });
      return null;
    case "irq_delay_ns":
      return { irqDelay: n };
    case "csg_suspend_ns":
      return { csgSuspend: n };
    case "csg_term_ns":
      return { csgTerminate: n };
    default:
      return null;
  }
}
