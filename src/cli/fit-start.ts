// The trace of a recording, timed: its preparation is made to end exactly when the recording began,
// because the phase of jiffies and of the clock's grain against the program is part of it.

import * as Effect from "effect/Effect";
import { profiles } from "../device/profile/index.ts";
import { replay } from "../replay/replay.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision, type Revision } from "../revision/revision.ts";
import type { Stimuli } from "../stimuli/script.ts";
import type { Trace } from "../trace/trace.ts";
import { readTrace } from "./choose.ts";
import { isInputError } from "./input-error.ts";

/** What a recording shows makes no trace that can be performed: nothing to judge it by. */
export class NotPerformable extends Error {
  override readonly name = "NotPerformable";
}

/** What a preparation takes about: the sleep until the device is suspended. */
const usualNs = 201_000_000;
/** Room for the last microseconds, which a computation draws out. */
const roomNs = 16_000;
const triesMax = 4;

export interface TimedTrace {
  readonly text: string;
  readonly trace: Trace;
  /** The timeline begins when the recording did. */
  readonly aligned: boolean;
}

/** Writes a trace script at the time of its recording. `path` is what problems name. */
export function timedTrace(stimuli: Stimuli, path: string, revision?: Revision): TimedTrace {
  const began = stimuli.facts.firstNs;
  const driver = revision ?? Effect.runSync(parseRevision("linux-7.3", catalog));
  const written = (startNs: number, drawnOutNs: number): { text: string; trace: Trace } => {
    const text = stimuli.script({ startNs, drawnOutNs });
    try {
      return { text, trace: readTrace(text, path) };
    } catch (error) {
      throw isInputError(error) ? new NotPerformable(error.message) : error;
    }
  };
  let startNs = Math.max(0, began);
  let { text, trace } = written(startNs, 0);
  if (trace.setup.length === 0) return { text, trace, aligned: true };
  startNs = began - usualNs;
  for (let n = 0; n < triesMax && startNs >= 0; n++) {
    ({ text, trace } = written(startNs, 0));
    const prepared = replay({
      trace: { ...trace, events: [] },
      revision: driver,
      profile: profiles[trace.profile],
    });
    const left = began - prepared.endNs;
    if (left === 0) return { text, trace, aligned: true };
    if (left > 0 && left < 2 * roomNs) return { ...written(startNs, left), aligned: true };
    startNs += left - roomNs;
  }
  return { ...written(1_000_000_000, 0), aligned: false };
}
