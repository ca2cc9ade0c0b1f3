// What led to the first violations in a replay's kernel log: their chains of causes, for the report.

import { causeChain } from "../timeline/causality.ts";
import { describeEntry } from "../timeline/describe.ts";
import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";

/** Violations whose causes are shown, and entries of each, itself included. */
const shownMax = 2;
const chainMax = 10;

/** Lines of the report; empty where no invariant of the scheduler was violated in [from, to). */
export function checkCauses(rec: Recorder, from: number, to: number): string[] {
  const lines: string[] = [];
  const told = new Set<string>();
  for (let i = from; i < Math.min(to, rec.length) && told.size < shownMax; i++) {
    if (rec.kind(i) !== K.printk) continue;
    const text = String(rec.field(i, "text"));
    const what = /^check scheduled-once: (?:group \d+ )?(\w+)/.exec(text)?.[1];
    if (what === undefined || told.has(what)) continue;
    told.add(what);
    const chain = causeChain(rec, i).slice(1, chainMax);
    lines.push("", `what led to "${text}", nearest first:`);
    lines.push(...chain.map((c) => describeEntry(rec, c)));
  }
  return lines;
}
