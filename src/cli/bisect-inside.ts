// `bisect TRACE --inside --good REV --bad REV`: the first event of a trace at which the timelines of
// two revisions part.

import { bisectInside, type InsideResult } from "../bisect/inside.ts";
import { wrap } from "../report/series.ts";
import { printAction, printLineHead } from "../trace/print-event.ts";
import { printTrace } from "../trace/print.ts";
import type { TraceEvent } from "../trace/trace.ts";
import { explain } from "./bisect-explain.ts";
import { observing } from "./bisect-job.ts";
import {
  type BisectOptions,
  goldenOf,
  jobsOf,
  predicateTextOf,
  readPredicate,
} from "./bisect-options.ts";
import { named } from "./bisect-range.ts";
import { choose } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { Hands } from "./hands.ts";
import { OptionArgumentError } from "./input-error.ts";
import { makeProgress } from "./progress.ts";
import { readTraceText, type TraceText } from "./trace-text.ts";

/** Runs and prints; 0 when an event is found, 1 when none is, 125 when it cannot be told. */
export async function runInsideBisect(o: BisectOptions): Promise<number> {
  if (o.bad === null) {
    throw new OptionArgumentError("bisect --inside: give --good REV and --bad REV");
  }
  const bad = named(o.bad);
  const good = named(o.good ?? bad.base.id);
  const source = readTraceText(o.trace);
  const chosen = choose({ path: source.path, revision: bad.base.id, profile: o.profile });
  const { trace, profileName: profile } = chosen;
  const context = goldenOf(o.goldenRoot, { revision: good.id, profile, trace: trace.name });
  const predicate = readPredicate(predicateTextOf(o), context);
  const progress = makeProgress();
  const hands = new Hands(observing(jobsOf(o.jobs)));
  try {
    const result = await bisectInside({
      scene: chosen,
      good,
      bad,
      predicate,
      hands: () => hands.count,
      replay: async (prefix, revision) => {
        progress.update(`${o.trace} ${prefix.events.length} events at ${revision.id}`);
        const text = printTrace(prefix);
        const { file } = source;
        return hands.run({ bisect: "observe", text, file, profile, revision: revision.id });
      },
    });
    progress.end();
    const about = { trace: trace.name, profile, good: good.id, bad: bad.id };
    const what = { ...about, predicate: predicate.text };
    if (o.json) {
      process.stdout.write(`${JSON.stringify({ ...what, ...asJson(source, result) }, null, 2)}\n`);
    } else {
      const lines = result.found
        ? [
            ...foundText(source, what, result),
            "",
            ...explain({ ...chosen, trace: result.prefix }, good, bad).divergence,
          ]
        : wrap(`no event of ${trace.name}: ${result.reason}`, 0, 2);
      process.stdout.write(`${lines.join("\n")}\n`);
    }
    if (result.found) return exitCode.agrees;
    return result.judged ? exitCode.differs : exitCode.cannotJudge;
  } finally {
    progress.end();
    await hands.close();
  }
}

type Found = Extract<InsideResult, { found: true }>;

function foundText(
  source: TraceText,
  { good, bad }: { readonly good: string; readonly bad: string },
  { event, number, count, notJudged, origin, evidence }: Found,
): string[] {
  const lines = [
    `${placeOf(source, event)}: event ${number} of ${count}`,
    `  ${lineOf(event)}`,
    ...wrap(`is the first with which ${bad} shows what ${good} does not: ${evidence}`, 0, 2),
  ];
  if (origin !== null && origin !== event) {
    lines.push("", `${placeOf(source, origin)}: the call that led there`, `  ${lineOf(origin)}`);
  }
  if (notJudged.length > 0) {
    lines.push("", ...wrap(`it may be one of the events before it, ${notJudged.join(", ")}`, 0, 2));
    lines.push(...wrap("up to which the trace cannot be replayed", 2, 2));
  }
  return lines;
}

function asJson(source: TraceText, result: InsideResult): object {
  if (!result.found) return result;
  const { event, origin, prefix, ...rest } = result;
  const told = (e: TraceEvent | null) =>
    e === null ? null : { place: placeOf(source, e), line: e.line, text: lineOf(e) };
  return { ...rest, event: told(event), origin: told(origin), prefix: printTrace(prefix) };
}

const lineOf = ({ actor, cpu, at, action }: TraceEvent): string =>
  printLineHead(actor, cpu, at) + printAction(action);

/** `file:line:column` of an event. */
function placeOf({ text, file }: TraceText, { line, actor }: TraceEvent): string {
  const written = text.split("\n")[line - 1] ?? "";
  const column = written.indexOf(actor.pid < 0 ? actor.comm : `${actor.comm}-${actor.pid}`);
  return `${file}:${line}:${Math.max(0, column) + 1}`;
}
