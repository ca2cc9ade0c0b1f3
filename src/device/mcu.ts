// The MCU: MCU_CONTROL and MCU_STATUS; boot, halt and disable with their latencies.
// Kernel side: panthor_fw.c (panthor_fw_start, panthor_fw_stop, panthor_fw_wait_mcu_halted).

import type { DeviceEvents } from "./events.ts";
import type { Firmware } from "./firmware/firmware.ts";
import type { DeviceClock } from "./hooks.ts";
import type { Injections } from "./inject.ts";
import type { Profile } from "./profile/types.ts";
import { mcuStatus } from "./registers/mcu.ts";
import { DeviceTimer } from "./timer.ts";

export class Mcu {
  control = 0;
  status: number = mcuStatus.disabled;
  private readonly bootTimer: DeviceTimer;
  private readonly stopTimer: DeviceTimer;

  constructor(
    private readonly events: DeviceEvents,
    private readonly profile: Profile,
    private readonly inject: Injections,
    clock: DeviceClock,
    private readonly firmware: () => Firmware,
    private readonly statusChanged: () => void,
    private readonly booted: () => void,
    /** The L2 is on: without it the MCU cannot fetch. */
    private readonly powered: () => boolean,
  ) {
    this.bootTimer = new DeviceTimer(clock, () => this.boot());
    this.stopTimer = new DeviceTimer(clock, () => this.disabled());
  }

  /** MCU_CONTROL was written: 0 disable, 1 enable, 2 automatic. */
  writeControl(value: number): void {
    this.control = value;
    const { latencies } = this.profile;
    if (value === 0) {
      this.bootTimer.cancel();
      this.stopTimer.start(latencies.mcuStop);
      return;
    }
    this.stopTimer.cancel();
    this.bootTimer.startIfIdle(latencies.mcuBoot);
  }

  /** The firmware halted the MCU. */
  halted(): void {
    this.events.state("mcu_halted");
    this.setStatus(mcuStatus.halt);
  }

  /** Soft reset. */
  reset(): void {
    this.bootTimer.cancel();
    this.stopTimer.cancel();
    this.firmware().stop();
    this.control = 0;
    this.status = mcuStatus.disabled;
  }

  private boot(): void {
    const { events, profile, inject } = this;
    if (!this.powered()) {
      events.state("mcu_without_power");
      return;
    }
    if (inject.bootFails > 0 || !this.firmware().boot()) {
      if (inject.bootFails > 0) inject.bootFails--;
      events.state("mcu_boot_failed", inject.bootFails);
      this.setStatus(mcuStatus.fatal);
      return;
    }
    events.state("mcu_booted", profile.shape.fwVersion, profile.shape.csgSlots);
    this.setStatus(mcuStatus.enabled);
    this.booted();
  }

  private disabled(): void {
    this.firmware().stop();
    this.events.state("mcu_disabled");
    this.setStatus(mcuStatus.disabled);
  }

  private setStatus(status: number): void {
    if (this.status === status) return;
    this.status = status;
    this.statusChanged();
  }
}
