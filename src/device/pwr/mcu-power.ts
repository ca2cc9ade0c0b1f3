// What the MCU does with the power domains that are delegated to it: shader cores and tiler come up
// with the first group on a slot, and go down some time after the last one has left (the interface's
// power-off timer) or when the MCU halts. Kernel side: panthor_pwr.c:panthor_pwr_delegate_domains.

import type { DeviceEvents } from "../events.ts";
import type { DeviceClock } from "../hooks.ts";
import type { Injections } from "../inject.ts";
import { DeviceTimer } from "../timer.ts";
import type { PwrControl } from "./pwr-control.ts";

export class McuPower {
  private active = false;
  private readonly hysteresis: DeviceTimer;

  constructor(
    private readonly events: DeviceEvents,
    private readonly pwr: PwrControl,
    clock: DeviceClock,
    private readonly inject: Injections,
    /** The power-off timer of the firmware interface, ns. */
    private readonly powerOffDelay: () => number,
  ) {
    this.hysteresis = new DeviceTimer(clock, () => pwr.mcuPower(false));
  }

  /** There are groups on the slots now, or none. */
  groupsActive(active: boolean): void {
    if (active === this.active) return;
    this.active = active;
    if (!active) {
      this.hysteresis.start(this.powerOffDelay());
      return;
    }
    this.hysteresis.cancel();
    this.pwr.mcuPower(true);
  }

  /** The MCU halts at the host's request: it leaves nothing on behind it. */
  halt(): void {
    this.stop();
    if (this.inject.fwKeepsPower > 0) {
      this.inject.fwKeepsPower--;
      this.events.state("fw_keeps_power");
      return;
    }
    this.pwr.mcuPower(false);
  }

  /** The MCU stops where it is: what is on stays on. */
  stop(): void {
    this.active = false;
    this.hysteresis.cancel();
  }
}
