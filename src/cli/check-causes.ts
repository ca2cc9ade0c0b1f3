// What led to the first violations in a replay's kernel log: their chains of causes, for the report.
// A chain ends at the system call that its program was in: what woke the program up in the middle
// of it only says why it was then.

import { causeChain } from "../timeline/causality.ts";
import { describeEntry } from "../timeline/describe.ts";
import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";

/** Violations whose causes are shown, and entries of each, itself included. */
const shownMax = 3;
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
    const chain = storyOf(rec, i).slice(0, chainMax);
    lines.push("", `what led to "${text}", nearest first:`);
    lines.push(...chain.map((c) => describeEntry(rec, c)));
  }
  return lines;
}

/** What led to a violation, as far as the system call that it began with. */
export function storyOf(rec: Recorder, violation: number): number[] {
  const story: number[] = [];
  for (const i of causeChain(rec, violation)) {
    if (i !== violation) story.push(i);
    // The violation itself may be told by somebody else than whom it is about.
    const call = rec.kind(i) === K.ioctl_begin ? null : callAround(rec, i);
    if (call === null || (i === violation && rec.cause(i) < call)) continue;
    story.push(call);
    break;
  }
  return story;
}

/** The system call that the task of an entry was in. */
function callAround(rec: Recorder, entry: number): number | null {
  const task = rec.ctx(entry);
  for (let i = entry - 1; i >= rec.first; i--) {
    if (rec.ctx(i) !== task) continue;
    if (rec.kind(i) === K.ioctl_begin) return i;
    if (rec.kind(i) === K.ioctl_end) return null;
  }
  return null;
}
