// Agreement as a table, and as JSON for machines.

import type { Agreement, AspectAgreement, FirstDifference } from "./compare.ts";
import { aspects } from "./project.ts";

/** Agreement on what a series concerns, by what that is. */
export interface ConcernedAgreement {
  readonly aspects: Readonly<Record<string, AspectAgreement>>;
  readonly first: Readonly<Record<string, FirstDifference | null>>;
  /** Events of the recording that are not compared, by name. */
  readonly outOfScope: Readonly<Record<string, number>>;
  /** Register accesses of the replay that the older driver does not have, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly flavour: string;
  /** Which order was compared: all of it, or only what no race can change. */
  readonly order: "all" | "promised" | "concerned";
  /** Null when the replay did not come to its end. */
  readonly agreement: Agreement | null;
  readonly error: string | null;
  /** In the place of `agreement`, where only what a series concerns is compared. */
  readonly concerned?: ConcernedAgreement;
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
  if (results.every(({ order }) => order !== "promised")) return null;
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
      return cell(r.agreement?.aspects[a]);
    }),
  ]);
  return [header, ...rows];
}

/** As conformanceRows(), for what is compared only as far as a series concerns it. */
export function concernedRows(results: readonly ScenarioResult[]): string[][] {
  const concerns = Object.keys(results.find((r) => r.concerned)?.concerned?.aspects ?? {});
  const header = ["scenario", ...concerns, "out of scope"];
  const rows = results.map(({ scenario, concerned }) => {
    const rest = Object.values(concerned?.outOfScope ?? {}).reduce((a, b) => a + b, 0);
    return [scenario, ...concerns.map((c) => cell(concerned?.aspects[c])), `${rest} events`];
  });
  return [header, ...rows];
}

/** What was left out of the order across contexts, in all of them, by reason; null if nothing. */
export function leftOutNote(results: readonly ScenarioResult[]): string | null {
  const counts = new Map<string, number>();
  for (const { concerned } of results) {
    for (const [reason, n] of Object.entries(concerned?.leftOut ?? {})) {
      counts.set(reason, (counts.get(reason) ?? 0) + n);
    }
  }
  if (counts.size === 0) return null;
  const list = [...counts].map(([reason, n]) => `${reason} (${n})`).join(", ");
  return `left out of the order, accesses of the replay alone: ${list}`;
}

function cell(x: AspectAgreement | undefined): string {
  if (x === undefined) return "-";
  return x.matched === x.total
    ? `100 % (${x.total})`
    : `${percent(x.matched, x.total)} (${x.matched}/${x.total})`;
}

/** The name of an aspect in JSON. */
export const jsonName = (aspect: string): string => aspect.replaceAll(" ", "_");

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
          aspects: Object.fromEntries(aspects.map((a) => [jsonName(a), r.agreement!.aspects[a]])),
          first_difference: firstDifference(r.agreement),
        }),
    ...(r.concerned === undefined
      ? {}
      : {
          aspects: Object.fromEntries(
            Object.entries(r.concerned.aspects).map(([c, x]) => [jsonName(c), x]),
          ),
          out_of_scope: r.concerned.outOfScope,
          left_out: r.concerned.leftOut,
          first_difference: firstConcernedDifference(r.concerned),
        }),
  }));
}

/** The earliest difference of a scenario, by the recording's clock where it has an entry. */
export function firstDifference(agreement: Agreement): FirstDifference | null {
  return earliest(aspects.map((a) => agreement.first[a]));
}

export function firstConcernedDifference(agreement: ConcernedAgreement): FirstDifference | null {
  return earliest(Object.values(agreement.first));
}

function earliest(differences: readonly (FirstDifference | null)[]): FirstDifference | null {
  const all = differences
    .filter((d) => d !== null)
    .sort((x, y) => (x.recorded?.time ?? Infinity) - (y.recorded?.time ?? Infinity));
  return all[0] ?? null;
}
