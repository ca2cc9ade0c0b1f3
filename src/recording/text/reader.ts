// ftrace text and `perf script` text as events: lines out of chunks of bytes, so that memory stays
// flat. Lines that belong to no event (headers, lost-event markers, stacks, the further lines of a
// mark or a log message) are told apart; anything else ends the reading with its line number.

import { batchEventsMax, EventBatch } from "../batch.ts";
import { utf8 } from "../dialect/bytes.ts";
import { RecordingError } from "../error.ts";
import type { EventTable, ReadOptions } from "../event-table.ts";
import { Interner } from "../interner.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { BodyDecoder } from "./body.ts";
import { LineParser } from "./line.ts";

const chunkBytes = 1 << 20;
/** A longer line is no line of a recording. */
const lineBytesMax = 1 << 22;

const newline = 0x0a;

export function* readText(
  source: ByteSource,
  file: string,
  table: EventTable,
  options: ReadOptions = {},
): Generator<EventBatch> {
  const reader = new TextReader(file, table);
  let batch = new EventBatch(table.names, table.types);
  let buffer = Buffer.allocUnsafe(chunkBytes);
  let kept = 0;
  let position = 0;
  let failure: RecordingError | null = null;
  while (failure === null) {
    const room = buffer.subarray(kept);
    const got = source.read(position, room);
    position += got;
    const filled = kept + got;
    const last = got < room.length;
    let start = 0;
    while (start < filled) {
      let end = buffer.indexOf(newline, start);
      if (end < 0 || end >= filled) {
        if (!last) break;
        end = filled;
      }
      try {
        reader.line(buffer, start, end, batch);
      } catch (error) {
        if (!(error instanceof RecordingError)) throw error;
        failure = error;
        break;
      }
      start = end + 1;
      if (batch.length === batchEventsMax) {
        yield batch;
        batch = options.reuse === true ? batch.clear() : new EventBatch(table.names, table.types);
      }
    }
    options.onProgress?.({ bytes: Math.min(position, source.size), total: source.size });
    if (last) break;
    kept = filled - start;
    if (start === 0) {
      if (buffer.length >= lineBytesMax) {
        failure = new RecordingError(file, reader.lineNumber + 1, "a line longer than 4 MiB");
        break;
      }
      const grown = Buffer.allocUnsafe(buffer.length * 2);
      buffer.copy(grown, 0, 0, filled);
      buffer = grown;
    } else buffer.copyWithin(0, start, filled);
  }
  if (batch.length > 0) yield batch;
  if (failure !== null) throw failure;
}

class TextReader {
  lineNumber = 0;
  private readonly parser = new LineParser();
  private readonly body: BodyDecoder;
  /** Inside the markup of a systrace file, outside its trace. */
  private markup = false;
  private sawEvent = false;
  private continued = false;
  /** Names without a colon, and the events they stand for: two each, entering a call and leaving. */
  private readonly calls = new Interner();
  private readonly callIds: (number | undefined)[] = [];

  constructor(
    private readonly file: string,
    private readonly table: EventTable,
  ) {
    this.body = new BodyDecoder(table);
  }

  line(b: Buffer, start: number, end: number, batch: EventBatch): void {
    this.lineNumber++;
    if (end > start && b[end - 1] === 0x0d) end--;
    const first = b[start];
    if (start === end) return;
    if (first === 0x23) return this.comment(b, start, end);
    if (this.markup) {
      return;
    }
    const parser = this.parser;
    if (!parser.parse(b, start, end)) return this.other(b, start, end);
    const i = batch.length;
    const bodyStart = parser.bodyStart;
    // `perf script --show-task-events`: perf's own records, not events.
    if (parser.layout === "perf" && b[parser.nameStart] === 0x50) return;
    if (b[parser.nameEnd] !== 0x3a) this.unnamed(b, bodyStart, end, batch, i);
    else {
      let id = parser.nameId;
      if (id < 0) {
        const { nameStart, nameEnd } = parser;
        id = this.table.names.intern(b, nameStart, nameEnd);
        if (bodyStart === nameEnd + 1) parser.names.add(parser.view, nameStart, nameEnd, id);
      }
      this.body.decode(id, b, parser.view, bodyStart, end, batch, i, this.lineNumber);
    }
    batch.time[i] = parser.time;
    batch.index[i] = this.lineNumber;
    batch.cpu[i] = parser.cpu;
    batch.pid[i] = parser.pid;
    batch.flags[i] = parser.flags;
    if (parser.isRepeated) batch.comm[i] = parser.columns!.comm;
    else {
      const comm = this.table.names.intern(b, parser.commStart, parser.commEnd);
      batch.comm[i] = comm;
      if (parser.columns !== null) parser.columns.comm = comm;
    }
    batch.length = i + 1;
    this.sawEvent = true;
    this.continued = this.body.multiline;
  }

  /** Events that print no `name:`: system calls, functions, stacks. */
  private unnamed(b: Buffer, start: number, end: number, batch: EventBatch, i: number): void {
    const { nameStart, nameEnd, view } = this.parser;
    const isFunction = b[start + 1] === 0x3c;
    if (isFunction && b[nameStart] !== 0x3c) {
      const id = this.table.names.id("function");
      return this.body.decode(id, b, view, nameStart, end, batch, i, this.lineNumber);
    }
    const isEnter = b[nameEnd] === 0x28;
    const call = this.calls.intern(b, nameStart, nameEnd) * 2 + (isEnter ? 1 : 0);
    const known = this.callIds[call];
    if (known !== undefined && !isFunction) {
      return this.body.decode(known, b, view, start, end, batch, i, this.lineNumber);
    }
    const name = utf8(b, nameStart, nameEnd);
    let event = name;
    if (name === "<stack trace>") event = "kernel_stack";
    else if (isFunction) event = "function";
    else if (name.startsWith("sys_")) {
      event = (isEnter ? "sys_enter_" : "sys_exit_") + name.slice(4);
    }
    if (event === "function") start = nameStart;
    const id = this.table.names.id(event);
    this.body.decode(id, b, view, start, end, batch, i, this.lineNumber);
    if (event === "kernel_stack") this.body.multiline = true;
    else if (event !== "function") this.callIds[call] = id;
  }

  private comment(b: Buffer, start: number, end: number): void {
    const text = b.toString("latin1", start, Math.min(end, start + 200));
    this.markup = false;
    if (text.startsWith("# tracer: ")) {
      const tracer = text.slice(10).trim();
      if (tracer === "function_graph") {
        this.fail("a call graph (tracer function_graph) is not a list of events");
      }
    }
    const cpus = /#P:(\d+)/.exec(text);
    if (cpus !== null) this.table.cpus = Number(cpus[1]);
    const lost = /^##### CPU (\d+) buffer started/.exec(text);
    if (lost !== null) return;
  }

  /** A line that is no event. */
  private other(b: Buffer, start: number, end: number): void {
    const text = b.toString("utf8", start, Math.min(end, start + 300));
    // trace_pipe: `CPU:0 [LOST 12 EVENTS]`; trace-cmd: `CPU:1 [12 EVENTS DROPPED]`.
    const lost = /^(?:\S+:)?\s*CPU:\s?(\d+) \[(?:LOST )?(\d+ )?EVENTS(?: DROPPED)?\]$/.exec(text);
    if (lost !== null) {
      const events = lost[2] === undefined ? null : Number(lost[2]);
      return this.table.lost(Number(lost[1]), events, this.lineNumber);
    }
    if (/^(cpus=|version = |CPU \d+ is empty|trace file|\s*$)/.test(text)) {
      const cpus = /^cpus=(\d+)/.exec(text);
      if (cpus !== null) this.table.cpus = Number(cpus[1]);
      return;
    }
    if (text.startsWith("</") || text.startsWith("<!") || /^\s*<\/?[a-z]+[ >]/i.test(text)) {
      this.markup = true;
      return;
    }
    // Stacks: `=> name`, ` => name (address)`, and perf's tab-indented frames.
    if (/^\s*=> /.test(text) || (this.sawEvent && /^\t\s*[0-9a-f]+ /.test(text))) return;
    if (/\bPERF_RECORD_\w+|: UNKNOWN TYPE \d+$/.test(text)) return;
    if (this.continued) return;
    this.fail("not an ftrace event line");
  }

  private fail(reason: string): never {
    throw new RecordingError(this.file, this.lineNumber, reason);
  }
}
