// Replays a recording from itself: its stimuli as a trace, performed in the model, and the model's
// timeline compared with the recording's.

import * as Either from "effect/Either";
import * as Effect from "effect/Effect";
import { type Agreement, compare, comparePromised } from "../conformance/compare.ts";
import { aspects, type Observation, project } from "../conformance/project.ts";
import { projectPromised } from "../conformance/promised.ts";
import { firstDifference, percent } from "../conformance/report.ts";
import { type DeviceLatencies, type Profile, profiles } from "../device/profile/index.ts";
import type { Recording } from "../recording/recording.ts";
import { replay, type ReplayResult } from "../replay/replay.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision, type Revision } from "../revision/revision.ts";
import { noteLines } from "../stimuli/notes.ts";
import { readStimuli, type Stimuli } from "../stimuli/script.ts";
import { formatSeconds } from "../timeline/describe.ts";
import { recorderEvents } from "../timeline/event-stream.ts";
import { timedTrace, type TimedTrace } from "./fit-start.ts";
import { OptionArgumentError } from "./input-error.ts";

export interface RecordingReplay {
  readonly stimuli: Stimuli;
  readonly timed: TimedTrace;
  readonly result: ReplayResult;
  readonly agreement: Agreement;
  /** Which order was compared: all of it, or what no race can change. */
  readonly order: "all" | "promised";
  /** Events that lack a field, a line each. */
  readonly incomplete: readonly string[];
  /** Where fences are furthest from their times in the recording; null where that is not known. */
  readonly fenceTimes: Furthest | null;
}

export interface Furthest {
  /** Later in the replay if positive. */
  readonly ns: number;
  readonly at: Observation;
}

const linesShown = 10;

/** Latencies of a profile by their names in the trace format. */
export function usualLatencies(profile: Profile): ReadonlyMap<string, number> {
  const out = new Map<string, number>();
  const latencies: DeviceLatencies = profile.latencies;
  for (const [name, ns] of Object.entries(latencies)) {
    out.set(
      name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
      ns as number,
    );
  }
  out.set("mmio_read", profile.costs.mmioRead);
  out.set("mmio_write", profile.costs.mmioWrite);
  return out;
}

/** Finds a revision by name. Throws `OptionArgumentError`. */
export function revisionNamed(name: string): Revision {
  const revision = Effect.runSync(Effect.either(parseRevision(name, catalog)));
  if (Either.isRight(revision)) return revision.right;
  const { problem, suggestion } = revision.left;
  const hint = suggestion === null ? "" : `; did you mean ${suggestion}?`;
  throw new OptionArgumentError(`--revision ${name}: ${problem}${hint}`);
}

/** Replays a recording and compares. Throws `RecordingError` and `InputError`. */
export function replayRecording(
  recording: Recording,
  name: string,
  revision: Revision,
  readings = readStimuli(recording, usualLatencies(profiles["zero-cost"]), name),
): RecordingReplay {
  let best: RecordingReplay | null = null;
  for (const stimuli of readings) {
    const reading = replayReading(recording, stimuli, revision);
    if (best === null || differences(reading.agreement) < differences(best.agreement)) {
      best = reading;
    }
    if (differences(best.agreement) === 0) break;
  }
  return best!;
}

function replayReading(
  recording: Recording,
  stimuli: Stimuli,
  revision: Revision,
): RecordingReplay {
  const timed = timedTrace(stimuli, `${recording.file} (as a trace)`, revision);
  const { trace } = timed;
  const result = replay({ trace, revision, profile: profiles[trace.profile] });
  const replayed = recorderEvents(result.rec, result.from, result.to);
  const found = { stimuli, timed, result, incomplete: recording.incompleteLines() };
  if (!stimuli.virtualClock) {
    const [a, b] = [projectPromised(recording.events()), projectPromised(replayed)];
    return { ...found, agreement: comparePromised(a, b), order: "promised", fenceTimes: null };
  }
  const [a, b] = [project(recording.events()), project(replayed)];
  const fenceTimes = furthestApart(a.fences, b.fences);
  return { ...found, agreement: compare(a, b), order: "all", fenceTimes };
}

/** How far apart the times of the same entries are, at most; null where the entries differ. */
function furthestApart(a: readonly Observation[], b: readonly Observation[]): Furthest | null {
  if (a.length === 0 || a.length !== b.length) return null;
  let furthest: Furthest = { ns: 0, at: a[0] };
  for (let i = 0; i < a.length; i++) {
    if (a[i].key !== b[i].key) return null;
    const ns = b[i].time - b[0].time - (a[i].time - a[0].time);
    if (Math.abs(ns) > Math.abs(furthest.ns)) furthest = { ns, at: a[i] };
  }
  return furthest;
}

/** Entries of all aspects that do not agree. */
export function differences(agreement: Agreement): number {
  return aspects.reduce((n, a) => {
    const { matched, total } = agreement.aspects[a];
    return n + total - matched;
  }, 0);
}

function timesText({ ns, at }: Furthest): string {
  if (ns === 0) return "all equal";
  const us = (Math.abs(ns) / 1e3).toFixed(3);
  return `within ${us} us; furthest: ${at.key} is ${us} us ${ns > 0 ? "late" : "early"}`;
}

/** What the program got from a call and did not get in the recording. */
export function unmetLines({ result }: RecordingReplay): string[] {
  const lines = result.unmet.map(
    (u) => `${u.event} at ${formatSeconds(u.time)}: ${u.what} is ${u.got}, recorded ${u.expected}`,
  );
  if (result.end.kind === "deadlock") lines.push("nothing can run any more", ...result.end.report);
  if (result.end.kind === "budget") lines.push(result.end.detail);
  return lines;
}

/** The report of a replayed recording. */
export function recordingReport(r: RecordingReplay): string[] {
  const { stimuli, agreement } = r;
  const { facts } = stimuli;
  const incomplete = r.incomplete.slice(0, linesShown);
  const tasks = [...facts.tasks.values()].filter((t) => t.calls.length > 0).length;
  const lines = [
    `  recorded   ${facts.events} events, ${stimuli.cpus} CPU${stimuli.cpus === 1 ? "" : "s"}, ` +
      `HZ ${stimuli.hz}, ${stimuli.virtualClock ? "virtual" : "real"} clock`,
    `  stimuli    ${stimuli.calls} calls of ${tasks} task${tasks === 1 ? "" : "s"}, ` +
      `${stimuli.latencies.length} device latencies unlike the profile's`,
    ...noteLines(stimuli.notes).map((l) => `  ${l}`),
    ...incomplete.map((l) => `  ${l}`),
    "",
    `agreement of the model with the recording${r.order === "promised" ? ", promised order" : ""}`,
  ];
  for (const aspect of aspects) {
    const { matched, total } = agreement.aspects[aspect];
    const share = total === 0 ? "none" : `${percent(matched, total)} of ${total}`;
    lines.push(`  ${aspect.padEnd(14)} ${share}`);
  }
  if (r.fenceTimes !== null) lines.push(`  fence times    ${timesText(r.fenceTimes)}`);
  const unmet = unmetLines(r);
  if (unmet.length > 0) {
    lines.push("", `calls that end otherwise: ${r.result.unmet.length}`);
    lines.push(...unmet.slice(0, linesShown).map((l) => `  ${l}`));
  }
  const first = firstDifference(agreement);
  if (first === null) return lines;
  const at = (o: { time: number; key: string } | null): string =>
    o === null ? "nothing" : `${o.key} at ${formatSeconds(o.time)}`;
  lines.push(
    "",
    `first difference, in ${first.aspect}, after ${first.after} that agree`,
    `  recorded: ${at(first.recorded)}`,
    `  replayed: ${at(first.replayed)}`,
  );
  return lines;
}
