// An interrupt block: RAWSTAT, CLEAR, MASK, STAT and one level line.
// The line follows `rawstat & mask`; it changes only when that becomes zero or non-zero, and the
// change is what the timeline shows. Masks survive a soft reset (the driver relies on it).

import { K } from "../timeline/kinds.ts";
import type { DeviceEvents } from "./events.ts";
import type { IrqSource } from "./hooks.ts";

export class IrqBlock {
  rawstat = 0;
  mask = 0;
  /** The level of the line. */
  high = false;
  /** Rising edges that will not reach the CPU (fault injection). */
  lose = 0;
  private lost = false;
  private readonly lineId: number;

  constructor(
    private readonly events: DeviceEvents,
    readonly line: IrqSource,
    private readonly setLevel: (line: IrqSource, high: boolean) => void,
  ) {
    this.lineId = events.m.rec.str(line);
  }

  /** STAT: raw status of the unmasked sources. */
  get status(): number {
    return (this.rawstat & this.mask) >>> 0;
  }

  /** Sources became active. */
  raise(bits: number): void {
    this.rawstat = (this.rawstat | bits) >>> 0;
    this.update();
  }

  /** CLEAR was written. */
  clear(bits: number): void {
    this.rawstat = (this.rawstat & ~bits) >>> 0;
    this.update();
  }

  /** MASK was written. */
  setMask(mask: number): void {
    this.mask = mask >>> 0;
    this.update();
  }

  /** `irq_deliver`: the CPU takes the interrupt now. */
  delivered(): number {
    return this.events.irq(K.irq_deliver, this.lineId, this.rawstat, this.mask);
  }

  /** The line rises for no source (fault injection); false when it is high already. */
  beginPulse(): boolean {
    if (this.high) return false;
    this.setLevel(this.line, true);
    return true;
  }

  /** The end of that, unless a source has raised the line meanwhile. */
  endPulse(): void {
    if (!this.high) this.setLevel(this.line, false);
  }

  private update(): void {
    const high = this.status !== 0;
    if (high === this.high) return;
    this.high = high;
    const kind = high ? K.irq_raise : K.irq_lower;
    const entry = this.events.irq(kind, this.lineId, this.rawstat, this.mask);
    if (high && this.lose > 0) {
      this.lose--;
      this.lost = true;
      return;
    }
    if (!high && this.lost) {
      this.lost = false;
      return;
    }
    const { at } = this.events.m;
    const outer = at.cause;
    at.cause = entry;
    this.setLevel(this.line, high);
    at.cause = outer;
  }
}
