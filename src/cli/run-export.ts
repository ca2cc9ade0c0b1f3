// Writes a timeline in the format of another tool: to a file, all or nothing, or to standard output.

import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { writeChrome } from "../export/chrome.ts";
import { writeCsv } from "../export/csv.ts";
import type { EventSource } from "../export/events.ts";
import { writeJsonl } from "../export/jsonl.ts";
import { writePerfetto } from "../export/perfetto.ts";
import { writeVcd } from "../export/vcd.ts";
import type { Write } from "../export/writer.ts";
import { nearest } from "../trace/suggest.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError, OptionArgumentError } from "./input-error.ts";
import { parseOperand } from "./operand.ts";
import { makeProgress } from "./progress.ts";
import { reasonOf } from "./read-text.ts";
import { openTimeline } from "./timeline-source.ts";

export interface ExportOptions {
  readonly input: string;
  readonly to: string;
  /** null for standard output. */
  readonly output: string | null;
  readonly revision: string | null;
  readonly profile: string | null;
}

export const formats: Readonly<Record<string, (source: EventSource, write: Write) => void>> = {
  perfetto: writePerfetto,
  chrome: writeChrome,
  vcd: writeVcd,
  csv: writeCsv,
  jsonl: writeJsonl,
};

/** Runs; 0 when all was written. */
export async function runExport(o: ExportOptions): Promise<number> {
  if (!Object.hasOwn(formats, o.to)) {
    const names = Object.keys(formats);
    const near = nearest(o.to, names);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new OptionArgumentError(`--to ${o.to}: expected one of ${names.join(", ")}${hint}`);
  }
  if (o.output === null && o.to === "perfetto" && process.stdout.isTTY) {
    throw new InputError("a Perfetto trace is no text for a terminal; name a file with -o FILE");
  }
  const progress = makeProgress();
  const timeline = await openTimeline(parseOperand(o.input, o), progress.update);
  try {
    if (o.output === null) toStdout(timeline.source, formats[o.to]);
    else toFile(o.output, timeline.source, formats[o.to]);
  } finally {
    progress.end();
    timeline.close();
  }
  for (const note of timeline.notes()) process.stderr.write(`note: ${note}\n`);
  return exitCode.agrees;
}

const bufferBytes = 1 << 18;

/** A file appears when it is whole. */
function toFile(
  path: string,
  source: EventSource,
  format: (source: EventSource, write: Write) => void,
): void {
  if (existsSync(path) && !statSync(path).isFile()) return toDevice(path, source, format);
  // The name only has to be unused; nothing of it reaches the content.
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  let fd: number;
  try {
    fd = openSync(temporary, "wx");
  } catch (error) {
    throw new InputError(`${path}: cannot be written: ${reasonOf(error)}`);
  }
  try {
    try {
      const out = new Buffered(fd);
      format(source, out.write);
      out.flush();
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new InputError(`${path}: cannot be written: ${reasonOf(error)}`);
  }
}

/** A pipe or a device is written to, never replaced. */
function toDevice(
  path: string,
  source: EventSource,
  format: (source: EventSource, write: Write) => void,
): void {
  let fd: number;
  try {
    fd = openSync(path, "w");
  } catch (error) {
    throw new InputError(`${path}: cannot be written: ${reasonOf(error)}`);
  }
  try {
    const out = new Buffered(fd);
    format(source, out.write);
    out.flush();
  } finally {
    closeSync(fd);
  }
}

function toStdout(source: EventSource, format: (source: EventSource, write: Write) => void): void {
  const out = new Buffered(1);
  try {
    format(source, out.write);
    out.flush();
  } catch (error) {
    // A reader that has seen enough.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

/** Writes in large pieces. */
class Buffered {
  private readonly buffer = Buffer.allocUnsafe(bufferBytes);
  private used = 0;

  constructor(private readonly fd: number) {}

  readonly write: Write = (part) => {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    if (this.used + bytes.length > bufferBytes) this.flush();
    if (bytes.length > bufferBytes) return writeAll(this.fd, bytes);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  };

  flush(): void {
    writeAll(this.fd, this.buffer.subarray(0, this.used));
    this.used = 0;
  }
}

/** A pipe that is full makes `writeSync` fail with EAGAIN: its reader needs a moment. */
function writeAll(fd: number, bytes: Uint8Array): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}
