// What is under way in a kernel that has just booted, where it shows: timers of the rest of the
// system keep the tick alive, and the tick decides when delayed work runs. The figures are those
// of the recordings' kernels (User-Mode Linux, one CPU): 7.3.4 starts probing at 1.0 s, 6.12.117 at
// 1.036 s.

/** Times are ticks since boot. */
export interface BootState {
  /** When the random number generator was ready and set its first reseed. */
  readonly crngReadyTick: number;
  /** When interrupt randomness was mixed in last. */
  readonly irqPoolTick: number;
  /** When a grace period of some SRCU domain was asked for; null: none is under way. */
  readonly srcuTick: number | null;
  /** CPU time that is due to kdevtmpfs since it made the nodes of the other devices, ns. */
  readonly kdevtmpfsDueNs: number;
}

/** The kernel of the linux-7.3 recordings, at `hz` ticks a second. */
export function recordedBoot(hz: number): BootState {
  return {
    crngReadyTick: 0,
    irqPoolTick: Math.round(0.012 * hz),
    srcuTick: hz,
    kdevtmpfsDueNs: 0,
  };
}

/** The kernel of the recordings on 6.12: the generator has reseeded once, pools were mixed. */
export function recordedBoot612(hz: number): BootState {
  return {
    crngReadyTick: Math.round(1.024 * hz),
    irqPoolTick: Math.round(1.02 * hz),
    srcuTick: Math.round(1.048 * hz),
    // At its first wake-up in the probe it preempts who waits for it.
    kdevtmpfsDueNs: 5000,
  };
}
