// ftrace text already in memory, as events. `openRecording` (recording.ts) reads any format.

import type { StreamEvent } from "../timeline/event-stream.ts";
import { EventTable } from "./event-table.ts";
import { MemorySource } from "./source/byte-source.ts";
import { readText } from "./text/reader.ts";

export { RecordingError } from "./error.ts";

/** Decodes the events of an ftrace text, comments left out. Throws `RecordingError`. */
export function* ftraceTextEvents(text: string, file: string): Generator<StreamEvent> {
  for (const batch of readText(new MemorySource(Buffer.from(text)), file, new EventTable())) {
    for (let i = 0; i < batch.length; i++) yield batch.event(i);
  }
}
