// Reduces a trace for the command line: what is looked for, who judges, the state, the report.

import { observe } from "../bisect/observe.ts";
import { declaredRows } from "../golden/incidental.ts";
import { goldenPath, writeFileAtomic } from "../golden/store.ts";
import { evidenceIn } from "../reduce/judge.ts";
import { reduceTrace, type ReduceResult } from "../reduce/reduce.ts";
import { titled } from "../reduce/title.ts";
import { eventsIn } from "../reduce/items.ts";
import { wrap } from "../report/series.ts";
import { plural } from "../report/text.ts";
import { catalog } from "../revision/catalog.ts";
import type { Revision } from "../revision/revision.ts";
import { printTrace } from "../trace/print.ts";
import type { Trace } from "../trace/trace.ts";
import { type Jobs, jobsOf, predicateTextOf } from "./bisect-options.ts";
import { named } from "./bisect-range.ts";
import { choose } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError, OptionArgumentError } from "./input-error.ts";
import { timeoutOf } from "./option-values.ts";
import { makeProgress } from "./progress.ts";
import { reasonOf } from "./read-text.ts";
import { commandJudges, type Judges, replayJudges } from "./reduce-judges.ts";
import { soughtOf, type SoughtByName } from "./reduce-job.ts";
import { ReduceState } from "./reduce-state.ts";
import { readTraceText } from "./trace-text.ts";

export interface ReduceOptions {
  readonly trace: string;
  readonly predicate: string | null;
  readonly revision: string | null;
  readonly good: string | null;
  readonly goldenRoot: string;
  readonly profile: string | null;
  readonly run: string | null;
  readonly timeout: string | null;
  readonly jobs: string | null;
  readonly output: string | null;
  readonly state: string | null;
  readonly json: boolean;
}

/** What a shell reports for a program that Ctrl-C ended. */
const interrupted = 130;
/** A candidate may take twice the timeline of the whole, and a short one this much. */
const entriesMin = 20_000;

/** What a run of the command reduces. */
interface Plan {
  readonly trace: Trace;
  readonly judges: (jobs: Jobs) => Judges;
  /** What the state is of. */
  readonly about: unknown;
  readonly predicate: string;
  /** Why the trace as it came does not do; null: it does not hold of it. */
  readonly hint: () => string;
}

/** Runs and prints; 0 when reduced, 1 where it does not hold of the trace, 125: not judged. */
export async function runReduce(o: ReduceOptions): Promise<number> {
  const plan = o.run === null ? replayPlan(o) : commandPlan(o, o.run);
  if (typeof plan === "string") {
    process.stderr.write(`${plan}\n`);
    return exitCode.cannotJudge;
  }
  const jobs = jobsOf(o.jobs);
  const statePath = o.state ?? (o.output === null ? null : `${o.output}.state`);
  const state = ReduceState.open(statePath, plan.about);
  state.write();
  const judges = plan.judges(jobs);
  const progress = makeProgress();
  const before = eventsIn(plan.trace);
  let stop = (): void => undefined;
  const stopped = new Promise<null>((resolve) => (stop = () => resolve(null)));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, stop);
  try {
    const reduced = reduceTrace(plan.trace, {
      judge: judges.judge,
      hands: judges.hands,
      memo: state.memo,
      onProgress: ({ judged, best }) => {
        state.save();
        progress.update(`${o.trace}: ${before} to ${eventsIn(best)} events, ${judged} tried`);
      },
    });
    reduced.catch(() => {});
    const result = await Promise.race([reduced, stopped]);
    progress.end();
    if (result === null) {
      state.save(true);
      const again = statePath === null ? "" : "; the same command goes on from there";
      process.stderr.write(`${o.trace}: stopped${again}\n`);
      return interrupted;
    }
    if (!result.holds) {
      process.stderr.write(`${o.trace}: not reduced: ${plan.hint()}\n`);
      state.remove();
      return exitCode.differs;
    }
    report(o, plan, result, state);
    state.remove();
    return exitCode.agrees;
  } finally {
    progress.end();
    for (const signal of signals) process.off(signal, stop);
    await judges.close();
  }
}

function report(o: ReduceOptions, plan: Plan, result: ReduceResult, state: ReduceState): void {
  const { events, judged, steps, text } = result;
  if (o.output !== null) {
    try {
      writeFileAtomic(o.output, text);
    } catch (error) {
      throw new InputError(`${o.output}:1:1: cannot be written: ${reasonOf(error)}`);
    }
  }
  if (o.json) {
    const all = { predicate: plan.predicate, events, judged, steps, trace: text };
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  const resumed = state.resumed === 0 ? "" : `, ${state.resumed} judged before`;
  const what = `${plural(judged, "candidate")} tried${resumed}, ${plural(steps, "step")}`;
  const lines = [
    `${o.trace}: ${plural(events.before, "event")} reduced to ${events.after} (${what})`,
    ...wrap(`it still ${plan.predicate}`, 0, 2),
  ];
  if (o.output === null) process.stdout.write(text);
  const report = o.output === null ? process.stderr : process.stdout;
  report.write(`${[...lines, ...(o.output === null ? [] : [o.output])].join("\n")}\n`);
}

/** A reduction that replays; a sentence where it cannot be judged. */
function replayPlan(o: ReduceOptions): Plan | string {
  if (o.timeout !== null) throw new OptionArgumentError("--timeout: only with --run COMMAND");
  const source = readTraceText(o.trace);
  const first = choose({ path: source.path, revision: null, profile: o.profile });
  const bad = o.revision === null ? first.revision : named(o.revision);
  const good = o.good === null ? null : named(o.good);
  const profile = first.profileName;
  const predicate = predicateTextOf({ ...o, fenceLater: null, warning: null, golden: false });
  const id = { revision: (good ?? bad).id, profile, trace: first.trace.name };
  const by: Omit<SoughtByName, "entriesMax"> = {
    predicate,
    bad: bad.id,
    good: good?.id ?? null,
    profile,
    golden: goldenPath(o.goldenRoot, id),
    declared: declaredRows(first.trace),
  };
  const sought = soughtOf({ ...by, entriesMax: Infinity });
  if (sought.predicate.compares && good === null) {
    throw new OptionArgumentError(
      "reduce: this predicate compares with a good revision; give --good REV",
    );
  }
  const whole = observe(first, bad);
  if (!whole.ok && sought.predicate.ofDefect === undefined) {
    return `${o.trace}: cannot be judged at ${bad.id}: ${whole.reason}`;
  }
  if (whole.ok) {
    const problem = sought.predicate.problem?.(whole.observation) ?? null;
    if (problem !== null) throw new OptionArgumentError(`--predicate: ${problem}`);
  }
  const entries = whole.ok ? whole.observation.entries : entriesMin;
  const bounded: SoughtByName = { ...by, entriesMax: Math.max(entriesMin, 2 * entries) };
  const trace = titled(first.trace, {
    predicate: sought.predicate.text,
    bad: bad.id,
    good: good?.id ?? null,
    revision: headerRevision(bad),
    profile,
  });
  const unlike = good === null ? "" : ` unlike ${good.id}`;
  return {
    trace,
    judges: (jobs) => replayJudges(bounded, jobs),
    about: [printTrace(trace), bounded],
    predicate: `${sought.predicate.text}${unlike}`,
    hint: () =>
      evidenceIn(first.trace, soughtOf({ ...bounded, good: null })) === null
        ? `${bad.id} does not show it (${sought.predicate.text})`
        : `${good?.id ?? bad.id} shows it too (${sought.predicate.text})`,
  };
}

/** A revision as the header of a trace can name it: one of the catalogue's. */
function headerRevision({ id, base, series }: Revision): string | null {
  if (series === null) return base.id;
  if (!catalog.series.includes(series) || id.includes("+")) return null;
  return id === `${series.id}@${series.patches.length}` ? series.id : id;
}

/** A reduction that asks a command. */
function commandPlan(o: ReduceOptions, command: string): Plan {
  const exit = /^exit (\d{1,3})$/.exec(o.predicate ?? "exit 0");
  if (exit === null) {
    throw new OptionArgumentError(
      `--predicate ${o.predicate}: with --run, expected exit N (exit 0 without it)`,
    );
  }
  for (const [name, value] of Object.entries({ revision: o.revision, good: o.good })) {
    if (value !== null) throw new OptionArgumentError(`--${name}: not with --run`);
  }
  const timeoutMs = timeoutOf(o.timeout);
  const source = readTraceText(o.trace);
  const { trace } = choose({ path: source.path, revision: null, profile: o.profile });
  const says = `makes the command end with ${exit[1]}`;
  const title = { predicate: says, bad: null, good: null, revision: null, profile: null };
  const named = titled(trace, title);
  return {
    trace: named,
    judges: ({ hands }) => commandJudges(command, Number(exit[1]), timeoutMs, hands),
    about: [printTrace(named), command, exit[1]],
    predicate: says,
    hint: () => `the command does not end with ${exit[1]}`,
  };
}
