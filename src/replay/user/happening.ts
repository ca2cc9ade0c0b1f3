// Happenings of a trace as injections into the device (or the kernel).

import type { Injection } from "../../device/inject.ts";
import type { Happening } from "../../trace/events/index.ts";
import { bits } from "./context.ts";
import type { UserEnv } from "./env.ts";

/** Bits by AS command, as `AsCommandFault` counts them. */
const asCommands = { update: 2, lock: 4, unlock: 8, flush_pt: 16, flush_mem: 32 } as const;

/** Makes it happen now. */
export function makeHappen(env: UserEnv, happening: Happening): void {
  if (happening.name === "alloc_fail") {
    env.kernel.failAllocations(happening.args.nth, happening.args.count);
  } else if (happening.name === "probe_failure") {
    const { step, errno } = happening.args;
    env.kernel.failProbe(step, errno === undefined ? undefined : -errno);
  } else if (happening.name === "latency") {
    env.device.setLatency(happening.args.of, happening.args.for);
  } else env.device.inject(injectionOf(happening));
}

type Injected = Exclude<Happening, { name: "alloc_fail" | "latency" | "probe_failure" }>;

function injectionOf(h: Injected): Injection {
  switch (h.name) {
    case "fw_dead":
      return { kind: "fw-dead" };
    case "fw_late":
      return { kind: "fw-late", extraNs: h.args.by, count: h.args.count };
    case "fw_loses_request":
      return { kind: "fw-loses-request", count: h.args.count };
    case "boot_fail":
      return { kind: "boot-fail", count: h.args.count };
    case "reset_stuck":
      return { kind: "reset-stuck", count: h.args.count };
    case "power_fail":
      return { kind: "power-on-fails", count: h.args.count };
    case "pwr_stuck":
      return { kind: "pwr-command-stuck", ...h.args };
    case "pwr_refused":
      return { kind: "pwr-command-refused", ...h.args };
    case "fw_keeps_power":
      return { kind: "fw-keeps-power", count: h.args.count };
    case "as_stuck":
      return { kind: "as-stuck", mask: h.args.mask };
    case "as_command_stuck":
    case "as_command_ignored": {
      const kind = h.name === "as_command_stuck" ? "as-command-stuck" : "as-command-ignored";
      const commands = bits(h.args.commands, asCommands);
      const { spaces, skip } = h.args;
      return { kind, commands, skip, ...(spaces === undefined ? {} : { spaces }) };
    }
    case "flush_stuck":
      return { kind: "flush-stuck" };
    case "gpu_hang":
      return { kind: "gpu-hang" };
    case "irq_lost":
      return { kind: "lose-irq", line: h.args.line, count: h.args.count };
    case "irq_spurious":
      return { kind: "spurious-irq", line: h.args.line };
    case "sync_mute":
      return { kind: "sync-mute", count: h.args.count };
    case "slow_suspend":
      return { kind: "slow-suspend", ns: h.args.for, count: h.args.count };
    case "suspend_finishes_job":
      return { kind: "suspend-finishes-job", count: h.args.count };
    case "flush_raises_sync":
      return { kind: "flush-raises-sync", count: h.args.count };
    case "event_storm":
      return {
        kind: "event-storm",
        count: h.args.count,
        periodNs: h.args.period,
        mask: h.args.mask,
      };
    case "pt_zap":
    case "pt_forge": {
      const kind = h.name === "pt_zap" ? "pt-zap" : "pt-forge";
      return { kind, as: h.args.space, va: h.args.va };
    }
    case "fw_user_rings":
      return { kind: "user-rings", late: h.args.late, globalDoorbell: !h.args.deaf };
    case "late_events":
      return { kind: "late-events", delaysNs: h.args.delays };
  }
}
