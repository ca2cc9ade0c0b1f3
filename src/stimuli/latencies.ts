// Device latencies of a recording as values for the model.

import type { Facts } from "./facts.ts";

/**
 * Under the virtual clock a latency shows up to a microsecond longer than it is (the least
 * distance at which a clock event can be programmed, and the grain of the clock) or, where
 * instructions that were charged before hide in it, a little shorter.
 */
const lateNs = 1_000;
const earlyNs = 100;

export interface Latency {
  readonly name: string;
  readonly ns: number;
  readonly samples: number;
}

/** Costs of register accesses are exact under a virtual clock, and are names of the format. */
const costNames: ReadonlySet<string> = new Set(["mmio_read", "mmio_write"]);

/** Latencies that were seen: the profile's where they fit, else the roundest number that does. */
export function latenciesOf(
  facts: Facts,
  profile: ReadonlyMap<string, number>,
  virtualClock: boolean,
): Latency[] {
  const out: Latency[] = [];
  for (const [name, usual] of profile) {
    const samples = [facts.latencies.get(name)].filter((s) => s !== undefined);
    if (samples.length === 0) {
      // Which of two causes it was is not known.
      for (const [other, s] of facts.latencies) if (other.startsWith(`${name} `)) samples.push(s);
    }
    if (samples.length === 0) continue;
    const seen = samples.map(({ kept }) => lowerQuartile(kept));
    const least = samples.map(({ kept }) => Math.min(...kept));
    const fits = [...seen, ...least].some((ns) => fitting(ns, usual, virtualClock));
    if (costNames.has(name) && !virtualClock) continue;
    const exact = costNames.has(name) || !virtualClock;
    const ns = exact ? seen[0] : roundest(seen[0] - lateNs, seen[0] + earlyNs);
    out.push({ name, ns: fits ? usual : ns, samples: samples[0].count });
  }
  return out;
}

/** Other work of the device can make a step longer, but not shorter. */
function lowerQuartile(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 2];
}

function fitting(seen: number, usual: number, virtualClock: boolean): boolean {
  if (!virtualClock) return Math.abs(seen - usual) * 10 < usual;
  return seen === usual || (usual > earlyNs && seen >= usual - earlyNs && seen <= usual + lateNs);
}

/** The number of `from..to` with the most zeros at its end. */
export function roundest(from: number, to: number): number {
  for (let unit = 1e12; unit >= 1; unit /= 10) {
    const n = Math.floor(to / unit) * unit;
    if (n >= from && n > 0) return n;
  }
  return to;
}

/** CONFIG_HZ values that kernels are built with. */
const hzKnown = [100, 250, 300, 1000] as const;
/** Jiffies count from five minutes before their 32 bits wrap. */
const initialSeconds = 300;
const wrap = 2 ** 32;

/** CONFIG_HZ by the rate of jiffies; null where no timer shows it. */
export function hzOf(facts: Facts): number | null {
  const { jiffies } = facts;
  if (jiffies.length === 0) return null;
  const first = jiffies[0];
  // From boot, where the trace clock began then, too.
  for (const hz of hzKnown) {
    const since = (first.jiffies - (wrap - initialSeconds * hz) + wrap) % wrap;
    if (Math.abs(since - (first.ns * hz) / 1e9) <= 2) return hz;
  }
  const last = jiffies[jiffies.length - 1];
  const seconds = (last.ns - first.ns) / 1e9;
  const ticks = last.jiffies - first.jiffies;
  if (ticks < 10 || seconds <= 0) return null;
  const rate = ticks / seconds;
  return hzKnown.find((hz) => Math.abs(rate - hz) / hz < 0.05) ?? null;
}
