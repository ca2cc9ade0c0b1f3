// Writes a recording as a trace script, all or nothing, and says what it could not recover.

import { randomUUID } from "node:crypto";
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { profiles } from "../device/profile/index.ts";
import { openRecording, type Recording } from "../recording/recording.ts";
import { noteLines } from "../stimuli/notes.ts";
import { readStimuli, type Stimuli } from "../stimuli/script.ts";
import type { Revision } from "../revision/revision.ts";
import { TraceRunError } from "../replay/user/env.ts";
import { exitCode } from "./exit-codes.ts";
import { NotPerformable, timedTrace, type TimedTrace } from "./fit-start.ts";
import { InputError } from "./input-error.ts";
import { reasonOf } from "./read-text.ts";
import { isRecording } from "./recognise.ts";
import { recordingName } from "./recording-name.ts";
import { replayRecording, revisionNamed, usualLatencies } from "./replay-recording.ts";

export interface ImportOptions {
  readonly recording: string;
  /** null for standard output. */
  readonly output: string | null;
  readonly force: boolean;
  readonly revision: string | null;
}

/** Writes the trace; 0, or 125 where the recording holds nothing to replay. */
export async function runImport(o: ImportOptions): Promise<number> {
  const { output } = o;
  if (output !== null) refuse(output, o.force);
  if (!isRecording(o.recording)) throw notRecording(o.recording);
  const revision = revisionNamed(o.revision ?? "linux-7.3");
  const recording = await openRecording(o.recording);
  try {
    const name = output === null ? recordingName(o.recording) : traceName(output);
    const { stimuli, timed } = bestReading(recording, name, revision);
    if (stimuli.calls === 0) {
      process.stderr.write(
        `${o.recording}: cannot be imported: it holds no calls of programs; ` +
          "record them with scripts/record (docs/recordings.md)\n",
      );
      return exitCode.cannotJudge;
    }
    for (const line of noteLines(stimuli.notes)) process.stderr.write(`note: ${line}\n`);
    for (const line of recording.incompleteLines()) process.stderr.write(`${line}\n`);
    if (!timed.aligned) {
      process.stderr.write("note: the trace begins at another phase of the kernel's tick\n");
    }
    if (output === null) process.stdout.write(timed.text);
    else {
      write(output, timed.text);
      process.stderr.write(`${output}: ${stimuli.calls} calls\n`);
    }
    return exitCode.agrees;
  } catch (error) {
    if (!(error instanceof TraceRunError || error instanceof NotPerformable)) throw error;
    process.stderr.write(
      `${o.recording}: cannot be imported: its calls cannot be performed: ${error.message}\n`,
    );
    return exitCode.cannotJudge;
  } finally {
    recording.close();
  }
}

/** Where a recording can be read in several ways, the one whose replay agrees best. */
function bestReading(
  recording: Recording,
  name: string,
  revision: Revision,
): { readonly stimuli: Stimuli; readonly timed: TimedTrace } {
  const readings = readStimuli(recording, usualLatencies(profiles["zero-cost"]), name);
  if (readings.length > 1 && readings[0].calls > 0) {
    return replayRecording(recording, name, revision, readings);
  }
  const [stimuli] = readings;
  return { stimuli, timed: timedTrace(stimuli, recording.file, revision) };
}

function notRecording(path: string): InputError {
  if (!existsSync(path)) return new InputError(`${path}: no such file; expected a recording`);
  return new InputError(
    `${path}: is no recording; expected ftrace or perf script text, trace.dat or a Perfetto trace`,
  );
}

function traceName(path: string): string {
  const name = basename(path).replace(/\.ya?ml$/, "");
  return name.replace(/[^\w.-]+/g, "-").slice(0, 64) || "recording";
}

function refuse(path: string, force: boolean): void {
  if (!existsSync(path)) {
    if (existsSync(dirname(path))) return;
    throw new InputError(`${path}: cannot be written: there is no folder ${dirname(path)}`);
  }
  if (statSync(path).isDirectory()) throw new InputError(`${path}: is a folder; name a file`);
  if (!force) throw new InputError(`${path}: is there already; --force replaces it`);
}

/** A file appears when it is whole. A device or a pipe is written to, never replaced. */
function write(path: string, text: string): void {
  // The name only has to be unused; nothing of it reaches the content.
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    if (existsSync(path) && !statSync(path).isFile()) {
      writeFileSync(path, text);
      return;
    }
    writeFileSync(temporary, text, { flag: "wx", flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new InputError(`${path}: cannot be written: ${reasonOf(error)}`);
  }
}
