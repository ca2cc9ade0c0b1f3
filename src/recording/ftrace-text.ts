// ftrace text as the kernel's `trace` file prints it: `comm-pid [cpu] flags time: event: fields`.
// Reads the events of the recordings under test/fixtures; fields are `key=value` pairs, with the
// handful of events that print prose in a row of their own.

import type { StreamEvent } from "../timeline/event-stream.ts";

/** A line that is not an ftrace event line where one was expected. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
  constructor(
    readonly file: string,
    readonly line: number,
    reason: string,
  ) {
    super(`${file}:${line}: ${reason}`);
  }
}

const linePattern =
  /^\s*(.{1,16}?)-(\d+)\s+\[(\d+)\]\s+(\S+)\s+(\d+)\.(\d{6,9}): ([A-Za-z0-9_]+): ?(.*)$/;

class TextEvent implements StreamEvent {
  readonly hardirq: boolean;
  readonly softirq: boolean;
  private fields: Map<string, string> | null = null;

  constructor(
    readonly index: number,
    readonly comm: string,
    readonly pid: number,
    readonly cpu: number,
    flags: string,
    readonly time: number,
    readonly name: string,
    readonly body: string,
  ) {
    const mode = flags[2];
    this.hardirq = mode === "h" || mode === "H" || mode === "Z" || mode === "z";
    this.softirq = mode === "s";
  }

  private get(field: string): string {
    const fields = (this.fields ??= parseFields(this.name, this.body));
    const value = fields.get(field);
    if (value === undefined)
      throw new RangeError(`${this.name} has no field ${field}: ${this.body}`);
    return value;
  }

  str(field: string): string {
    return this.get(field);
  }

  num(field: string): number {
    return Number(this.get(field));
  }
}

/** Decodes the events of an ftrace text, comments left out. Throws `RecordingError`. */
export function* ftraceTextEvents(text: string, file: string): Generator<StreamEvent> {
  let start = 0;
  let lineNumber = 0;
  let console = false;
  while (start < text.length) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end);
    start = end + 1;
    lineNumber++;
    if (line === "" || line.startsWith("#")) continue;
    const m = linePattern.exec(line);
    if (m === null) {
      // A kernel log line may go over several lines; its first one says enough.
      if (console) continue;
      throw new RecordingError(file, lineNumber, "not an ftrace event line");
    }
    console = m[7] === "console";
    const nanos = Number(m[6].padEnd(9, "0"));
    yield new TextEvent(
      lineNumber,
      m[1],
      Number(m[2]),
      Number(m[3]),
      m[4],
      Number(m[5]) * 1e9 + nanos,
      m[7],
      m[8],
    );
  }
}

function parseFields(name: string, body: string): Map<string, string> {
  const fields = new Map<string, string>();
  switch (name) {
    case "tracing_mark_write":
      return fields.set("text", body);
    case "console":
      return fields.set("text", body);
    case "irq_handler_entry": {
      const m = /^irq=(\d+) name=(.*)$/.exec(body);
      if (m !== null) fields.set("irq", m[1]).set("name", m[2]);
      return fields;
    }
    case "dev_state":
    case "clk_enable":
    case "clk_disable": {
      const [head, ...rest] = body.split(" ");
      fields.set(name === "dev_state" ? "state" : "clk", head);
      addPairs(fields, rest.join(" "));
      return fields;
    }
    case "drm_sched_job_done":
      addPairs(fields, body);
      return splitFence(fields);
    case "workqueue_execute_start":
    case "workqueue_execute_end": {
      const m = /^work=(\S+): function (\S+)/.exec(body);
      if (m !== null) fields.set("work", m[1]).set("function", m[2]);
      return fields;
    }
    case "cs_instr": {
      addPairs(fields, body);
      return fields.set("op", body.slice(body.lastIndexOf(" ") + 1));
    }
    default:
      addPairs(fields, body);
      return name.startsWith("drm_sched_") ? splitFence(fields) : fields;
  }
}

/** `key=value` pairs; a value goes on to the next ` key=` (it may hold spaces, as comm can). */
function addPairs(fields: Map<string, string>, body: string): void {
  const pattern = /([A-Za-z_][\w ]*?)[=:] ?([^\s,]*)(?:,? |,|$)/g;
  let m: RegExpExecArray | null;
  while ((m = pattern.exec(body)) !== null) fields.set(m[1].trim(), m[2]);
}

function splitFence(fields: Map<string, string>): Map<string, string> {
  const fence = fields.get("fence");
  if (fence !== undefined) {
    const [context, seqno] = fence.split(":");
    fields.set("context", context).set("seqno", seqno);
  }
  return fields;
}
