// The plan of an event format: which bytes become which field, from the dialect's row and the file's
// own format.

import { recordFields, requiredFields, type RecordField } from "../dialect/convert.ts";
import type { Conversion, DialectRow } from "../dialect/row.ts";
import type { EventTable } from "../event-table.ts";
import type { ObjectIds } from "../interner.ts";
import { printPairs, type EventFormat, type FormatField } from "./format.ts";

/** One field. */
export interface Step {
  readonly arg: number;
  readonly conversion: Conversion;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  readonly kind: FormatField["kind"];
  readonly field: string;
  readonly objects: ObjectIds | null;
  /** Names of numbers, made once each. */
  readonly memo: Map<number, number>;
  readonly pairs: ReadonlyArray<readonly [number, string]>;
}

/** The steps of a row, null when the record has too little of it to stand for the kind. */
export function makeSteps(row: DialectRow, format: EventFormat, table: EventTable): Step[] | null {
  const fields = recordFields(row);
  const steps: Step[] = [];
  for (const f of fields) {
    const field = format.fields.find((x) => x.name === f.source);
    if (field === undefined || !fits(f, field)) {
      if (f.conversion === "none") steps.push(makeStep(f, null, format, table));
      continue;
    }
    steps.push(makeStep(f, field, format, table));
  }
  return steps.length === 0 ? null : steps;
}

/** A field that the format lacks although every event of the kind has it; null for none. */
export function lackingField(row: DialectRow, steps: readonly Step[]): string | null {
  const found = new Set(steps.map(({ field }) => field));
  const fields = recordFields(row).filter(({ conversion }) => conversion !== "none");
  const required = requiredFields(row);
  return fields.find(({ field }) => required.has(field) && !found.has(field))?.field ?? null;
}

function fits(f: RecordField, field: FormatField): boolean {
  const numeric = [1, 2, 4, 8].includes(field.size) && field.kind === "number";
  switch (f.conversion) {
    case "str":
      return field.kind !== "array";
    case "text":
      return field.kind !== "array" && field.kind !== "number";
    case "none":
      return true;
    default:
      return numeric;
  }
}

function makeStep(
  f: RecordField,
  field: FormatField | null,
  format: EventFormat,
  table: EventTable,
): Step {
  const call = f.conversion === "state" ? "__print_flags" : "__print_symbolic";
  return {
    arg: f.arg,
    conversion: f.conversion,
    offset: field?.offset ?? 0,
    size: field?.kind === "dynamic" || field?.kind === "relative" ? 4 : (field?.size ?? 0),
    signed: field?.signed ?? false,
    kind: field?.kind ?? "number",
    field: f.field,
    objects: f.conversion === "object" ? table.objects.of(f.field) : null,
    memo: new Map(),
    pairs:
      f.conversion === "state" || f.conversion === "symbol" ? printPairs(format.print, call) : [],
  };
}
