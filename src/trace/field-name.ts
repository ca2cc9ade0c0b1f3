// Fields that are names: of what an event creates, or of what was created before.

import { field, type Field, type NameKind } from "./field-type.ts";
import { nameLengthMax } from "./limits.ts";
import { quote } from "./problem.ts";

const namePattern = new RegExp(`^[A-Za-z_][A-Za-z0-9_.-]{0,${nameLengthMax - 1}}$`);
export const nameRule = `a letter or _, then letters, digits or _ . -, at most ${nameLengthMax}`;

export function isName(value: string): boolean {
  return namePattern.test(value);
}

function named(type: string, doc: string, kind: NameKind, how: "bind" | "use"): Field<string> {
  return field(
    type,
    doc,
    (value, fail) =>
      isName(value) ? value : fail("BadValue", `name ${quote(value)}`, { expected: nameRule }),
    (value) => value,
    (name) => [{ kind, name, how }],
  );
}

/** A name that the event gives to what it creates. */
export const bind = (doc: string, kind: NameKind): Field<string> =>
  named(`new ${kind} name`, doc, kind, "bind");

/** A name bound before. */
export const use = (doc: string, kind: NameKind): Field<string> =>
  named(`${kind} name`, doc, kind, "use");
