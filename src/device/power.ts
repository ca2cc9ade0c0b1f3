// Power domains: shader cores, tiler, L2, and on later parts base and stack. READY, PWRTRANS, and
// transitions that take their time. Kernel side: panthor_gpu.c:panthor_gpu_block_power_on and
// _off, panthor_pwr.c:panthor_pwr_domain_transition.

import type { DeviceEvents } from "./events.ts";
import type { DeviceClock } from "./hooks.ts";
import type { Injections } from "./inject.ts";
import { DeviceTimer } from "./timer.ts";

export class PowerDomain {
  ready = 0n;
  /** Cores on their way up or down. */
  trans = 0n;
  private target = 0n;
  private readonly timer: DeviceTimer;

  constructor(
    private readonly name: string,
    readonly present: bigint,
    private readonly latency: () => number,
    private readonly events: DeviceEvents,
    clock: DeviceClock,
    private readonly inject: Injections,
    private readonly changed: () => void,
  ) {
    this.timer = new DeviceTimer(clock, () => this.done());
  }

  /** A word of PWRON was written. */
  on(word: 0 | 1, value: number): void {
    this.up(wide(word, value));
  }

  /** A word of PWROFF was written. */
  off(word: 0 | 1, value: number): void {
    this.down(wide(word, value));
  }

  /** The cores of `mask` shall come up. */
  up(cores: bigint): void {
    const mask = cores & this.present & ~(this.ready | this.trans);
    if (mask !== 0n) this.move(this.ready | mask, mask);
  }

  /** The cores of `mask` shall go down. */
  down(cores: bigint): void {
    const mask = cores & this.present & this.ready;
    if (mask === 0n) return;
    this.ready &= ~mask;
    this.move(this.ready, mask);
  }

  /** A transition begins that never ends, until the soft reset (fault injection). */
  hang(cores: bigint): void {
    this.trans |= cores & this.present;
  }

  /** Soft reset: everything is off. */
  reset(): void {
    this.timer.cancel();
    this.ready = 0n;
    this.trans = 0n;
  }

  private move(target: bigint, mask: bigint): void {
    this.target = target;
    this.trans |= mask;
    this.timer.start(this.latency());
  }

  private done(): void {
    const comesUp = (this.target & ~this.ready) !== 0n;
    if (comesUp && this.inject.powerOnFails > 0) {
      this.inject.powerOnFails--;
      this.trans = 0n;
      return;
    }
    this.ready = this.target;
    this.trans = 0n;
    this.events.state(`${this.name}_power`, Number(this.ready), 0);
    this.changed();
  }
}

const wide = (word: 0 | 1, value: number): bigint => BigInt(value) << (word === 1 ? 32n : 0n);
