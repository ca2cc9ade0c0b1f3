// The common form of a register line, read without making words of it: most lines of a golden are
// register accesses, and large goldens have millions. Whatever is not plain (quoted contexts, marks,
// anything wrong) is left to the parser, which knows what to say about it.

import type { RegisterRow } from "./model.ts";

const space = 0x20;
const zero = 0x30;
const nine = 0x39;
const decimals = 4;
const digitsMax = 12;

/** Strings that come again and again are kept once. */
export type Shared = Map<string, string>;

/** Reads `time cpu context R|W BLOCK.REGISTER 0xvalue [fields]`; null where that is not all. */
export function plainRegister(text: string, shared: Shared): RegisterRow | null {
  const cpuAt = text.indexOf(" ") + 1;
  const time = plainTime(text, cpuAt - 1);
  if (time < 0) return null;
  const contextAt = text.indexOf(" ", cpuAt) + 1;
  const cpu = text.charCodeAt(cpuAt) - zero;
  // CPUs of one digit are enough here.
  if (contextAt !== cpuAt + 2 || cpu < 0 || cpu > 9) return null;
  const directionAt = text.indexOf(" ", contextAt) + 1;
  if (directionAt === 0 || text.charCodeAt(directionAt + 1) !== space) return null;
  const direction = text[directionAt];
  if (direction !== "R" && direction !== "W") return null;
  const registerAt = directionAt + 2;
  const valueAt = text.indexOf(" ", registerAt) + 1;
  const end = valueAt + 10;
  if (valueAt === 0 || text.length < end || !isValue(text, valueAt)) return null;
  if (text.length > end && (text.charCodeAt(end) !== space || text.length === end + 1)) return null;
  const context = text.slice(contextAt, directionAt - 1);
  const register = text.slice(registerAt, valueAt - 1);
  const fields = text.length === end ? "" : text.slice(end + 1);
  // Quotes, and blanks that stand for nothing.
  if (context === "" || register === "" || text.includes('"') || text.includes("  ")) return null;
  if (/^[a-z_]+=/.test(register) || /^[a-z_]+=/.test(context) || fields.endsWith(" ")) return null;
  return {
    time,
    cpu,
    context: share(shared, context),
    direction,
    register: share(shared, register),
    value: text.slice(valueAt + 2, end),
    fields: fields === "" ? "" : share(shared, fields),
  };
}

function share(shared: Shared, text: string): string {
  const known = shared.get(text);
  if (known !== undefined) return known;
  shared.set(text, text);
  return text;
}

/** Microseconds with three decimals up to `end` as ns, -1 for anything else. */
function plainTime(text: string, end: number): number {
  if (end < decimals + 1 || end > digitsMax + decimals) return -1;
  let ns = 0;
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i);
    if (i === end - decimals) {
      if (c !== 0x2e) return -1;
    } else if (c < zero || c > nine) return -1;
    else ns = ns * 10 + (c - zero);
  }
  return ns;
}

/** `0x` and eight lower case digits. */
function isValue(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== zero || text.charCodeAt(at + 1) !== 0x78) return false;
  for (let i = at + 2; i < at + 10; i++) {
    const c = text.charCodeAt(i);
    if (!((c >= zero && c <= nine) || (c >= 0x61 && c <= 0x66))) return false;
  }
  return true;
}
