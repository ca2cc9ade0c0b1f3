// Which operation has the part of which function of the C driver: the naming rule, then the table of
// exceptions. Operations are named after their C function, without `panthor_` and the unit's name.

import { type Absent, coverageAliases, type Covered } from "./coverage-aliases.ts";

/** Functions of a C file, by the unit that is named after the file. */
export type CFunctions = Readonly<Record<string, readonly string[]>>;

/** Operations by unit. */
export type Operations = Readonly<Record<string, readonly string[]>>;

export interface CoverageRow {
  readonly unit: string;
  readonly cFunction: string;
  /** `unit.operation` or a file; null when there is none. */
  readonly by: string | null;
  /** Empty when the naming rule gives the operation. */
  readonly reason: string;
}

const camelCase = (name: string): string =>
  name.replace(/_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** Names that an operation for a C function may have, most specific first. */
export function operationNames(unit: string, cFunction: string): string[] {
  const name = cFunction.replace(/^panthor_/, "").replace(/^_+/, "");
  const names = [camelCase(name)];
  if (name.startsWith(`${unit}_`)) names.unshift(camelCase(name.slice(unit.length + 1)));
  return names;
}

/** One row for each C function; `by` is undefined where neither the rule nor the table knows it. */
export function coverage(
  functions: CFunctions,
  operations: Operations,
): readonly (CoverageRow | { readonly unit: string; readonly cFunction: string; by: undefined })[] {
  return Object.entries(functions).flatMap(([unit, names]) =>
    names.map((cFunction) => {
      const alias: Covered | Absent | undefined = coverageAliases[unit]?.[cFunction];
      if (alias !== undefined) return { unit, cFunction, by: alias.by, reason: alias.reason };
      const has = operations[unit] ?? [];
      const name = operationNames(unit, cFunction).find((n) => has.includes(n));
      if (name === undefined) return { unit, cFunction, by: undefined };
      return { unit, cFunction, by: `${unit}.${name}`, reason: "" };
    }),
  );
}

/** The table of C files: how many of their functions have an operation here. */
export function coverageSummary(rows: readonly CoverageRow[]): string[] {
  const line = (name: string, all: readonly CoverageRow[]): string => {
    const absent = all.filter(({ by }) => by === null).length;
    const elsewhere = all.filter(({ by, reason }) => by !== null && reason !== "").length;
    const own = all.length - absent - elsewhere;
    return `| ${name} | ${all.length} | ${own} | ${elsewhere} | ${absent} |`;
  };
  const units = [...new Set(rows.map(({ unit }) => unit))];
  return [
    "| file | functions | operation of its name | elsewhere | not modelled |",
    "|---|---|---|---|---|",
    ...units.map((unit) =>
      line(
        `\`panthor_${unit}.c\``,
        rows.filter((r) => r.unit === unit),
      ),
    ),
    line("all", rows),
  ];
}

/** The table as Markdown, a section for each C file. */
export function coverageTable(rows: readonly CoverageRow[], source: string): string {
  const units = [...new Set(rows.map(({ unit }) => unit))];
  const ofUnit = (unit: string): readonly CoverageRow[] => rows.filter((r) => r.unit === unit);
  const row = ({ cFunction, by, reason }: CoverageRow): string =>
    `| \`${cFunction}\` | ${by === null ? "-" : `\`${by}\``} | ${reason} |`;
  return [
    "# Coverage of the C driver",
    "",
    `Every function of the C files of ${source}, and the operation of src/driver that has its part.`,
    "Without a remark the operation has the function's own name. Generated: `npm run coverage-table`.",
    "",
    ...coverageSummary(rows),
    ...units.flatMap((unit) => [
      "",
      `## panthor_${unit}.c`,
      "",
      "| function | here | remark |",
      "|---|---|---|",
      ...ofUnit(unit).map(row),
    ]),
    "",
  ].join("\n");
}
