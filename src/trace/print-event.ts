// Typed events back to event lines.

import { specOf, type Action } from "./events/index.ts";
import type { Field, Fields } from "./field.ts";
import { deviceActor, type Actor } from "./line.ts";
import { printTimestamp, type Timestamp } from "./units.ts";

type Raw = { readonly [key: string]: unknown };

export function printActor(actor: Actor): string {
  return actor.pid < 0 ? deviceActor.comm : `${actor.comm}-${actor.pid}`;
}

/** Everything of a line before its action. */
export function printLineHead(actor: Actor, cpu: number | null, at: Timestamp): string {
  const where = cpu === null ? "" : ` [${String(cpu).padStart(3, "0")}]`;
  return `${printActor(actor)}${where} ${printTimestamp(at)}: `;
}

/** `event: key=value ...`, without fields that have their default. */
export function printAction(action: Action): string {
  const spec = specOf(action.name)!;
  const args = action.args as Raw;
  let text = `${action.name}:`;
  for (const [key, field] of Object.entries(spec.fields)) {
    const list = args[key] as readonly Raw[] | undefined;
    if (key === spec.inline && list?.length === 1) {
      const inner = printFields(list[0], field.block!);
      // A block with nothing in it is what an event without block fields means.
      text += inner === "" ? "" : ` ${inner}`;
    } else {
      const printed = printField(key, field, args[key]);
      text += printed === "" ? "" : ` ${printed}`;
    }
  }
  return text;
}

function printFields(args: Raw, fields: Fields): string {
  return Object.entries(fields)
    .map(([key, field]) => printField(key, field, args[key]))
    .filter((s) => s !== "")
    .join(" ");
}

function printField(key: string, field: Field<unknown>, value: unknown): string {
  if (value === undefined) return "";
  if (field.many) {
    const one = { ...field, many: false };
    return (value as unknown[]).map((v) => printField(key, one, v)).join(" ");
  }
  if (field.block !== null) return `${key}={${printFields(value as Raw, field.block)}}`;
  if (field.optional && value === field.fallback) return "";
  return field.flag ? `${key}${field.print(value)}` : `${key}=${field.print(value)}`;
}
