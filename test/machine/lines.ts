// Short texts of timeline entries, for tests that compare sequences.

import type { Machine } from "../../src/machine/core/machine.ts";
import { kindFields, kindNames, type KindName } from "../../src/timeline/kinds.ts";

/** Entries of the given kinds: "time context kind field=value ..." without the time if not asked. */
export function lines(
  m: Machine,
  kinds: readonly KindName[],
  options: { readonly times?: boolean; readonly from?: number } = {},
): string[] {
  const { rec } = m;
  const out: string[] = [];
  for (let i = options.from ?? 0; i < rec.length; i++) {
    const kind = rec.kind(i);
    const name = kindNames[kind];
    if (!kinds.includes(name)) continue;
    const fields = kindFields[kind].map(([f]) => `${f}=${rec.field(i, f)}`);
    const ctx = rec.contexts[rec.ctx(i)];
    const where = ctx.pid === 0 ? "<idle>" : ctx.comm;
    const time = options.times === true ? `${rec.time(i)} ` : "";
    out.push(`${time}${where}: ${name} ${fields.join(" ")}`);
  }
  return out;
}
