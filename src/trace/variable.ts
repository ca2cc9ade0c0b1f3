// Variables of repetitions in values: `$i`, and `$(i+1)`, `$(i-1)`, `$(i*8)`. `$$` is a `$`.

import { quote } from "./problem.ts";
import type { FailValue } from "./field.ts";

/** The variables in scope. Outside a repetition there are none, and `$` means itself. */
export type Variables = ReadonlyMap<string, number>;

const reference = /\$(?:\$|([a-z][a-z0-9_]*)|\(([a-z][a-z0-9_]*)([-+*])([0-9]{1,9})\))?/g;

/** True if the text depends on variables (when there are any). */
export function hasVariables(text: string): boolean {
  return text.includes("$");
}

/** The text with its variables replaced; undefined after reporting an unknown one. */
export function substitute(
  text: string,
  variables: Variables,
  fail: FailValue,
): string | undefined {
  if (variables.size === 0 || !hasVariables(text)) return text;
  let failed = false;
  const out = text.replace(reference, (all, plain, operand, operator, right, offset: number) => {
    if (all === "$$") return "$";
    const name = (plain ?? operand) as string | undefined;
    const value = name === undefined ? undefined : variables.get(name);
    if (value === undefined) {
      failed = true;
      fail(
        "UnknownVariable",
        quote(name ?? text.slice(offset, offset + 8)),
        { oneOf: [...variables.keys()], got: name ?? "" },
        offset,
      );
      return "";
    }
    const result = calculate(value, operator as string | undefined, Number(right));
    if (result < 0) {
      failed = true;
      fail("OutOfRange", `${all} is negative when ${name} is ${value}`, {}, offset);
    }
    return String(result);
  });
  return failed ? undefined : out;
}

function calculate(left: number, operator: string | undefined, right: number): number {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  return operator === "*" ? left * right : left;
}
