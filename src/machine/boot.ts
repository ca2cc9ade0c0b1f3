// What is under way in a kernel that has just booted, where it shows: timers of the rest of the
// system keep the tick alive, and the tick decides when delayed work runs. The figures are those
// of the recordings' kernel (User-Mode Linux 7.3.4, one CPU), which starts probing at 1.0 s.

/** Times are ticks since boot. */
export interface BootState {
  /** When the random number generator was ready and set its first reseed. */
  readonly crngReadyTick: number;
  /** When interrupt randomness was mixed in last. */
  readonly irqPoolTick: number;
  /** When a grace period of some SRCU domain was asked for; null: none is under way. */
  readonly srcuTick: number | null;
}

/** The recordings' kernel, at `hz` ticks a second. */
export function recordedBoot(hz: number): BootState {
  return {
    crngReadyTick: 0,
    irqPoolTick: Math.round(0.012 * hz),
    srcuTick: hz,
  };
}
