// Judges one recording: replays the trace of its scenario as the recording was made, and measures
// agreement.

import { readFileSync } from "node:fs";
import * as Either from "effect/Either";
import * as Effect from "effect/Effect";
import { compare, comparePromised } from "../conformance/compare.ts";
import { compareConcerned, projectConcerned } from "../conformance/concerned.ts";
import { explainOrder } from "../conformance/explanations-concerned.ts";
import { compareOrder, projectOrder } from "../conformance/order.ts";
import { compareUserSubmission, projectUserSubmission } from "../conformance/user-submission.ts";
import { isOfUserSubmission } from "../revision/user-submission/recorded.ts";
import { explainPromised } from "../conformance/explanations-promised.ts";
import { project } from "../conformance/project.ts";
import { projectPromised } from "../conformance/promised.ts";
import { type RecordingEntry, readRecording } from "../conformance/recording-set.ts";
import type { ConcernedAgreement, ScenarioResult } from "../conformance/report.ts";
import {
  type DeviceLatencies,
  hostClock,
  type Profile,
  withCosts,
  withLatencies,
  zeroCost,
} from "../device/profile/index.ts";
import { ftraceTextEvents } from "../recording/ftrace-text.ts";
import { replay, type ReplayResult, type ReplaySpec, startOf } from "../replay/replay.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision } from "../revision/revision.ts";
import { recorderEvents, type StreamEvent } from "../timeline/event-stream.ts";
import { parseTrace } from "../trace/parse.ts";

export interface JudgeRequest {
  readonly recording: RecordingEntry;
  /** Path of the trace of its scenario, null when there is none. */
  readonly trace: string | null;
  readonly revision: string;
}

/** Judges a recording. Never throws: an error is part of the result. */
export function judgeRecording({ recording, trace, revision }: JudgeRequest): ScenarioResult {
  const { flavour, kernel, state } = recording;
  const scenario = state === "" ? recording.scenario : `${state}/${recording.scenario}`;
  // Only the 7.3 driver is ported as a whole.
  const old = kernel.startsWith("6.");
  const order: ScenarioResult["order"] = old
    ? "concerned"
    : flavour.repeatable
      ? "all"
      : "promised";
  const result = { scenario, flavour: flavour.name, order, agreement: null, explanation: null };
  if (trace === null) return { ...result, error: "no trace of this scenario" };
  try {
    const parsed = parseTrace(readFileSync(trace, "utf8"), trace);
    if (Either.isLeft(parsed)) return { ...result, error: parsed.left.message };
    const rev = Effect.runSync(parseRevision(revision, catalog));
    const { rec, from, to } = replayAsRecorded({
      trace: parsed.right,
      revision: rev,
      profile: profileOf(recording),
      cpus: flavour.cpus,
      hz: flavour.hz,
      recordAtNs: recording.firstNs,
    });
    const recorded = ftraceTextEvents(readRecording(recording.path), recording.path);
    const replayed = recorderEvents(rec, from, to);
    if (old) {
      const concerned = compareOld([...recorded], [...replayed], isOfUserSubmission(revision));
      const explanation = explainOrder(recording.folder, concerned.aspects);
      return { ...result, concerned, explanation, error: null };
    }
    const agreement = flavour.repeatable
      ? compare(project(recorded), project(replayed))
      : comparePromised(projectPromised(recorded), projectPromised(replayed));
    const explanation = flavour.repeatable ? null : explainPromised(recording, agreement);
    return { ...result, agreement, explanation, error: null };
  } catch (error) {
    return { ...result, error: (error as Error).message };
  }
}

/** What a series concerns, strand by strand, and the order across contexts. */
function compareOld(
  recorded: readonly StreamEvent[],
  replayed: readonly StreamEvent[],
  userSubmission: boolean,
): ConcernedAgreement {
  const there = projectConcerned(recorded);
  const concerned = userSubmission
    ? compareUserSubmission(projectUserSubmission(recorded), projectUserSubmission(replayed))
    : compareConcerned(there, projectConcerned(replayed, there.endNs));
  const order = compareOrder(projectOrder(recorded), projectOrder(replayed, there.endNs));
  return {
    aspects: { ...concerned.aspects, ...order.aspects },
    first: { ...concerned.first, ...order.first },
    outOfScope: concerned.outOfScope,
    leftOut: order.leftOut,
  };
}

/**
 * Replays so that the timeline begins when the recording's did: the phase of ticks and of the
 * clock's grain against the program is part of how a recording was made.
 */
export function replayAsRecorded(spec: ReplaySpec): ReplayResult {
  const first = replay(spec);
  const { recordAtNs = -1 } = spec;
  if (recordAtNs < 0 || first.from >= first.rec.length) return first;
  const late = first.rec.time(first.from) - recordAtNs;
  // The model's preparation took longer than the recording's: start it earlier.
  return late > 0 ? replay({ ...spec, startNs: startOf(spec) - late }) : first;
}

/**
 * zero-cost with the latencies and register costs of the recording's flavour; where the host's
 * clock ran, with the costs of that machine. Under its virtual clock User-Mode Linux makes a system
 * call that fails take 1 us and gives way behind it (arch/um/kernel/skas/syscall.c). The MMU of the
 * recordings' device has no TLB.
 */
export function profileOf({ flavour, kernel, knobs }: RecordingEntry): Profile {
  const latencies: Record<string, number> = {};
  for (const [name, ns] of Object.entries(flavour.latenciesNs)) latencies[camelCase(name)] = ns;
  for (const [knob, name] of Object.entries(latencyKnobs)) {
    const value = new RegExp(`\\b${knob}:(\\d+)`).exec(knobs)?.[1];
    if (value !== undefined) latencies[name] = Number(value);
  }
  const { mmioReadCost = 0, mmioWriteCost = 0, lockReleaseToStream, ...device } = latencies;
  // A device that tells when a stream stalls on a lock and goes on.
  if (lockReleaseToStream !== undefined) {
    device.lockRetry = 0;
    device.lockRelease = lockReleaseToStream;
  }
  if (!flavour.repeatable) return withLatencies(hostClock, device as Partial<DeviceLatencies>);
  const profile = withCosts(withLatencies(zeroCost, device as Partial<DeviceLatencies>), {
    mmioRead: mmioReadCost,
    mmioWrite: mmioWriteCost,
    // The traces that were made for 7.3 have a pause behind such a call.
    failedSyscall: kernel.startsWith("6.") ? 1_000 : 0,
  });
  return { ...profile, shape: { ...profile.shape, tlb: false } };
}

/** Knobs of a recording that are latencies of its device. */
const latencyKnobs = { reset_ns: "softReset", pwr_ns: "l2Power", flush_ns: "cacheFlush" } as const;

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());
}
