// WARN_ONCE(): include/asm-generic/bug.h. Once in the life of a kernel, whoever is to blame.

import type { Machine } from "./core/machine.ts";

export function warnOnce({ rec, warnedOnce }: Machine, text: string): void {
  if (warnedOnce.has(text)) return;
  warnedOnce.add(text);
  rec.log("warn", `WARNING: ${text}`);
}
