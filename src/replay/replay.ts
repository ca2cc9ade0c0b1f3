// A replay: a trace executed by a driver revision on a profile's machine, into a timeline.

import { knownMatcher } from "../check/known.ts";
import { allChecks, Checks } from "../check/checks.ts";
import type { CheckSpec, Finding } from "../check/check.ts";
import type { Profile } from "../device/profile/types.ts";
import { deadlockReport, hungTasks } from "../machine/report/deadlock.ts";
import type { Revision } from "../revision/revision.ts";
import { Recorder } from "../timeline/recorder.ts";
import type { Trace, TraceEvent } from "../trace/trace.ts";
import { endOfRunChecks } from "./end-checks.ts";
import { makeSystem, type System, type SystemConfig } from "./system.ts";
import { TunableProfile } from "./tunable-profile.ts";
import type { Unmet } from "./user/env.ts";
import type { EventLog } from "./user/event-log.ts";
import { UserRun } from "./user/run.ts";

export interface ReplaySpec {
  readonly trace: Trace;
  readonly revision: Revision;
  readonly profile: Profile;
  /** Instead of the trace's. */
  readonly cpus?: number;
  readonly hz?: number;
  readonly seed?: number;
  readonly recorder?: Recorder;
  /** Invariants to look after; all of them when not given. */
  readonly checks?: readonly CheckSpec[];
  /** Virtual time at the start, instead of the trace's. */
  readonly startNs?: number;
  /** When the timeline begins (recordings say when theirs did), ns since boot. */
  readonly recordAtNs?: number;
  /** Told of each event of the trace when it begins. */
  readonly onEvent?: (event: TraceEvent) => void;
  /** Builds the system, where one of its services is another (system-layers.ts). */
  readonly system?: (config: SystemConfig) => System;
}

/** Why a replay ended. */
export type ReplayEnd =
  | { readonly kind: "finished" }
  /** Nothing was runnable, or a task hung: the wait-for graph as text. */
  | { readonly kind: "deadlock"; readonly report: readonly string[] }
  /** A budget of the trace was used up. */
  | { readonly kind: "budget"; readonly detail: string };

export interface ReplayResult {
  readonly rec: Recorder;
  /** Timeline entries that the trace is about: [from, to). */
  readonly from: number;
  readonly to: number;
  readonly end: ReplayEnd;
  /** Expectations of the trace that were not met. */
  readonly unmet: readonly Unmet[];
  /** Which event of the trace is behind an entry, and the fences of its sync objects. */
  readonly log: EventLog;
  /** Invariants that did not hold, less those that the trace says are known. */
  readonly findings: readonly Finding[];
  /** Virtual time at the end, ns since boot. */
  readonly endNs: number;
  /** How often each lock class was taken in the whole replay; empty without lockdep. */
  readonly locks: Readonly<Record<string, number>>;
}

/** When a replay begins: the recorded kernel of another release boots in a time of its own. */
export const startOf = ({ revision, trace }: Pick<ReplaySpec, "revision" | "trace">): number =>
  revision.base.kernel?.startNs ?? trace.start;

/** How much virtual time passes between looks at budgets and hung tasks. */
const sliceNs = 1e9;

/**
 * Executes a trace. Throws `Defect` for what the model does not cover and `TraceRunError` for a
 * trace that asks for the impossible.
 */
export function replay(spec: ReplaySpec): ReplayResult {
  const { trace, revision } = spec;
  const tunable = new TunableProfile(spec.profile, trace.options.csg_slots);
  const { profile } = tunable;
  const rec = spec.recorder ?? new Recorder();
  const checks = new Checks(rec, spec.checks ?? allChecks, trace.known_findings);
  const { linux, gpu, syscalls } = (spec.system ?? makeSystem)({
    profile,
    revision,
    cpus: spec.cpus ?? trace.cpus,
    hz: spec.hz ?? trace.hz,
    seed: spec.seed ?? trace.seed,
    startNs: spec.startNs ?? startOf(spec),
    recorder: rec,
    threadirqs: trace.options.threadirqs,
    lockdep: trace.options.lockdep,
    dmaCoherent: trace.options.coherent,
    swapPages: Math.floor(trace.options.swap / 4096),
    hugePages: trace.options.huge_pages,
    contiguous: trace.options.contiguous,
  });
  const { m } = linux;
  const { shaderPresent, tilerPresent } = profile.shape;
  const env = {
    linux,
    kernel: syscalls,
    device: {
      inject: gpu.inject.bind(gpu),
      setLatency: (name: string, ns: number) => tunable.set(linux, name, ns),
      annotate: gpu.annotate.bind(gpu),
      cores: { shader: shaderPresent, tiler: tilerPresent },
    },
  };
  const run = new UserRun(env, trace, () => m.stop(), spec.recordAtNs, spec.onEvent);
  run.start();

  const deadline = m.now + trace.budgets.time;
  let end: ReplayEnd = { kind: "finished" };
  while (!run.finished) {
    const result = m.run(Math.min(m.now + sliceNs, deadline));
    if (run.finished) break;
    const hung = result === "nothing-left" ? [] : hungTasks(m);
    if (result === "nothing-left" || hung.length > 0) {
      end = { kind: "deadlock", report: deadlockReport(m, run.tasks)?.text.split("\n") ?? hung };
      break;
    }
    if (m.now >= deadline) {
      end = { kind: "budget", detail: `virtual time of ${trace.budgets.time / 1e9} s is used up` };
      break;
    }
    if (rec.length > trace.budgets.entries) {
      end = { kind: "budget", detail: `${trace.budgets.entries} timeline entries are used up` };
      break;
    }
  }
  const { from, to } = run.recorded;
  const last = Math.min(to, rec.length);
  const endNs = m.now;
  // A program that the kernel kills in the middle of a call does not get to its end.
  if (end.kind === "deadlock" && isKnownDeadlock(end.report, trace)) end = { kind: "finished" };
  else if (end.kind === "finished" && endOfRunChecks(linux, syscalls, run)) checks.finish();
  const { findings } = checks;
  const locks = linux.lockdep?.acquisitions() ?? {};
  return { rec, from, to: last, end, unmet: run.unmet, log: run.log, findings, endNs, locks };
}

/** Whether `known_findings` name each task of a deadlock's report, and its cycle if it has one. */
function isKnownDeadlock([, ...tasks]: readonly string[], trace: Trace): boolean {
  const isKnown = knownMatcher(trace.known_findings);
  return tasks.length > 0 && tasks.every((line) => isKnown("deadlock", line.trim()));
}
