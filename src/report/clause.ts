// Parts of the sentence that sums a difference up: each says one thing that changed, in words, and
// how grave it is against the others.

import { plural } from "./text.ts";

export interface Clause {
  readonly text: string;
  /** The gravest comes first; `weights` below. */
  readonly weight: number;
}

/** What matters more to whoever reads a difference. */
export const weights = {
  neverSignalled: 100,
  error: 90,
  warning: 80,
  signalTime: 70,
  signalRoute: 68,
  workGone: 60,
  registersMoved: 50,
  registers: 45,
  fences: 40,
  order: 30,
  context: 25,
  workCount: 20,
  value: 15,
  logGone: 10,
  times: 5,
} as const;

/** `every job fence`, `3 of 10 job fences`, `job fence 7:1`. */
export function quantified(n: number, of: number, noun: string): string {
  if (n === of) return of === 1 ? `the ${noun}` : of === 2 ? `both ${noun}s` : `every ${noun}`;
  return `${n} of ${plural(of, noun)}`;
}

/** `is` or `are` for a quantified subject. */
export function verb(n: number, of: number): string {
  return (n === of && of !== 2) || (n === 1 && of === 1) ? "is" : n === 1 ? "is" : "are";
}

/** A context as a person calls it. */
export function contextName(context: string): string {
  const irq = /^irq\/\d+-/.exec(context);
  if (irq !== null) return "the irq thread";
  if (context.startsWith("hardirq ")) return `the hard irq handler`;
  if (context === "softirq") return "a softirq";
  if (/^swapper\/\d+$/.test(context)) return "the idle task";
  if (context.startsWith("kworker/")) return "a kworker";
  return context;
}

/** Nanoseconds as a person writes them: `31 us`, `1.25 us`, `80.1 ms`, `250 ns`. */
export function duration(ns: number): string {
  const abs = Math.abs(ns);
  if (abs < 1000) return `${abs} ns`;
  if (abs < 1e6) return `${significant(abs / 1e3)} us`;
  if (abs < 1e9) return `${significant(abs / 1e6)} ms`;
  return `${significant(abs / 1e9)} s`;
}

/** Three digits that count, no zeros behind them. */
function significant(x: number): string {
  const digits = x >= 100 ? 0 : x >= 10 ? 1 : 2;
  return String(Number(x.toFixed(digits)));
}

/** Items by key with their counts, the most frequent first. */
export function counted(items: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
