// The stacks of patches that a report about a series compares, and their replays on workers.

import * as Effect from "effect/Effect";
import { notObserved, observe, type Observed } from "../bisect/observe.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision } from "../revision/revision.ts";
import type { Series } from "../revision/series.ts";
import { choose } from "./choose.ts";

/** Replays a trace on the base with some patches of a series, in some order. */
export interface SeriesJob {
  readonly series: string;
  /** Patch numbers from 1, the first applied lowest. */
  readonly order: readonly number[];
  readonly path: string;
  readonly profile: string | null;
}

/** Which pairs of patches change places. */
export const swapChoices = ["neighbours", "all", "none"] as const;
export type SwapChoice = (typeof swapChoices)[number];

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

export const prefix = (n: number): number[] => numbers(n);

export const without = (count: number, left: number): number[] =>
  numbers(count).filter((n) => n !== left);

export function swapped(count: number, [a, b]: readonly [number, number]): number[] {
  return numbers(count).map((n) => (n === a ? b : n === b ? a : n));
}

/** The second of two neighbours on everything below the first. */
export const between = ([a, b]: readonly [number, number]): number[] => [...numbers(a - 1), b];

export function pairs(count: number, choice: SwapChoice): (readonly [number, number])[] {
  const all = numbers(count).flatMap((a) =>
    numbers(count).flatMap((b) => (a < b ? [[a, b] as const] : [])),
  );
  if (choice === "none") return [];
  return choice === "all" ? all : all.filter(([a, b]) => b === a + 1);
}

/** Every stack that the report needs, each once. */
export function ordersOf(count: number, variants: boolean, swaps: SwapChoice): number[][] {
  const orders = [0, ...numbers(count)].map(prefix);
  if (variants) {
    orders.push(...numbers(count).map((n) => without(count, n)));
    for (const pair of pairs(count, swaps)) {
      orders.push(swapped(count, pair));
      if (pair[1] === pair[0] + 1) orders.push(between(pair));
    }
  }
  return [...new Map(orders.map((o) => [o.join(), o])).values()];
}

/** Performs a job. Never throws: what goes wrong is a reason. */
export function runSeriesJob({ series: id, order, path, profile: name }: SeriesJob): Observed {
  const series = catalog.series.find((s) => s.id === id) as Series;
  try {
    const { trace, profile, profileName } = choose({ path, revision: series.base, profile: name });
    const below = Effect.runSync(parseRevision(series.base, catalog));
    const patches = [...below.patches, ...order.map((n) => series.patches[n - 1])];
    const revision = { ...below, id: `${id}[${order.join(",")}]`, series, patches };
    return observe({ trace, profile, profileName }, revision);
  } catch (error) {
    return notObserved(error);
  }
}
