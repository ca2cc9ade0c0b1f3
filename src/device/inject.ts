// Faults that a test or a trace puts into the device. The recordings write the same ones as
// `fake_mali param NAME=VALUE` marks.

import type { IrqSource } from "./hooks.ts";

/** Commands of PWR_COMMAND that can be stuck or refused. */
export type PwrCommandName = "power_up" | "power_down" | "delegate" | "retract";

/** Commands of the power control block, and how many of them. */
export interface PwrCommandFault {
  readonly commands: readonly PwrCommandName[];
  readonly count?: number;
  /** This many of the commands still work first. */
  readonly skip?: number;
}

/** A stuck or ignored AS command: which commands, on which address spaces. */
export interface AsCommandFault {
  /** Bit per AS command (2: UPDATE, 4: LOCK, 8: UNLOCK, 16: FLUSH_PT, 32: FLUSH_MEM). */
  readonly commands: number;
  /** Bit per address space; all when not given. */
  readonly spaces?: number;
  /** This many commands still complete first. */
  readonly skip?: number;
}

export type Injection =
  /** The firmware answers nothing any more, doorbells included; streams go on. */
  | { readonly kind: "fw-dead" }
  /** The firmware answers the next `count` requests of a group `extraNs` later. */
  | { readonly kind: "fw-late"; readonly extraNs: number; readonly count?: number }
  /** The firmware forgets the next `count` doorbells of the global interface. */
  | { readonly kind: "fw-loses-request"; readonly count?: number }
  /** The next `count` MCU boots end in MCU_STATUS=FATAL, without interrupt. */
  | { readonly kind: "boot-fail"; readonly count: number }
  /** AS_ACTIVE of the address spaces of `mask` reads 1 until the soft reset. */
  | { readonly kind: "as-stuck"; readonly mask: number }
  | ({ readonly kind: "as-command-stuck" } & AsCommandFault)
  | ({ readonly kind: "as-command-ignored" } & AsCommandFault)
  /** GPU_CMD cache flushes never complete, until the soft reset. */
  | { readonly kind: "flush-stuck" }
  /** Soft resets never complete, the next `count` of them. */
  | { readonly kind: "reset-stuck"; readonly count?: number }
  /** Power domains do not come up, the next `count` times. */
  | { readonly kind: "power-on-fails"; readonly count?: number }
  /** The next `count` of these commands of PWR_COMMAND never end, until the soft reset. */
  | ({ readonly kind: "pwr-command-stuck" } & PwrCommandFault)
  /** The next `count` of these commands of PWR_COMMAND are refused (COMMAND_NOT_ALLOWED). */
  | ({ readonly kind: "pwr-command-refused" } & PwrCommandFault)
  /** The MCU leaves its power domains on, the next `count` times that it halts. */
  | { readonly kind: "fw-keeps-power"; readonly count?: number }
  /** Rising edges of a line that do not reach the CPU. */
  | { readonly kind: "lose-irq"; readonly line: IrqSource; readonly count?: number }
  /** A pulse on a line that no source asked for. */
  | { readonly kind: "spurious-irq"; readonly line: IrqSource }
  /** The next `count` sync object writes raise no CSG_SYNC_UPDATE. */
  | { readonly kind: "sync-mute"; readonly count: number }
  /** The next `count` SUSPEND requests take `ns`. */
  | { readonly kind: "slow-suspend"; readonly ns: number; readonly count: number }
  /** The next `count` group suspends first let the running job end, without event. */
  | { readonly kind: "suspend-finishes-job"; readonly count: number }
  /** The next `count` cache-flush completions also raise CSG_SYNC_UPDATE on slot 0. */
  | { readonly kind: "flush-raises-sync"; readonly count: number }
  /** CSG_SYNC_UPDATE on the slots of `mask`, `count` times, each `periodNs`. */
  | {
      readonly kind: "event-storm";
      readonly count: number;
      readonly periodNs: number;
      readonly mask: number;
    }
  /** CSG_SYNC_UPDATE on the slot, at these delays after its next SUSPEND is acknowledged. */
  | { readonly kind: "late-events"; readonly delaysNs: readonly number[] }
  /**
   * How the firmware treats rings that user space fills: it reports ACTIVE, looks at INSERT a last
   * time after (`late`: before) clearing it at a suspend, and a global doorbell makes blocked
   * streams look again.
   */
  | { readonly kind: "user-rings"; readonly late: boolean; readonly globalDoorbell: boolean }
  /** Clears the table entry of a page behind the driver's back. */
  | { readonly kind: "pt-zap"; readonly as: number; readonly va: number }
  /** Copies a live entry of the same table to a page that has none. */
  | { readonly kind: "pt-forge"; readonly as: number; readonly va: number }
  /** All streams stop making progress (the GPU hangs); cleared by the soft reset. */
  | { readonly kind: "gpu-hang" };

/** Injected faults that are in force. */
export class Injections {
  fwDead = false;
  fwLate = { extraNs: 0, count: 0 };
  loseRequests = 0;
  bootFails = 0;
  flushStuck = false;
  resetStuck = 0;
  powerOnFails = 0;
  syncMute = 0;
  slowSuspend = { ns: 0, count: 0 };
  suspendFinishesJob = 0;
  flushRaisesSync = 0;
  lateEvents: readonly number[] = [];
  gpuHang = false;
  userRings: { readonly late: boolean; readonly globalDoorbell: boolean } | null = null;
  fwKeepsPower = 0;
  private pwrStuck: CountedPwrFault | null = null;
  private pwrRefused: CountedPwrFault | null = null;
  private asStuckMask = 0;
  private stuck: (AsCommandFault & { left: number }) | null = null;
  private ignored: AsCommandFault | null = null;

  /** Takes note of an injection that is only state. */
  apply(i: Injection): void {
    switch (i.kind) {
      case "fw-dead":
        this.fwDead = true;
        break;
      case "fw-late":
        this.fwLate = { extraNs: i.extraNs, count: i.count ?? 1 };
        break;
      case "fw-loses-request":
        this.loseRequests += i.count ?? 1;
        break;
      case "boot-fail":
        this.bootFails = i.count;
        break;
      case "as-stuck":
        this.asStuckMask = i.mask;
        break;
      case "as-command-stuck":
        this.stuck = i.commands === 0 ? null : { ...i, left: i.skip ?? 0 };
        break;
      case "as-command-ignored":
        this.ignored = i.commands === 0 ? null : i;
        break;
      case "flush-stuck":
        this.flushStuck = true;
        break;
      case "reset-stuck":
        this.resetStuck += i.count ?? 1;
        break;
      case "power-on-fails":
        this.powerOnFails += i.count ?? 1;
        break;
      case "sync-mute":
        this.syncMute = i.count;
        break;
      case "slow-suspend":
        this.slowSuspend = { ns: i.ns, count: i.count };
        break;
      case "suspend-finishes-job":
        this.suspendFinishesJob = i.count;
        break;
      case "flush-raises-sync":
        this.flushRaisesSync = i.count;
        break;
      case "late-events":
        this.lateEvents = i.delaysNs;
        break;
      case "user-rings":
        this.userRings = i;
        break;
      case "gpu-hang":
        this.gpuHang = true;
        break;
      case "fw-keeps-power":
        this.fwKeepsPower += i.count ?? 1;
        break;
      case "pwr-command-stuck":
        this.pwrStuck = { ...i, before: i.skip ?? 0, left: i.count ?? 1 };
        break;
      case "pwr-command-refused":
        this.pwrRefused = { ...i, before: i.skip ?? 0, left: i.count ?? 1 };
        break;
    }
  }

  /** AS_ACTIVE is stuck at 1. */
  asBusy(as: number): boolean {
    return ((this.asStuckMask >>> as) & 1) === 1;
  }

  /** True if this command never completes. */
  takeAsStuck(as: number, command: number): boolean {
    const { stuck } = this;
    if (stuck === null || !concerns(stuck, as, command)) return false;
    if (stuck.left > 0) {
      stuck.left--;
      return false;
    }
    return true;
  }

  /** True if this command has no effect. */
  takeAsIgnored(as: number, command: number): boolean {
    return this.ignored !== null && concerns(this.ignored, as, command);
  }

  /** True if this command of PWR_COMMAND never ends. */
  takePwrStuck(command: PwrCommandName): boolean {
    return take(this.pwrStuck, command);
  }

  /** True if this command of PWR_COMMAND is refused. */
  takePwrRefused(command: PwrCommandName): boolean {
    return take(this.pwrRefused, command);
  }

  /** The soft reset ends stuck commands. */
  asReset(): void {
    this.asStuckMask = 0;
    this.stuck = null;
    this.flushStuck = false;
    this.gpuHang = false;
  }
}

type CountedPwrFault = PwrCommandFault & { before: number; left: number };

function take(fault: CountedPwrFault | null, command: PwrCommandName): boolean {
  if (fault === null || fault.left === 0 || !fault.commands.includes(command)) return false;
  if (fault.before > 0) {
    fault.before--;
    return false;
  }
  fault.left--;
  return true;
}

function concerns(fault: AsCommandFault, as: number, command: number): boolean {
  const spaces = fault.spaces ?? 0xffffffff;
  return ((fault.commands >>> command) & 1) === 1 && ((spaces >>> as) & 1) === 1;
}
