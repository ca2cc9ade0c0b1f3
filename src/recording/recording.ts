// A recording of any format: recognised from its content, read as batches of columns or as events.

import type { StreamEvent } from "../timeline/event-stream.ts";
import type { EventBatch } from "./batch.ts";
import { RecordingError } from "./error.ts";
import { EventTable, type Lack, type Loss, type ReadOptions } from "./event-table.ts";
import { readPerfetto } from "./perfetto/reader.ts";
import { MemorySource, type ByteSource } from "./source/byte-source.ts";
import { openSource, unwrapBytes } from "./source/open.ts";
import { readText } from "./text/reader.ts";
import { isTraceDat } from "./trace-dat/header.ts";
import { readTraceDat } from "./trace-dat/reader.ts";

export { RecordingError } from "./error.ts";

export type RecordingFormat = "text" | "trace.dat" | "perfetto";

/** What a reading found besides the events. */
export interface RecordingSummary {
  readonly format: RecordingFormat;
  readonly events: number;
  readonly clock: string | null;
  readonly cpus: number | null;
  /** Events per recorded name. */
  readonly perEvent: ReadonlyMap<string, number>;
  /** Events that no dialect knows, per recorded name: kept as they are. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Events that lack a field of their kind: kept as they are, and counted. */
  readonly incomplete: readonly Lack[];
  /** Places where events were lost; `lossCount` counts all of them. */
  readonly losses: readonly Loss[];
  readonly lossCount: number;
}

/** The format of unwrapped content, by its first bytes. Throws `RecordingError`. */
export function recogniseFormat(head: Uint8Array, file: string): RecordingFormat {
  if (isTraceDat(head)) return "trace.dat";
  const start = Buffer.from(head.subarray(0, 8)).toString("latin1");
  if (start === "PERFILE2" || start === "2ELIFREP") {
    throw new RecordingError(file, 0, "a perf.data file; read the output of `perf script`", "byte");
  }
  // A Perfetto trace is packets: field 1, a length, and a field of a packet.
  if (head[0] === 0x0a && !textual(head)) return "perfetto";
  if (head.length > 0 && !textual(head)) {
    throw new RecordingError(
      file,
      0,
      "not a recording: expected ftrace or perf script text, trace.dat or a Perfetto trace",
      "byte",
    );
  }
  return "text";
}

/** Texts hold no control bytes; one is enough to tell. */
function textual(head: Uint8Array): boolean {
  for (const c of head) if (c < 0x20 && c !== 0x0a && c !== 0x09 && c !== 0x0d) return false;
  return true;
}

const headBytes = 512;

/** One recording. It can be read again and again; each reading starts its own summary. */
export class Recording {
  readonly format: RecordingFormat;
  private table = new EventTable();

  constructor(
    private readonly source: ByteSource,
    readonly file: string,
  ) {
    const head = new Uint8Array(Math.min(headBytes, source.size));
    source.read(0, head);
    this.format = recogniseFormat(head, file);
  }

  /** The events as columns. A broken recording throws `RecordingError` after all it has. */
  batches(options: ReadOptions = {}): Generator<EventBatch> {
    this.table = new EventTable();
    const read =
      this.format === "text" ? readText : this.format === "trace.dat" ? readTraceDat : readPerfetto;
    return read(this.source, this.file, this.table, options);
  }

  /** The events one by one. They stay valid. */
  *events(options: Pick<ReadOptions, "onProgress"> = {}): Generator<StreamEvent> {
    for (const batch of this.batches({ ...options, reuse: false })) {
      for (let i = 0; i < batch.length; i++) yield batch.event(i);
    }
  }

  /** What the latest reading found so far. */
  summary(): RecordingSummary {
    const { types, clock, cpus, losses, lossCount, lacks } = this.table;
    const incomplete = [...lacks.values()];
    const perEvent = new Map<string, number>();
    const unknown = new Map<string, number>();
    for (const type of types) {
      perEvent.set(type.recorded, (perEvent.get(type.recorded) ?? 0) + type.count);
      if (type.kind < 0) unknown.set(type.recorded, (unknown.get(type.recorded) ?? 0) + type.count);
    }
    const events = types.reduce((n, type) => n + type.count, 0);
    const { format } = this;
    return { format, events, clock, cpus, perEvent, unknown, incomplete, losses, lossCount };
  }

  /** Where the latest reading found events without a field that they need, a line each. */
  incompleteLines(): string[] {
    return [...this.table.lacks.values()].map(({ event, field, at, count }) => {
      const place = this.format === "text" ? `${at}` : ` byte 0x${at.toString(16)}`;
      const more = count === 1 ? "" : ` (and ${count - 1} more)`;
      return `${this.file}:${place}: event ${event} lacks field ${field}${more}`;
    });
  }

  close(): void {
    this.source.close();
  }
}

/** Opens a recording, compressed or not. Throws `RecordingError`. */
export async function openRecording(path: string): Promise<Recording> {
  const source = await openSource(path);
  try {
    return new Recording(source, path);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** A recording in memory, compressed or not. Throws `RecordingError`. */
export function recordingOf(bytes: Uint8Array, file: string): Recording {
  return new Recording(new MemorySource(unwrapBytes(bytes, file)), file);
}
