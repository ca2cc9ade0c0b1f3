// Error numbers by name, for `ret=-EINVAL`.

import * as errno from "../machine/errno.ts";

const byName = new Map<string, number>();
const byNumber = new Map<number, string>();
for (const [name, value] of Object.entries(errno)) {
  if (typeof value !== "number") continue;
  byName.set(name, value);
  if (!byNumber.has(value)) byNumber.set(value, name);
}

export function errnoByName(name: string): number | null {
  return byName.get(name) ?? null;
}

/** The name of an error number, or the number itself. */
export function printErrno(value: number): string {
  return byNumber.get(value) ?? String(value);
}
