// The timeline of a golden, a trace or a recording as a stream of events, for listings and exports.
// A recording is read as it is asked for, and never held whole.

import { type EventSource, goldenSource, recordingSource, replaySource } from "../export/events.ts";
import { readGolden } from "../golden/store.ts";
import { openRecording, type Recording } from "../recording/recording.ts";
import { makeRegisterNames } from "../replay/register-names.ts";
import type { StreamEvent } from "../timeline/event-stream.ts";
import { InputError } from "./input-error.ts";
import type { Operand } from "./operand.ts";
import { recordingNotes } from "./recording-notes.ts";
import { replayOperand } from "./side.ts";

export interface OpenTimeline {
  readonly source: EventSource;
  /** What a reading of a recording found besides events that it knows. */
  notes(): readonly string[];
  close(): void;
}

/** Opens what an operand names. Throws `InputError` and the errors of goldens and recordings. */
export async function openTimeline(
  operand: Operand,
  onProgress: (text: string) => void = () => undefined,
): Promise<OpenTimeline> {
  const { path, argument } = operand;
  const registers = makeRegisterNames();
  const nothing = { notes: () => [], close: () => undefined };
  switch (operand.kind) {
    case "golden": {
      const golden = readGolden(path);
      if (golden === null) throw new InputError(`${path}: no such file`);
      return { source: goldenSource(golden, registers, argument), ...nothing };
    }
    case "trace": {
      const { side, result } = replayOperand(operand);
      return { source: replaySource(result.rec, result, registers, side.title), ...nothing };
    }
    case "recording": {
      const recording = await openRecording(path);
      const report = ({ bytes, total }: { bytes: number; total: number }): void =>
        onProgress(`${path} ${Math.floor((bytes / total) * 100)} %`);
      const read = (): Iterable<StreamEvent> => streamed(recording, report);
      return {
        source: recordingSource(read, registers, path),
        notes: () => recordingNotes(recording),
        close: () => recording.close(),
      };
    }
  }
}

/** Events of a recording; each is valid until the next batch is read. */
function* streamed(
  recording: Recording,
  onProgress: (p: { bytes: number; total: number }) => void,
): Generator<StreamEvent> {
  for (const batch of recording.batches({ reuse: true, onProgress })) {
    for (let i = 0; i < batch.length; i++) yield batch.event(i);
  }
}
