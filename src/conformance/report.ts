// Agreement as a table, and as JSON for machines.

import type { Agreement } from "./compare.ts";
import { aspects, type Observation } from "./project.ts";

export interface ScenarioResult {
  readonly scenario: string;
  readonly flavour: string;
  /** Which order was compared: all of it, or only what no race can change. */
  readonly order: "all" | "promised";
  /** Null when the replay did not come to its end. */
  readonly agreement: Agreement | null;
  readonly error: string | null;
  /** Why what differs differs, where the reason lies in how the recording was made. */
  readonly explanation: string | null;
}

export function percent(matched: number, total: number): string {
  if (total === 0) return "-";
  if (matched === total) return "100 %";
  // Never rounds up to 100.
  return `${(Math.floor((matched / total) * 1000) / 10).toFixed(1)} %`;
}

const promisedMark = " *";

/** The line under the table that says what its marks mean; null if it has none. */
export function conformanceNote(results: readonly ScenarioResult[]): string | null {
  if (results.every(({ order }) => order === "all")) return null;
  return (
    "*  promised order only: recorded on several CPUs against the host's clock; what a race " +
    "decides is not compared (docs/architecture.md)"
  );
}

/** One row a scenario and flavour: matched/total and percentage per aspect. */
export function conformanceRows(results: readonly ScenarioResult[]): string[][] {
  const header = ["scenario", "flavour", ...aspects];
  const rows = results.map((r) => [
    r.scenario,
    r.order === "promised" ? `${r.flavour}${promisedMark}` : r.flavour,
    ...aspects.map((a) => {
      const x = r.agreement?.aspects[a];
      if (x === undefined) return "-";
      return x.matched === x.total
        ? `100 % (${x.total})`
        : `${percent(x.matched, x.total)} (${x.matched}/${x.total})`;
    }),
  ]);
  return [header, ...rows];
}

export function conformanceJson(results: readonly ScenarioResult[]): unknown {
  return results.map((r) => ({
    scenario: r.scenario,
    flavour: r.flavour,
    order: r.order,
    error: r.error,
    explanation: r.explanation,
    ...(r.agreement === null
      ? {}
      : {
          aspects: Object.fromEntries(
            aspects.map((a) => [a.replace(" ", "_"), r.agreement!.aspects[a]]),
          ),
          first_difference: firstDifference(r.agreement),
        }),
  }));
}

/** The earliest difference of a scenario, by the recording's clock where it has an entry. */
export function firstDifference(agreement: Agreement): {
  readonly aspect: string;
  readonly after: number;
  readonly recorded: Observation | null;
  readonly replayed: Observation | null;
} | null {
  const all = aspects
    .map((a) => agreement.first[a])
    .filter((d) => d !== null)
    .sort((x, y) => (x.recorded?.time ?? Infinity) - (y.recorded?.time ?? Infinity));
  return all[0] ?? null;
}
