// Loads one side of a comparison: reads a golden, replays a trace, decodes a recording.

import { join } from "node:path";
import { goldenSide, recordingSide, replaySide, type Side } from "../diff/side.ts";
import { diffByGolden } from "../diff/promised.ts";
import { buildGolden, type RegisterNames } from "../golden/build.ts";
import { declaredRows } from "../golden/incidental.ts";
import { type Golden, goldenFormat } from "../golden/model.ts";
import { readGolden } from "../golden/store.ts";
import { openRecording } from "../recording/recording.ts";
import { makeRegisterNames } from "../replay/register-names.ts";
import { replay, type ReplayResult } from "../replay/replay.ts";
import { TraceRunError } from "../replay/user/env.ts";
import { recorderEvents } from "../timeline/event-stream.ts";
import type { Category } from "../timeline/kinds.ts";
import { recordEvents } from "../timeline/record-events.ts";
import { choose } from "./choose.ts";
import { InputError } from "./input-error.ts";
import type { Operand } from "./operand.ts";
import { makeProgress } from "./progress.ts";
import { recordingNotes } from "./recording-notes.ts";

/**
 * Loads what an operand names; `onNote` is told what a recording has that is no known event. Throws
 * `InputError` and the errors of goldens and recordings.
 */
export async function loadSide(
  operand: Operand,
  onNote: (text: string) => void = () => undefined,
): Promise<Side> {
  switch (operand.kind) {
    case "golden": {
      const golden = readGolden(operand.path);
      if (golden === null) throw new InputError(`${operand.path}: no such file`);
      return goldenSide(golden, operand.argument);
    }
    case "trace":
      return replayOperand(operand).side;
    case "recording":
      return loadRecording(operand, onNote);
  }
}

export interface ReplayedOperand {
  readonly side: Side;
  readonly result: ReplayResult;
}

/** Replays a trace operand. */
export function replayOperand({ path, revision, profile }: Operand): ReplayedOperand {
  const chosen = choose({ path, revision, profile });
  const result = runTrace(chosen, path);
  const header = {
    format: goldenFormat,
    trace: chosen.trace.name,
    traceDigest: "",
    revision: chosen.revision.id,
    profile: chosen.profileName,
    seed: chosen.trace.seed,
  };
  const { rec, from, to } = result;
  const built = buildGolden(rec, header, makeRegisterNames(), from, to);
  const title = `${path} at ${chosen.revision.id}, ${chosen.profileName}`;
  // Nothing is masked here, listings show it; comparisons go by what is declared.
  const declared = declaredRows(chosen.trace);
  const golden = declared.length === 0 ? built : { ...built, declared };
  return { side: replaySide(golden, rec, title, { from, to }), result };
}

function runTrace(chosen: ReturnType<typeof choose>, path: string): ReplayResult {
  try {
    return replay(chosen);
  } catch (error) {
    if (!(error instanceof TraceRunError)) throw error;
    throw new InputError(`${path}:${error.line}:1: BadTrace: ${error.detail}`);
  }
}

/** What comparisons look at; the rest of a recording is not kept. */
const compared: ReadonlySet<Category> = new Set([
  "register",
  "irq",
  "sched",
  "work",
  "timer",
  "fence",
  "job",
  "fw",
  "device",
  "user",
  "log",
] satisfies Category[]);

async function loadRecording({ path }: Operand, onNote: (text: string) => void): Promise<Side> {
  const recording = await openRecording(path);
  const progress = makeProgress();
  try {
    const onProgress = ({ bytes, total }: { bytes: number; total: number }): void =>
      progress.update(`${path} ${Math.floor((bytes / total) * 100)} %`);
    const timeline = recordEvents(recording.events({ onProgress }), compared);
    for (const note of recordingNotes(recording)) onNote(note);
    return recordingSide(timeline.rec, timeline, recordedNames(timeline.registers), path);
  } finally {
    progress.end();
    recording.close();
  }
}

/** Registers that are the model's have its names; others those of the recording. */
export function recordedNames(recorded: ReadonlyMap<number, string>): RegisterNames {
  const known = makeRegisterNames();
  const own = (offset: number): string | null => {
    const name = recorded.get(offset);
    if (name === undefined || name === "") return null;
    return known.name(offset).endsWith(`.${name}`) ? null : `MMIO.${name}`;
  };
  return {
    name: (offset) => own(offset) ?? known.name(offset),
    compared: (offset) => own(offset) !== null || known.compared(offset),
    decode: (offset, value) => (own(offset) === null ? known.decode(offset, value) : ""),
  };
}

/**
 * A replayed side with its causes told from its events, as those of recordings are: so that a replay
 * and a recording differ in what happened and not in how much is known about it.
 */
export function withInferredCauses(side: Side): Side {
  const { timeline, title } = side;
  if (side.kind !== "replay" || timeline === null) return side;
  const { rec } = recordEvents(recorderEvents(timeline.rec));
  const inferred = recordingSide(rec, timeline, makeRegisterNames(), title);
  return { ...inferred, kind: "replay", golden: declaredAs(inferred.golden, side.golden) };
}

/**
 * The side of a golden with the timeline of a replay of its trace, where that is there and still
 * gives the same golden; else the side as it is.
 */
export function withTimeline(side: Side, traces: string): Side {
  const { trace, revision, profile } = side.golden.header;
  if (side.kind !== "golden") return side;
  try {
    const path = join(traces, `${trace}.yaml`);
    const replayed = replayOperand({ argument: path, path, kind: "trace", revision, profile }).side;
    // What the golden was accepted with counts, not what the trace declares by now.
    const golden = declaredAs(replayed.golden, side.golden);
    const same = diffByGolden(side.golden, golden).first === null;
    return same ? { ...replayed, golden, title: side.title } : side;
  } catch {
    // The trace or the revision is not here any more: what the golden holds has to do.
    return side;
  }
}

/** A golden with what another says is not promised, and nothing else. */
function declaredAs(golden: Golden, { declared = [] }: Golden): Golden {
  return { ...golden, declared };
}
