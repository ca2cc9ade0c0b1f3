// Replays a recording from itself: its stimuli as a trace, performed in the model, and the model's
// timeline compared with the recording's.

import * as Either from "effect/Either";
import * as Effect from "effect/Effect";
import { type Agreement, compare, comparePromised } from "../conformance/compare.ts";
import { aspects, project } from "../conformance/project.ts";
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
}

const unmetShown = 10;

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
  const agreement = stimuli.virtualClock
    ? compare(project(recording.events()), project(replayed))
    : comparePromised(projectPromised(recording.events()), projectPromised(replayed));
  const order = stimuli.virtualClock ? "all" : "promised";
  return { stimuli, timed, result, agreement, order };
}

/** Entries of all aspects that do not agree. */
export function differences(agreement: Agreement): number {
  return aspects.reduce((n, a) => {
    const { matched, total } = agreement.aspects[a];
    return n + total - matched;
  }, 0);
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
  const tasks = [...facts.tasks.values()].filter((t) => t.calls.length > 0).length;
  const lines = [
    `  recorded   ${facts.events} events, ${stimuli.cpus} CPU${stimuli.cpus === 1 ? "" : "s"}, ` +
      `HZ ${stimuli.hz}, ${stimuli.virtualClock ? "virtual" : "real"} clock`,
    `  stimuli    ${stimuli.calls} calls of ${tasks} task${tasks === 1 ? "" : "s"}, ` +
      `${stimuli.latencies.length} device latencies unlike the profile's`,
    ...noteLines(stimuli.notes).map((l) => `  ${l}`),
    "",
    `agreement of the model with the recording${r.order === "promised" ? ", promised order" : ""}`,
  ];
  for (const aspect of aspects) {
    const { matched, total } = agreement.aspects[aspect];
    const share = total === 0 ? "none" : `${percent(matched, total)} of ${total}`;
    lines.push(`  ${aspect.padEnd(14)} ${share}`);
  }
  const unmet = unmetLines(r);
  if (unmet.length > 0) {
    lines.push("", `calls that end otherwise: ${r.result.unmet.length}`);
    lines.push(...unmet.slice(0, unmetShown).map((l) => `  ${l}`));
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
